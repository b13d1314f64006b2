"""What ШЭП's operator does with the rules of the country, and the job that keeps the book of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.shep_gateway.console.country_systems import OWN_INSTANCE, CountrySystems
from services.shep_gateway.sandbox import rule_rows
from services.shep_gateway.sandbox.rule_checks import (
    RuleWarning,
    check_reach,
    check_rule,
    find_reach_warnings,
    find_warnings,
)
from services.shep_gateway.settings import GatewaySettings
from shared.bus.errors import Malformed, NotFound
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.sandbox.matching import is_in_window
from shared.sandbox.rule_book import RuleBook, RuleFiring
from shared.sandbox.rules import SandboxRule, SandboxRuleOrder

MOST_RULES = 1000
FLUSH_SECONDS = 0.2
LOOK_SECONDS = 2.0
"""How often the rules are read anew: another replica of ШЭП may have changed them."""
RULES_TOPIC = "sandbox-rules"


@dataclass(frozen=True)
class RuleState:
    """A rule, how often it did something, and whether it can do something now."""

    rule: SandboxRule
    fired: int
    is_in_force: bool


def opens_rules(runtime: Runtime) -> bool:
    """Whether the profile has the sandbox's rules at all."""
    return runtime.resource(ActiveProfile).opens(Opening.SANDBOX_RULES)


async def add_rule(
    runtime: Runtime, order: SandboxRuleOrder, *, is_first: bool = False
) -> tuple[SandboxRule, list[RuleWarning]]:
    """Set a rule behind the others, or before them; Malformed ``rule-matches-nothing``, ``rule-limit``."""
    passports, systems = runtime.resource(PassportBook), runtime.resource(CountrySystems)
    names, reached = (*systems.places, OWN_INSTANCE), runtime.resource(RuleBook).instances
    check_rule(order, names, passports, runtime.now)
    check_reach(order, reached)

    def write_rule(uow: UnitOfWork) -> tuple[SandboxRule, list[SandboxRule]]:
        _, earlier = rule_rows.read_rules(uow.session)
        if len(earlier) >= MOST_RULES:
            raise Malformed("rule-limit", f"at most {MOST_RULES} rules at once")
        rule = SandboxRule(id=_make_id(order, uow), **dict(order))
        rule_rows.add_rule(uow.session, rule, uow.now, is_first=is_first)
        uow.notify(RULES_TOPIC)
        return rule, [] if is_first else earlier

    rule, earlier = await runtime.write(write_rule)
    await refresh_book(runtime)
    warnings = find_warnings(rule, earlier, passports, runtime.now)
    return rule, [*warnings, *find_reach_warnings(rule, names, reached)]


def _make_id(order: SandboxRuleOrder, uow: UnitOfWork) -> str:
    """A short name that tells what the rule is: ``down-is_mio-3f2a``."""
    return "-".join(filter(None, (order.effect.kind, order.system, uow.new_id()[-6:])))


async def remove_rule(runtime: Runtime, rule_id: str) -> None:
    """End a rule; NotFound ``rule-unknown``."""
    if not await _remove(runtime, rule_id):
        raise NotFound("rule-unknown", "no rule with this id is set")


async def remove_rules(runtime: Runtime) -> None:
    """End all rules of the country."""
    await _remove(runtime, None)


async def _remove(runtime: Runtime, rule_id: str | None) -> int:
    def remove(uow: UnitOfWork) -> int:
        uow.notify(RULES_TOPIC)
        return rule_rows.remove_rules(uow.session, rule_id)

    removed = await runtime.write(remove)
    await refresh_book(runtime)
    return removed


async def list_states(runtime: Runtime) -> list[RuleState]:
    """The rules of the country and those of the boards of systems in this process, in their order."""
    await write_firings(runtime)
    (_, rules), fired = await runtime.read(
        lambda session: (rule_rows.read_rules(session), rule_rows.count_firings(session))
    )
    own = [one.rule for one in runtime.resource(RuleBook).list_active() if one.rule.origin != "country"]
    return [_state_of(rule, fired, runtime.now) for rule in (*rules, *own)]


def _state_of(rule: SandboxRule, fired: Mapping[str, int], now: datetime) -> RuleState:
    count = fired.get(rule.id, 0)
    is_used_up = rule.count is not None and count >= rule.count
    return RuleState(rule, count, is_in_window(rule, now) and not is_used_up)


async def refresh_book(runtime: Runtime) -> None:
    """Let the systems of this process obey the rules as they are stored."""
    version, rules = await runtime.read(rule_rows.read_rules)
    book = runtime.resource(RuleBook)
    if version != book.version:
        book.replace_rules(version, rules)


async def write_firings(runtime: Runtime) -> None:
    """Journal what the rules did in this process."""
    book = runtime.resource(RuleBook)
    while firings := book.take_firings():
        await _store_firings(runtime, book, firings)


async def _store_firings(runtime: Runtime, book: RuleBook, firings: list[RuleFiring]) -> None:
    try:
        await runtime.write(lambda uow: rule_rows.add_firings(uow.session, firings))
    except BaseException:
        book.return_firings(firings)
        raise


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
