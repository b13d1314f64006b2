"""The clerks of one system: the rules they go by, and the job that takes what is due beside the messages."""

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
from shared.bus.runtime.unit_of_work import Work
from shared.regulations.book import PassportBook
from shared.workplace.clerks import rules as policies
from shared.workplace.clerks.rules import WRITTEN, Policy, Rule, Rules
from shared.workplace.records import storage
from shared.workplace.records.documents import Documents
from shared.workplace.records.storage import CASES
from shared.workplace.steps.case_session import Desk

LOOK_SECONDS = 1.0
"""The machine's seconds between two looks; what is due is due on the bus's clock."""
AT_ONCE = 64
Settle = Callable[[Desk], None]


@dataclass
class ClerkOffice:
    """The rules as this process knows them. What is written in the database goes before what is known here."""

    rules: Rules

    @classmethod
    def of(cls, policy: Policy, file: Path | None, book: PassportBook) -> ClerkOffice:
        """The office that a process starts with. The errors of ``rules.check``, Malformed ``clerks-malformed``,
        NotFound ``file-unreadable``."""
        return cls(Rules(Rule(policy=policy), read_rules(file, book) if file else ()))

    async def change(self, bus: Runtime, given: tuple[Rule, ...]) -> Rules:
        """Write other rules, and have them hold for the cases that wait, too."""
        policies.check(given, bus.use(PassportBook))
        text = WRITTEN.dump_json(given, exclude_defaults=True).decode()
        await bus.write(lambda work: storage.write_clerk_rules(work.session, text))
        await self.refresh(bus)
        return self.rules

    async def refresh(self, bus: Runtime) -> None:
        """Learn what was written, here or by another replica; every case that waits is then looked at anew."""
        found = await bus.read(storage.clerk_rules)
        if found is None or found[0] == self.rules.version:
            return
        version, written = found
        self.rules = Rules(self.rules.otherwise, WRITTEN.validate_json(written), version)
        await bus.write(lambda work: storage.look_anew(work.session, work.now))


def read_rules(file: Path, book: PassportBook) -> tuple[Rule, ...]:
    """The rules in a YAML or JSON file; see ``ClerkOffice.of``."""
    try:
        found = WRITTEN.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise NotFound("file-unreadable", f"{file}: {error.strerror}") from None
    except (ValidationError, yaml.YAMLError, UnicodeError) as error:
        raise Malformed("clerks-malformed", f"{file}: {error}") from None
    policies.check(found, book)
    return found


async def take_due(bus: Runtime, settle: Settle) -> int:
    """Let clerks take whatever is due by now; how many cases were looked at.

    Replicas may see the same case due: the transaction of each looks at the case again, one after the other.
    """
    seen, is_more = 0, True
    while is_more:
        cases = await bus.read(lambda session: storage.due_cases(session, bus.now, AT_ONCE))
        done = await asyncio.gather(*(_look(bus, case, settle) for case in cases))
        seen += len(cases)
        is_more = len(cases) == AT_ONCE and any(done)
    return seen


async def _look(bus: Runtime, case: str, settle: Settle) -> bool:
    """Look at one case; False when that failed: the next look tries again."""

    def run(work: Work) -> None:
        row = work.rows(CASES).get(case)
        if row is not None and row.next_due is not None and row.next_due <= work.now:
            desk = Desk(work, row, Documents(work, case))
            settle(desk)
            desk.save()

    try:
        await bus.write(run)
    except Exception as error:  # one case that fails must not stop the others
        code = error.code if isinstance(error, BusError) else type(error).__name__
        log("clerk.failed", code=code, correlation_id=case)
        return False
    return True
