"""The clerks of one system: their rules, and taking due steps in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from shared.bus.errors import BusError, Malformed, NotFound
from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.sandbox.rule_book import RuleBook
from shared.workplace.clerks import rules as policies
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import WRITTEN, ClerkRule, ClerkRules
from shared.workplace.clerks.scripts import board_of, list_script_rules
from shared.workplace.records import storage
from shared.workplace.records.storage import CASES
from shared.workplace.steps.case_session import WorkplaceCaseSession

LOOK_SECONDS = 1.0
"""The seconds of the machine between two searches for due cases; due moments are in the bus's time."""
AT_ONCE = 64
Settle = Callable[[WorkplaceCaseSession], None]


@dataclass
class ClerkOffice:
    """The rules known to this process; rules in the database take precedence."""

    rules: ClerkRules
    ordered_version: int = 0
    """The version of the sandbox's rules by which the waiting cases were last looked at."""
    _shared: ClerkRules | None = None
    """The rules that the book of this process has."""

    @classmethod
    def from_settings(
        cls, policy: ClerkPolicy, file: Path | None, book: PassportBook, played_roles: str = ""
    ) -> ClerkOffice:
        """The office at the start of a process; ``played_roles`` with commas. The errors of ``check_rules``,
        Malformed ``clerks-malformed``, NotFound ``file-unreadable``.
        """
        roles = [role for role in played_roles.split(",") if role]
        try:
            otherwise = ClerkRule.model_validate({"policy": policy, "played_roles": roles})
        except ValidationError:
            raise Malformed("clerks-malformed", f"EGOV_PLAYED_ROLES: no such role in {played_roles}") from None
        return cls(ClerkRules(otherwise, read_rules(file, book) if file else ()))

    def share_scripts(self, uow: UnitOfWork, rule: ClerkRule) -> str:
        """Have the book hold the scripts as rules of the sandbox; the board on which those of ``rule`` stand."""
        if self._shared is not self.rules:
            own = list_script_rules(uow.address, self.rules)
            uow.resource(RuleBook).replace_own_rules(f"{uow.address}:clerks", own)
            self._shared = self.rules
        return board_of(uow.address, self.rules, rule)

    async def replace_rules(self, runtime: Runtime, rules: tuple[ClerkRule, ...]) -> ClerkRules:
        """Store other rules, which also apply to waiting cases."""
        policies.check_rules(rules, runtime.resource(PassportBook))
        text = WRITTEN.dump_json(rules, exclude_defaults=True).decode()
        await runtime.write(lambda uow: storage.write_clerk_rules(uow.session, text))
        await self.refresh_rules(runtime)
        return self.rules

    async def refresh_rules(self, runtime: Runtime) -> None:
        """Read rules written here or by another replica; every waiting case is then examined again."""
        ordered_version = runtime.resource(RuleBook).version
        if ordered_version != self.ordered_version:
            self.ordered_version = ordered_version
            await runtime.write(lambda uow: storage.look_anew(uow.session, uow.now))
        stored = await runtime.read(storage.clerk_rules)
        if stored is None or stored[0] == self.rules.version:
            return
        version, text = stored
        self.rules = ClerkRules(self.rules.otherwise, WRITTEN.validate_json(text), version)
        await runtime.write(lambda uow: storage.look_anew(uow.session, uow.now))


def read_rules(file: Path, book: PassportBook) -> tuple[ClerkRule, ...]:
    """The rules in a YAML or JSON file; raises as ``ClerkOffice.from_settings`` does."""
    try:
        rules = WRITTEN.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise NotFound("file-unreadable", f"{file}: {error.strerror}") from None
    except (ValidationError, yaml.YAMLError, UnicodeError) as error:
        raise Malformed("clerks-malformed", f"{file}: {error}") from None
    policies.check_rules(rules, book)
    return rules


async def take_due(runtime: Runtime, settle: Settle) -> int:
    """Let clerks take every due step; returns the number of cases examined.

    Replicas may find the same case due: each examines the case in its own transaction, one after the other.
    """
    case_count, is_more = 0, True
    while is_more:
        case_ids = await runtime.read(lambda session: storage.due_cases(session, runtime.now, AT_ONCE))
        outcomes = await asyncio.gather(*(_settle_case(runtime, case_id, settle) for case_id in case_ids))
        case_count += len(case_ids)
        is_more = len(case_ids) == AT_ONCE and any(outcomes)
    return case_count


async def _settle_case(runtime: Runtime, case_id: str, settle: Settle) -> bool:
    """Examine one case; False after a failure, and the next search examines the case again."""

    def settle_when_due(uow: UnitOfWork) -> None:
        row = uow.hot_rows(CASES).get(case_id)
        if row is not None and row.next_due is not None and row.next_due <= uow.now:
            case_session = WorkplaceCaseSession(uow, row)
            settle(case_session)
            case_session.save()

    try:
        await runtime.write(settle_when_due)
    except Exception as error:  # one failing case must not stop the others
        code = error.code if isinstance(error, BusError) else type(error).__name__
        log("clerk.failed", code=code, correlation_id=case_id)
        return False
    return True
