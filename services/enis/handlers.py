"""Questions to the notarial register, from the bus."""

from __future__ import annotations

from services.enis import storage
from services.enis.domain import is_between, is_in_force
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import Router
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts.registers import PowerAnswer, PowerQuery

router = Router()


@router.on(PowerQuery)
def answer(query: PowerQuery, received: Received, work: Work) -> None:
    """Tell of a power only to somebody who knows its number and both people."""
    found = storage.find(work.session, query.number)
    power = found if found and is_between(found, query.principal_iin, query.attorney_iin) else None
    work.send(
        received.neighbour.address,
        PowerAnswer(power=power, is_in_force=power is not None and is_in_force(power, work.now.date())),
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
