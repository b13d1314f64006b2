"""What a regional gateway does with a message: check, record, forward."""

from __future__ import annotations

from typing import Any

from services.rshep_regional import storage
from services.rshep_regional.domain import check_region, check_way_up, local_system
from services.rshep_regional.routes import LocalRoutes
from services.rshep_regional.settings import RegionalSettings
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import Refusal, Router
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, FOR, place_of

router = Router()


@router.forwards
def carry(received: Received, work: Work) -> None:
    """Down to the authority's system or up to ШЭП, with this gateway's attestation."""
    check_region(received.info.route_id, work.use(RegionalSettings).region)
    check_way_up(received.neighbour.address)
    is_down = received.neighbour.address == addresses.GATEWAY
    to = _receiver(received, work) if is_down else addresses.GATEWAY
    work.forward(received, to, {"at": work.now.isoformat(), "route": received.info.route_id})
    work.defer(storage.write_passages, _row(received, work, to=to))


def _receiver(received: Received, work: Work) -> str:
    """Who gets what comes down; a case stays with the system that took it, whatever was changed since."""
    info, locals_ = received.info, work.use(LocalRoutes).all(work.session)
    named = received.hop.get(FOR)
    if received.sender.address == addresses.GATEWAY:
        named = info.property(FOR)
    if named is None and info.message_type is not MessageType.REQUEST:
        named = storage.taker(work.session, info.correlation_id)
    return local_system(info.service_id, info.property(CHANNEL), named, locals_)


@router.refused
def record_refusal(refusal: Refusal, work: Work) -> None:
    """What did not pass is recorded too."""
    work.defer(storage.write_passages, _row(refusal.received, work, code=refusal.error.code))


def _row(
    received: Received | None, work: Work, *, to: str | None = None, code: str | None = None
) -> dict[str, Any]:
    info = received.info if received else None
    return {
        "at": work.now,
        "event": "REFUSED" if code else "PASSED",
        "sender": received.sender.address if received else None,
        "message_id": info and info.message_id,
        "correlation_id": info and info.correlation_id,
        "service_id": info and info.service_id,
        "message_type": info and info.message_type.value,
        "channel": info and (info.property(CHANNEL) or "")[:20].replace("\0", ""),
        "step": info and place_of(info),
        "to": to,
        "code": code,
    }
