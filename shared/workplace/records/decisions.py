"""The decisions of an authority, and their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.bus.errors import Malformed
from shared.casework.refusal_reason import RefusalReason
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument
from shared.regulations.model import Passport
from shared.regulations.translations import kazakh_title
from shared.texts.catalog import LANGUAGES, texts_beside

CERTIFICATE = "unemployment-certificate"
GRANTING = frozenset({"granted", "met", "complete", "received"})
REFUSING = frozenset({"refused", "unmet", "incomplete"})

TEXTS = texts_beside(__file__, file="decision_texts.yaml", languages=("kk", "ru"))
"""The texts of decisions in both state languages."""
REASONS = texts_beside(__file__, file="reason_texts.yaml")
"""The reasons that the system composes, in the three languages of the pages."""


@dataclass(frozen=True)
class Decision:
    """A decision; a refusal has a reason, also in Kazakh where the employee gave one, and in both other languages
    where the system composed it.
    """

    outcome: DecisionOutcome
    reason: str | None = None
    reason_kk: str | None = None
    reason_en: str | None = None

    def __post_init__(self) -> None:
        if self.outcome is DecisionOutcome.NEGATIVE and not (self.reason or "").strip():
            raise Malformed("reason-missing", "a refusal needs a reason")

    @classmethod
    def refuse(cls, reason: RefusalReason | None) -> Decision:
        """The refusal for a reason; Malformed ``reason-missing``."""
        if reason is None:
            return cls(DecisionOutcome.NEGATIVE)
        return cls(DecisionOutcome.NEGATIVE, reason.ru, reason.kk, reason.en)

    @property
    def refusal_reason(self) -> RefusalReason | None:
        """The reason of a refusal in its languages; None for a grant."""
        return RefusalReason.of_record(self)

    def compose_text(self, passport: Passport) -> tuple[str, str]:
        """The text of the output document in Russian and Kazakh."""
        if self.outcome is DecisionOutcome.NEGATIVE:
            return _refusal_text(passport, self)
        text = TEXTS["certificate-granted" if passport.service_type == CERTIFICATE else "granted"]
        name = passport.title.ru
        return text["ru"].format(service=name), text["kk"].format(service=kazakh_title(passport).text)


def compose_reason(code: str, **values: str) -> RefusalReason:
    """The reason with this code in ``reason_texts.yaml``; KeyError."""
    text = {tag: wording.format(**values) for tag, wording in REASONS[code].items()}
    return RefusalReason(text["ru"], text["kk"], text["en"])


def missing_reason(missing: Sequence[str]) -> RefusalReason:
    """The reason of a refusal for want of these papers."""
    return compose_reason("papers-missing", papers="; ".join(missing))


def name_registers(reason: RefusalReason, registers: Sequence[str]) -> RefusalReason:
    """The reason with the registers that have no data; the reason itself for none."""
    if not registers:
        return reason
    names = [REASONS[f"register-{register.replace('_', '-')}"] for register in registers]
    ru, kk, en = (f"{reason.in_language(tag)} ({', '.join(name[tag] for name in names)})" for tag in LANGUAGES)
    return RefusalReason(ru, kk if reason.kk else None, en if reason.en else None)


def refusal_for(code: str) -> Decision:
    """The refusal for the reason with this code in ``reason_texts.yaml``; KeyError."""
    return Decision.refuse(compose_reason(code))


def _refusal_text(passport: Passport, decision: Decision) -> tuple[str, str]:
    text = TEXTS["certificate-refused" if passport.service_type == CERTIFICATE else "refused"]
    reason_kk = decision.reason_kk or decision.reason
    return text["ru"].format(reason=decision.reason), text["kk"].format(reason=reason_kk)


def is_entitled(iin: str) -> bool:
    """Whether the synthetic registers support the applicant: the ИИН ends in an even digit.

    Ours (docs/reference/divergences.md): the acts name no source, so a caller chooses the outcome by the ИИН.
    """
    return int(iin[-1]) % 2 == 0


def decide_by_iin(application: ApplicationDocument, passport: Passport) -> Decision:
    """The decision of an instant clerk."""
    if is_entitled(application.applicant):
        return Decision(DecisionOutcome.POSITIVE)
    return refusal_for("not-registered" if passport.service_type == CERTIFICATE else "no-grounds")
