"""Events that an operator makes happen to one case: rules for this case alone, obeyed by the systems concerned.

The messages are real, and signed by the systems that send them: a rule only decides what they say, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, select

from services.shep_gateway import storage
from services.shep_gateway.sandbox import rule_desk
from shared.bus.errors import Conflict, NotFound
from shared.bus.runtime.service_runtime import Runtime
from shared.sandbox.rules import (
    EXTENDED,
    GRANTED,
    REFUSED,
    EffectKind,
    ExchangePlace,
    RuleEffect,
    SandboxRule,
    SandboxRuleOrder,
)

USUAL_DELAY = 5.0


@dataclass(frozen=True)
class TriggerOrder:
    """What is to happen to a case; ``after`` is in seconds, ``reason`` of a refusal or an extension."""

    event: str
    case_id: str
    after: float | None = None
    reason: str | None = None
    reason_kk: str | None = None


def _outcome(name: str | None = None, **further: bool) -> Callable[[TriggerOrder], RuleEffect]:
    def make_effect(order: TriggerOrder) -> RuleEffect:
        return RuleEffect(
            kind=EffectKind.OUTCOME,
            outcome=name,
            seconds=order.after,
            reason=order.reason,
            reason_kk=order.reason_kk,
            **further,
        )

    return make_effect


EVENTS: Mapping[str, Callable[[TriggerOrder], RuleEffect]] = MappingProxyType(
    {
        "granted": _outcome(GRANTED),
        "refused": _outcome(REFUSED),
        "extended": _outcome(EXTENDED),
        "late": _outcome(late=True),
        "never": _outcome(never=True),
        "not-delivered": lambda order: RuleEffect(kind=EffectKind.REFUSE),
        "delivered-late": lambda order: RuleEffect(
            kind=EffectKind.SLOW, seconds=USUAL_DELAY if order.after is None else order.after
        ),
        "delivered-twice": lambda order: RuleEffect(kind=EffectKind.DUPLICATE),
        "handler-fails": lambda order: RuleEffect(kind=EffectKind.POISON),
    }
)
"""The events: what the provider decides, and what happens to the next message that the provider gets."""
_ONCE = frozenset(("not-delivered", "delivered-late", "delivered-twice", "handler-fails"))
"""The events of one message."""


async def trigger_event(runtime: Runtime, order: TriggerOrder) -> SandboxRule:
    """Make an event happen to a case; it is the rule that is in force until then.

    NotFound ``case-unknown``, ``event-unknown``; Conflict ``case-without-provider`` before the case has come to
    one.
    """
    make_effect = EVENTS.get(order.event)
    if make_effect is None:
        raise NotFound("event-unknown", f"the events are {', '.join(EVENTS)}", event=order.event)
    chain = await runtime.read(lambda session: session.execute(_select_chain(order.case_id)).first())
    if chain is None:
        raise NotFound("case-unknown", "ШЭП knows no such case")
    if not chain.provider:
        raise Conflict("case-without-provider", "the case has not come to a provider yet")
    rule_order = SandboxRuleOrder(
        effect=make_effect(order),
        system=chain.provider,
        case=order.case_id,
        count=1 if order.event in _ONCE else None,
        note=f"trigger {order.event}",
        place=ExchangePlace.INBOX if order.event in ("delivered-late", "delivered-twice") else None,
    )
    rule, _ = await rule_desk.add_rule(runtime, rule_order, is_first=True)
    return rule


def _select_chain(case_id: str) -> Select[Any]:
    return select(storage.CHAINS.table).where(storage.CHAINS.table.c.case_id == case_id)
