"""Keeps the book of ШЭП's process equal to the rules that are stored, and journals what they do here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.shep_gateway.sandbox import rule_rows
from services.shep_gateway.sandbox.polled_cases import follow_polls
from services.shep_gateway.settings import GatewaySettings
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.sandbox.rule_book import RuleBook, RuleFiring
from shared.sandbox.rule_channel import FiringsReport
from shared.sandbox.rules import COUNTRY, SandboxRule

FLUSH_SECONDS = 0.2
LOOK_SECONDS = 2.0
"""How often the rules are read anew: another replica of ШЭП may have changed them."""
TAKEN_TOPIC = "sandbox-rules-taken"
"""Woken when the book of this process has other rules."""


@dataclass
class FollowersBoards:
    """The own rules of systems in other processes, by their instances."""

    boards: dict[str, Sequence[SandboxRule]] = field(default_factory=dict)

    @property
    def rules(self) -> Mapping[str, SandboxRule]:
        """All of them by their ids."""
        return {rule.id: rule for board in self.boards.values() for rule in board}


def opens_rules(runtime: Runtime) -> bool:
    """Whether the profile has the sandbox's rules at all."""
    return runtime.resource(ActiveProfile).opens(Opening.SANDBOX_RULES)


async def refresh_book(runtime: Runtime) -> None:
    """Let the systems of this process obey the rules as they are stored."""
    version, rules = await runtime.read(rule_rows.read_rules)
    book = runtime.resource(RuleBook)
    if version != book.version:
        book.replace_rules(version, rules)
        runtime.wake([TAKEN_TOPIC])


async def write_firings(runtime: Runtime) -> None:
    """Journal what the rules did in this process."""
    book = runtime.resource(RuleBook)
    while firings := book.take_firings():
        await _store_firings(runtime, book, firings)


async def _store_firings(runtime: Runtime, book: RuleBook, firings: list[RuleFiring]) -> None:
    try:
        await journal_firings(runtime, firings)
    except BaseException:
        book.return_firings(firings)
        raise


async def journal_firings(
    runtime: Runtime, firings: Sequence[RuleFiring], report: FiringsReport | None = None
) -> None:
    """Journal firings, those of a report once, and do what they bring about."""
    active = runtime.resource(RuleBook).list_active()
    own = {one.rule.id: one.rule for one in active if one.rule.origin != COUNTRY}
    boards = {**runtime.resource(FollowersBoards).rules, **own}

    def write(uow: UnitOfWork) -> bool:
        if report is not None and not rule_rows.note_report(uow.session, report.process, report.number):
            return False
        rule_rows.add_firings(uow.session, firings)
        return follow_polls(uow, firings, boards)

    if await runtime.write(write):
        await refresh_book(runtime)


async def keep_rules(runtime: Runtime) -> None:
    """A background job: read the rules that are stored, and journal what they do."""
    if not opens_rules(runtime):
        await asyncio.Event().wait()
    loop = asyncio.get_running_loop()
    book, last_look = runtime.resource(RuleBook), float("-inf")
    while True:
        if loop.time() - last_look >= LOOK_SECONDS and (last_look < 0 or _is_shared(runtime)):
            await refresh_book(runtime)
            last_look = loop.time()
        if book.has_firings:
            await write_firings(runtime)
        await asyncio.sleep(FLUSH_SECONDS)


def _is_shared(runtime: Runtime) -> bool:
    """Whether replicas of ШЭП may share its database."""
    settings: Any = runtime.resource(GatewaySettings)
    return settings.amqp_url is not None
