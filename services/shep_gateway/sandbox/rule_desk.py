"""What ШЭП's operator does with the rules of the country, and the job that keeps the book of this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.shep_gateway.console.country_systems import OWN_INSTANCE, CountrySystems
from services.shep_gateway.sandbox import rule_rows
from services.shep_gateway.sandbox.followers import RuleFollowers, await_obeyed
from services.shep_gateway.sandbox.rule_checks import (
    RuleWarning,
    check_rule,
    find_reach_warnings,
    find_warnings,
)
from services.shep_gateway.sandbox.rule_keeping import FollowersBoards, refresh_book, write_firings
from shared.bus.errors import Malformed, NotFound
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.sandbox.magic_people import MAGIC_MARK
from shared.sandbox.matching import is_in_window
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import SandboxRule, SandboxRuleOrder

MOST_RULES = 1000
RULES_TOPIC = "sandbox-rules"


@dataclass(frozen=True)
class RuleState:
    """A rule, how often it did something, and whether it can do something now."""

    rule: SandboxRule
    fired: int
    is_in_force: bool


async def add_rule(
    runtime: Runtime, order: SandboxRuleOrder, *, is_first: bool = False
) -> tuple[SandboxRule, list[RuleWarning]]:
    """Set a rule behind the others, or before them; Malformed ``rule-matches-nothing``, ``rule-limit``."""
    passports, systems = runtime.resource(PassportBook), runtime.resource(CountrySystems)
    names = (*systems.places, OWN_INSTANCE)
    check_rule(order, names, passports, runtime.now)

    def write_rule(uow: UnitOfWork) -> tuple[SandboxRule, list[SandboxRule]]:
        _, earlier = rule_rows.read_rules(uow.session)
        if len(earlier) >= MOST_RULES:
            raise Malformed("rule-limit", f"at most {MOST_RULES} rules at once")
        rule = SandboxRule(id=_make_id(order, uow), **dict(order))
        rule_rows.add_rule(uow.session, rule, uow.now, is_first=is_first)
        uow.notify(RULES_TOPIC)
        return rule, [] if is_first else earlier

    rule, earlier = await runtime.write(write_rule)
    await let_obey(runtime)
    warnings = find_warnings(rule, earlier, passports, runtime.now)
    return rule, [*warnings, *find_reach_warnings(rule, names, find_obeying(runtime))]


def find_obeying(runtime: Runtime) -> frozenset[str]:
    """The systems that obey the rules now: those of this process, and of the processes that follow."""
    own = runtime.resource(RuleBook).instances
    return runtime.resource(RuleFollowers).find_obeying() | own


async def let_obey(runtime: Runtime) -> None:
    """Have every process obey the rules as they are stored."""
    await refresh_book(runtime)
    await await_obeyed(runtime)


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
    await let_obey(runtime)
    return removed


async def list_states(runtime: Runtime) -> list[RuleState]:
    """The rules of the country and those of the boards of systems, in their order; not the table of magic people,
    which is the same at every workplace.
    """
    await write_firings(runtime)
    (_, rules), fired = await runtime.read(
        lambda session: (rule_rows.read_rules(session), rule_rows.count_firings(session))
    )
    own = [one.rule for one in runtime.resource(RuleBook).list_active() if one.rule.origin != "country"]
    elsewhere = [rule for board in runtime.resource(FollowersBoards).boards.values() for rule in board]
    shown = [rule for rule in (*own, *elsewhere) if MAGIC_MARK not in rule.id]
    return [_state_of(rule, fired, runtime.now) for rule in (*rules, *shown)]


def _state_of(rule: SandboxRule, fired: Mapping[str, int], now: datetime) -> RuleState:
    count = fired.get(rule.id, 0)
    is_used_up = rule.count is not None and count >= rule.count
    return RuleState(rule, count, is_in_window(rule, now) and not is_used_up)
