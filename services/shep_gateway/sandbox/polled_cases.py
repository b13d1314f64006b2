"""States that move after so many questions for them.

A rule with ``polls`` waits at the executor of the case. When the executor has come to it, the case gets a rule of
its own; the portal journals each question for this case, and the last one needed takes the wait from the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.shep_gateway.sandbox import rule_rows
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.sandbox.rule_book import RuleFiring
from shared.sandbox.rules import ExchangePlace, SandboxRule


def follow_polls(uow: UnitOfWork, firings: Sequence[RuleFiring], boards: Mapping[str, SandboxRule]) -> bool:
    """Act on firings that were just journaled; whether the country's rules have changed.

    ``boards`` are the own rules of systems by their ids.
    """
    asked = {firing.rule_id for firing in firings if firing.place is ExchangePlace.HTTP}
    waits = [firing for firing in firings if firing.place is ExchangePlace.SERVICE and firing.facts.case_id]
    stored = {rule.id: rule for rule in rule_rows.list_rules_of(uow.session, {one.rule_id for one in firings})}
    known = {**boards, **stored}
    changes = [_order_for_case(uow, firing, known.get(firing.rule_id)) for firing in waits]
    changes += [_ripen(uow, stored[rule_id]) for rule_id in asked if rule_id in stored]
    return any(changes)


def _order_for_case(uow: UnitOfWork, firing: RuleFiring, rule: SandboxRule | None) -> bool:
    """Give the case a rule of its own, unless the rule is for this case or moves by itself."""
    if rule is None or rule.effect.polls is None or rule.case is not None:
        return False
    own_id = f"polls-{firing.facts.case_id}"
    if rule_rows.list_rules_of(uow.session, [own_id]):
        return False
    changes = {"id": own_id, "origin": "country", "case": firing.facts.case_id, "note": f"by {rule.id}"}
    rule_rows.add_rule(uow.session, rule.model_copy(update=changes), uow.now, is_first=True)
    return True


def _ripen(uow: UnitOfWork, rule: SandboxRule) -> bool:
    polls = rule.effect.polls
    if polls is None or rule_rows.count_polls(uow.session, rule.id) < polls:
        return False
    effect = rule.effect.model_copy(update={"polls": None})
    rule_rows.replace_rule(uow.session, rule.model_copy(update={"effect": effect}))
    return True
