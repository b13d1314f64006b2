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
from shared.bus.errors import Conflict, Malformed, NotFound
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts import addresses
from shared.contracts.payments import PAYS, PaymentState
from shared.contracts.statuses import StatusCode
from shared.regulations.passport_book import PassportBook
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
    refusal: str | None = None
    polls: int | None = None
    status: str | None = None


def _outcome(name: str | None = None, **further: bool) -> Callable[[TriggerOrder], RuleEffect]:
    def make_effect(order: TriggerOrder) -> RuleEffect:
        return RuleEffect(
            kind=EffectKind.OUTCOME,
            outcome=name,
            seconds=order.after,
            reason=order.reason,
            reason_kk=order.reason_kk,
            refusal=order.refusal,
            polls=order.polls,
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
        "status": lambda order: RuleEffect(
            kind=EffectKind.STATUS, outcome=_check_status(order.status), reason=order.reason
        ),
        "payment": lambda order: RuleEffect(kind=EffectKind.OUTCOME, outcome=PaymentState.EXECUTED.value),
        "payment-rejected": lambda order: RuleEffect(
            kind=EffectKind.OUTCOME, outcome=PaymentState.REJECTED.value, refusal=order.refusal
        ),
        "not-delivered": lambda order: RuleEffect(kind=EffectKind.REFUSE),
        "delivered-late": lambda order: RuleEffect(
            kind=EffectKind.SLOW, seconds=USUAL_DELAY if order.after is None else order.after
        ),
        "delivered-twice": lambda order: RuleEffect(kind=EffectKind.DUPLICATE),
        "handler-fails": lambda order: RuleEffect(kind=EffectKind.POISON),
    }
)
"""The events: what the provider decides, and what happens to the next message that the provider gets."""
_ONCE = frozenset(
    (
        "status",
        "payment",
        "payment-rejected",
        "not-delivered",
        "delivered-late",
        "delivered-twice",
        "handler-fails",
    )
)
"""The events of one message."""
_PAYMENTS = ("payment", "payment-rejected")
_TELLING = (MessageType.UPDATE.value, MessageType.NOTIFICATION.value)


def _check_status(status: str | None) -> str:
    """A code of a status; Malformed ``rule-matches-nothing`` for another word."""
    codes = tuple(code.value for code in StatusCode)
    if status not in codes:
        raise Malformed(
            "rule-matches-nothing",
            "there is no such status",
            field="status",
            value=status or "",
            meant=list(codes),
        )
    return status


async def trigger_event(runtime: Runtime, order: TriggerOrder) -> SandboxRule:
    """Make an event happen to a case; it is the rule that is in force until then.

    NotFound ``case-unknown``, ``event-unknown``; Conflict ``case-without-provider`` before the case has come to
    one, ``event-impossible`` where the act of the case has no such thing.
    """
    make_effect = EVENTS.get(order.event)
    if make_effect is None:
        raise NotFound("event-unknown", f"the events are {', '.join(EVENTS)}", event=order.event)
    chain = await runtime.read(lambda session: session.execute(_select_chain(order.case_id)).first())
    if chain is None:
        raise NotFound("case-unknown", "ШЭП knows no such case")
    if not chain.provider:
        raise Conflict("case-without-provider", "the case has not come to a provider yet")
    effect = make_effect(order)
    _check_possible(order.event, chain, runtime.resource(PassportBook))
    if order.event in _PAYMENTS:
        granted = RuleEffect(kind=EffectKind.OUTCOME, outcome=GRANTED, seconds=order.after)
        note = f"trigger {order.event}"
        await rule_desk.add_rule(
            runtime,
            SandboxRuleOrder(effect=granted, system=chain.provider, case=order.case_id, note=note),
            is_first=True,
        )
    rule_order = SandboxRuleOrder(
        effect=effect,
        system=addresses.GCVP if order.event in _PAYMENTS else chain.provider,
        case=order.case_id,
        count=1 if order.event in _ONCE else None,
        note=f"trigger {order.event}",
        place=ExchangePlace.INBOX if order.event in ("delivered-late", "delivered-twice") else None,
    )
    rule, _ = await rule_desk.add_rule(runtime, rule_order, is_first=True)
    return rule


def _check_possible(event: str, chain: Any, book: PassportBook) -> None:
    """Conflict ``event-impossible`` for an extension, a payment or a status that the act does not have."""
    passports = [
        one for one in book.passports if (one.service_type, one.region) == (chain.service_id, chain.region)
    ]
    missing: str | None = None
    if event == "extended" and not any(one.extensions for one in passports):
        missing = "the act extends no deadline"
    if event in _PAYMENTS and not any(one.id in PAYS.get(one.service_type, ()) for one in passports):
        missing = "the service pays nothing"
    if event == "status" and not any(_tells_status(one.id, chain, book) for one in passports):
        missing = "the provider sends nothing before the result"
    if missing is not None:
        raise Conflict("event-impossible", missing, event=event)


def _tells_status(passport_id: str, chain: Any, book: PassportBook) -> bool:
    graph = book.get_graph(passport_id, chain.channel, chain.variant)
    return any(
        message_rule.kind in _TELLING
        for node in graph.nodes
        if node.holder is not None and addresses.system_address(node.holder) == chain.provider
        for message_rule in graph.message_rules(node.id)
    )


def _select_chain(case_id: str) -> Select[Any]:
    return select(storage.CHAINS.table).where(storage.CHAINS.table.c.case_id == case_id)
