"""Queries to the notarial register, from the bus."""

from __future__ import annotations

from services.enis import storage
from services.enis.domain import is_between, is_in_force
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.local_time import local_day
from shared.contracts.registers import PowerAnswer, PowerQuery

router = MessageRouter()


@router.register_handler(PowerQuery)
def answer_power_query(query: PowerQuery, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Answer with the power only if the query has its number and both people."""
    candidate = storage.find_power(uow.session, query.number)
    power = candidate if candidate and is_between(candidate, query.principal_iin, query.attorney_iin) else None
    uow.send(
        received.neighbour.address,
        PowerAnswer(power=power, is_in_force=power is not None and is_in_force(power, local_day(uow.now))),
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
