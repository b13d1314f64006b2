"""What a regional gateway does with a message: check, record, forward."""

from __future__ import annotations

from typing import Any

from services.rshep_regional import storage
from services.rshep_regional.domain import check_region, next_hop
from services.rshep_regional.routes import LocalRoutes
from services.rshep_regional.settings import RegionalSettings
from shared.bus.router import Refusal, Router
from shared.bus.work import Received, Work
from shared.contracts.cases import CHANNEL, step_of

router = Router()


@router.forwards
def carry(received: Received, work: Work) -> None:
    """Down to the authority's system or up to ШЭП, with this gateway's attestation."""
    check_region(received.info.route_id, work.use(RegionalSettings).region)
    locals_ = work.use(LocalRoutes).all(work.session)
    to = next_hop(received.neighbour.address, received.info.service_id, locals_)
    work.forward(received, to, {"at": work.now.isoformat(), "route": received.info.route_id})
    work.defer(storage.write_passages, _row(received, work, to=to))


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
        "sender": received.sender.address if received else None,
        "message_id": info and info.message_id,
        "correlation_id": info and info.correlation_id,
        "service_id": info and info.service_id,
        "message_type": info and info.message_type.value,
        "channel": info and (info.property(CHANNEL) or "")[:20].replace("\0", ""),
        "step": info and step_of(info),
        "to": to,
        "code": code,
    }
