"""What the two profiles open: `sandbox` for trials on one's own machine, `production` for everything else.

``OPENINGS`` is the only table. A row with a setting gives that setting its value in production, and there the
setting takes no other one; a system asks ``ActiveProfile`` about a row without a setting.
docs/reference/profiles.md is made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Profile(StrEnum):
    """The profile of a process, by the setting ``EGOV_PROFILE``."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Opening(StrEnum):
    """Something that the sandbox opens."""

    CERTIFICATES = "certificates"
    MAGIC_SUBJECTS = "magic-subjects"
    FAULTS = "faults"
    CLOCK = "clock"
    NCANODE = "ncanode"
    SIGEX = "sigex"
    UNPROVED_REGISTRATION = "unproved-registration"
    COMMON_PASSWORD = "common-password"  # noqa: S105 - the name of a row
    PASSWORD_WORK = "password-work"  # noqa: S105 - as above
    KEPT_KEYS = "kept-keys"
    CLERKS = "clerks"
    DOCS_PAGES = "docs-pages"
    HOST_NAMES = "host-names"
    FOREIGN_PAGES = "foreign-pages"
    LOCAL_ENDPOINTS = "local-endpoints"
    EXPLANATIONS = "explanations"
    SYNTHETIC_CITIZENS = "synthetic-citizens"
    COUNTRY_BOARD = "country-board"
    MESSAGE_CHECKS = "message-checks"
    SANDBOX_RULES = "sandbox-rules"
    MIGRATION_AT_START = "migration-at-start"


@dataclass(frozen=True)
class OpeningRule:
    """The meaning of an opening in both profiles.

    ``setting`` is the field that decides in the sandbox, and ``closed`` the field's only value in production.
    """

    sandbox: str
    production: str
    setting: str | None = None
    closed: object = None


OPENINGS: Mapping[Opening, OpeningRule] = MappingProxyType(
    {
        Opening.CERTIFICATES: OpeningRule(
            "НУЦ certifies every caller as the person that the caller names, and makes containers of keys",
            "only for НУЦ's operator, who has seen the person",
            "issues_to_people",
            closed=False,
        ),
        Opening.MAGIC_SUBJECTS: OpeningRule(
            "invented people have certificates with a certain fault",
            "their ИИН belong to nobody",
            "pki_faults",
            closed=False,
        ),
        Opening.FAULTS: OpeningRule(
            "НУЦ's operator orders faults of certificates, OCSP and time-stamps",
            "refused",
            "pki_faults",
            closed=False,
        ),
        Opening.CLOCK: OpeningRule(
            "the bus may have a time of its own, which НУЦ's operator moves",
            "the machine's time only",
            "clock",
            closed="real",
        ),
        Opening.NCANODE: OpeningRule(
            "every caller may use НУЦ's signing server; keys travel in requests", "closed", "ncanode", closed=False
        ),
        Opening.SIGEX: OpeningRule(
            "every caller may have a document signed by phone over SIGEX", "closed", "sigex", closed=False
        ),
        Opening.UNPROVED_REGISTRATION: OpeningRule(
            "the portal makes an account for a caller who proves nothing, and tells nothing of НР ИИН",
            "the citizen signs the portal's challenge with the citizen's ЭЦП",
        ),
        Opening.COMMON_PASSWORD: OpeningRule(
            "all employees of a workplace may have one first password",
            "each employee has a first password of one's own, and changes it at the first login",
            "employee_password",
        ),
        Opening.PASSWORD_WORK: OpeningRule(
            "passwords may be hashed with little work, for many logins of invented people",
            "by Argon2id with OWASP's parameters",
            "password_work",
            closed="full",
        ),
        Opening.KEPT_KEYS: OpeningRule(
            "the workplace keeps the employees' keys and signs results for them",
            "an employee signs a result with a key of one's own; kept keys sign applications taken in at a window "
            "and what no person signs by the act",
        ),
        Opening.CLERKS: OpeningRule(
            "automatic clerks may take the steps of people", "people take them", "clerks", closed="manual"
        ),
        Opening.DOCS_PAGES: OpeningRule("each system shows its API at `/docs`", "no such page"),
        Opening.HOST_NAMES: OpeningRule(
            "a system answers under every name, unless `EGOV_ALLOWED_HOSTS` names some",
            "under `localhost`, addresses and the names of `EGOV_ALLOWED_HOSTS`, which must be given where a "
            "system listens beyond this machine",
        ),
        Opening.FOREIGN_PAGES: OpeningRule(
            "pages of every site may call the signing server and a bus with a time of its own (CORS)",
            "pages of the sites in `EGOV_CORS_ORIGINS` only, which must be named",
        ),
        Opening.LOCAL_ENDPOINTS: OpeningRule(
            "ШЭП pushes to participants' endpoints on this machine, unless `EGOV_PUSH_HOSTS` names others",
            "to the hosts of `EGOV_PUSH_HOSTS` only",
        ),
        Opening.EXPLANATIONS: OpeningRule(
            "a refused signature is explained (which variant of it would verify), and a refused message (which "
            "entry of ШЭП's register would let it pass)",
            "the code of the refusal only: an explanation helps a forger too",
        ),
        Opening.SYNTHETIC_CITIZENS: OpeningRule(
            "the portal lets every caller in as an invented citizen by a click, keeps the citizen's key, signs "
            "with it (cloud signature) and shows the citizen's SMS on a page",
            "no such pages, no such keys, and no codes by SMS, because nobody sends them",
        ),
        Opening.COUNTRY_BOARD: OpeningRule(
            "the console of ШЭП's operator steers the other systems on this machine with the tokens of their "
            "operators, and sends a message of the journal anew, changed too, signed with the key of its sender",
            "the console asks another system only whether it can work, and signs for nobody",
        ),
        Opening.MESSAGE_CHECKS: OpeningRule(
            "ШЭП says what it would answer to a message that is not sent (`egov-bus check-message`)",
            "a message is judged only when it is sent: a forger must not try quietly",
        ),
        Opening.SANDBOX_RULES: OpeningRule(
            "ШЭП's operator orders faults and outcomes at every system by rules, and every system obeys them; the "
            "whole country goes back to a snapshot, and further countries are made on this machine",
            "no such doors, and no system looks for a rule",
        ),
        Opening.MIGRATION_AT_START: OpeningRule(
            "a system brings the tables of an earlier version to its own when it starts",
            "it does not start (`schema-outdated`) until somebody has made a backup and typed `egov-bus migrate`",
        ),
    }
)
"""Everything that is open in the sandbox and closed in production."""


@dataclass(frozen=True)
class ActiveProfile:
    """The profile of this process, for code that does not know its settings."""

    profile: Profile

    def opens(self, opening: Opening) -> bool:
        """Whether the profile opens this; a setting may still leave it unused."""
        return opening in OPENINGS and self.profile is Profile.SANDBOX
