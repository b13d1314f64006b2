"""Outcomes ordered with a new application: a rule for its case, before all others; the newest stay."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from services.shep_gateway import storage
from services.shep_gateway.sandbox import rule_desk, rule_rows
from services.shep_gateway.sandbox.rule_keeping import opens_rules
from shared.bus.errors import Conflict
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.sandbox.header_outcomes import OUTCOME_HEADER, check_extension
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import ORDERED, OutcomeOrder, RuleEffect, SandboxRule

LOOK_SECONDS = 0.1
MOST_ORDERED = 500
"""The ordered outcomes that are kept: with a newer one the oldest is forgotten, so that the operator's rules
always have room.
"""


async def obey_orders(runtime: Runtime, orders: Sequence[OutcomeOrder]) -> None:
    """Set a rule for each case that has none yet; every process that follows obeys it when this returns."""

    def write_rules(uow: UnitOfWork) -> None:
        for order in orders:
            if rule_rows.list_rules_of(uow.session, [order.rule_id]):
                continue
            rule = SandboxRule(
                id=order.rule_id, effect=order.effect, case=order.case, note=f"header {OUTCOME_HEADER}"
            )
            rule_rows.add_rule(uow.session, rule, uow.now, is_first=True)
        rule_rows.forget_oldest(uow.session, ORDERED, MOST_ORDERED)
        uow.notify(rule_desk.RULES_TOPIC)

    await runtime.write(write_rules)
    await rule_desk.let_obey(runtime)


async def order_outcome(
    runtime: Runtime, service: str, region: str | None, case_id: str, effect: RuleEffect
) -> None:
    """Order the outcome of a case that a participant is about to begin; Conflict ``event-impossible`` for a
    service that has none, and for a case that has begun.
    """
    book = runtime.resource(PassportBook)
    passports = [one for one in book.passports if one.service_type == service and region in (None, one.region)]
    if not passports:
        raise Conflict("event-impossible", "an outcome is of an application for a public service", service=service)
    check_extension(effect, passports)
    order = OutcomeOrder(case=case_id, effect=effect)
    if await runtime.read(lambda session: _check_new(session, order)):
        await obey_orders(runtime, [order])


def _check_new(session: Session, order: OutcomeOrder) -> bool:
    """Whether the case has no rule yet: the same request may come again."""
    if rule_rows.list_rules_of(session, [order.rule_id]):
        return False
    chains: Any = storage.CHAINS.table
    query = select(chains.c.case_id).where(chains.c.case_id == order.case)
    if session.execute(query).first() is not None:
        raise Conflict("event-impossible", "the case has begun: egov-bus trigger changes it")
    return True


async def keep_orders(runtime: Runtime) -> None:
    """A background job: obey the orders that systems of this process have put into its book."""
    if not opens_rules(runtime):
        await asyncio.Event().wait()
    book = runtime.resource(RuleBook)
    while True:
        if orders := book.take_orders():
            await obey_orders(runtime, [order for _, order in orders])
        await asyncio.sleep(LOOK_SECONDS)
