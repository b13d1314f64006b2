"""The handling of a message at a regional gateway: check, record, forward."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.rshep_regional import storage
from services.rshep_regional.domain import RegionalRegister, check_neighbour, check_region, choose_local_system
from services.rshep_regional.routes import CachedRegionalRegister
from services.rshep_regional.settings import RegionalSettings
from shared.bus.messages.message import MessageInfo, MessageType
from shared.bus.messages.receipts import make_notice, refusal_of
from shared.bus.messages.router import BuriedMessage, MessageRefusal, MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts import addresses
from shared.contracts.cases import (
    CHANNEL,
    FOR,
    STANDS_FOR,
    TAKEN_BY,
    DeliveryState,
    DeliveryStateChanged,
    asked_case_of,
    qualified_step_of,
)

router = MessageRouter()


@router.register_forwarder
def carry_message(received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Forward a message down to the authority's system or up to ШЭП, with this gateway's attestation."""
    check_region(received.info.route_id, uow.resource(RegionalSettings).region)
    register = uow.resource(CachedRegionalRegister).current_register(uow.query_session)
    check_neighbour(received.neighbour.address, register.systems)
    is_down = received.neighbour.address == addresses.GATEWAY
    to = _choose_receiver(received, register, uow) if is_down else addresses.GATEWAY
    claims = {"at": uow.now.isoformat(), "route": received.info.route_id}
    if is_down and (stands_for := received.hop.get(STANDS_FOR)):
        claims[STANDS_FOR] = stands_for
    if not is_down and (taker := _find_taker(received.info, uow)):
        claims[TAKEN_BY] = taker
    passage = _passage_values(received, uow, to=to)
    number = _find_number(received, to, uow) if received.is_again else None
    if number is None:
        uow.forward(received, to, claims, note_number=partial(passage.__setitem__, "number"))
    else:
        uow.forward_again(received, to, number, claims)
        passage["number"] = number
    uow.write_later(storage.write_passages, passage)


def _find_number(received: ReceivedMessage, to: str, uow: UnitOfWork) -> int | None:
    """The number with which a message that comes once more passed before; None where it did not."""
    info = received.info
    return storage.find_number(
        uow.query_session, info.correlation_id, received.sender.address, info.message_id, to
    )


def _choose_receiver(received: ReceivedMessage, register: RegionalRegister, uow: UnitOfWork) -> str:
    """The receiver of a message from ШЭП; a case stays with the system that took the case when routes change."""
    info = received.info
    named_system = received.hop.get(FOR)
    if received.sender.address == addresses.GATEWAY:
        named_system = info.find_property(FOR)
    if named_system is None and info.message_type is not MessageType.REQUEST:
        named_system = storage.find_taker(uow.session, info.correlation_id)
    return choose_local_system(info.service_id, info.find_property(CHANNEL), named_system, register)


def _find_taker(info: MessageInfo, uow: UnitOfWork) -> str | None:
    """The system of the region to which the case of a message came, or the case for which a question is asked."""
    asked_case = asked_case_of(info) if info.message_type is MessageType.REQUEST else None
    return storage.find_taker(uow.session, asked_case or info.correlation_id)


@router.register_refusal_hook
def record_refusal(refusal: MessageRefusal, uow: UnitOfWork) -> None:
    """Record a message that did not pass."""
    uow.write_later(storage.write_passages, _passage_values(refusal.received, uow, code=refusal.error.code))


@router.register_burial_hook
def record_burial(buried: BuriedMessage, uow: UnitOfWork) -> None:
    """Record a forwarded message that the carrier never takes, and report it: a message from ШЭП to ШЭП, a message
    from a system of the region to that system.
    """
    if not buried.is_forwarded:
        return
    info, code = buried.info, buried.error.code
    values = _passage_values(None, uow, to=buried.address, code=code)
    described = _describe_message(info) | {"event": "UNDELIVERED", "sender": info.sender.sender_id}
    uow.write_later(storage.write_passages, values | described)
    if buried.address != addresses.GATEWAY:
        uow.outgoing.append(make_notice(uow, addresses.GATEWAY, (refusal_of(info, code),)))
        return
    change = DeliveryStateChanged(
        message_id=info.message_id, recipient=None, state=DeliveryState.NOT_DELIVERED, error_code=code
    )
    uow.send(
        info.sender.sender_id,
        change,
        service_id="delivery-state",
        message_type=MessageType.NOTIFICATION,
        correlation_id=uow.new_id(),
        route_id=info.route_id,
        ordered=False,
    )


def _passage_values(
    received: ReceivedMessage | None, uow: UnitOfWork, *, to: str | None = None, code: str | None = None
) -> dict[str, Any]:
    return {
        "at": uow.now,
        "event": "REFUSED" if code else "PASSED",
        "sender": received.sender.address if received else None,
        **_describe_message(received.info if received else None),
        "to": to,
        "code": code,
        "number": 0,
    }


def _describe_message(info: MessageInfo | None) -> dict[str, Any]:
    return {
        "message_id": info and info.message_id,
        "case_id": info and info.correlation_id,
        "service_id": info and info.service_id,
        "message_type": info and info.message_type.value,
        "channel": info and (info.find_property(CHANNEL) or "")[:20].replace("\0", ""),
        "step": info and qualified_step_of(info),
    }
