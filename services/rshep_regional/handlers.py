"""The handling of a message at a regional gateway: check, record, forward."""

from __future__ import annotations

from typing import Any

from services.rshep_regional import storage
from services.rshep_regional.domain import check_neighbour, check_region, choose_local_system
from services.rshep_regional.routes import CachedLocalRoutes
from services.rshep_regional.settings import RegionalSettings
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRefusal, MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, FOR, STANDS_FOR, qualified_step_of

router = MessageRouter()


@router.register_forwarder
def carry_message(received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Forward a message down to the authority's system or up to ШЭП, with this gateway's attestation."""
    check_region(received.info.route_id, uow.resource(RegionalSettings).region)
    check_neighbour(received.neighbour.address)
    is_down = received.neighbour.address == addresses.GATEWAY
    to = _choose_receiver(received, uow) if is_down else addresses.GATEWAY
    claims = {"at": uow.now.isoformat(), "route": received.info.route_id}
    if is_down and (stands_for := received.hop.get(STANDS_FOR)):
        claims[STANDS_FOR] = stands_for
    uow.forward(received, to, claims)
    uow.write_later(storage.write_passages, _passage_values(received, uow, to=to))


def _choose_receiver(received: ReceivedMessage, uow: UnitOfWork) -> str:
    """The receiver of a message from ШЭП; a case stays with the system that took the case when routes change."""
    info, route_index = received.info, uow.resource(CachedLocalRoutes).current_index(uow.session)
    named_system = received.hop.get(FOR)
    if received.sender.address == addresses.GATEWAY:
        named_system = info.find_property(FOR)
    if named_system is None and info.message_type is not MessageType.REQUEST:
        named_system = storage.find_taker(uow.session, info.correlation_id)
    return choose_local_system(info.service_id, info.find_property(CHANNEL), named_system, route_index)


@router.register_refusal_hook
def record_refusal(refusal: MessageRefusal, uow: UnitOfWork) -> None:
    """Record a message that did not pass."""
    uow.write_later(storage.write_passages, _passage_values(refusal.received, uow, code=refusal.error.code))


def _passage_values(
    received: ReceivedMessage | None, uow: UnitOfWork, *, to: str | None = None, code: str | None = None
) -> dict[str, Any]:
    info = received.info if received else None
    return {
        "at": uow.now,
        "event": "REFUSED" if code else "PASSED",
        "sender": received.sender.address if received else None,
        "message_id": info and info.message_id,
        "case_id": info and info.correlation_id,
        "service_id": info and info.service_id,
        "message_type": info and info.message_type.value,
        "channel": info and (info.find_property(CHANNEL) or "")[:20].replace("\0", ""),
        "step": info and qualified_step_of(info),
        "to": to,
        "code": code,
    }
