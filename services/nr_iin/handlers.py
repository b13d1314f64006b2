"""Questions to the register, from the bus."""

from __future__ import annotations

from services.nr_iin import storage
from services.nr_iin.domain import disclosed
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import Router
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts.registers import PersonAnswer, PersonQuery

router = Router()


@router.on(PersonQuery)
def answer(query: PersonQuery, received: Received, work: Work) -> None:
    """Tell who holds the number; nobody is an answer too."""
    person = storage.find(work.session, query.iin)
    work.send(
        received.neighbour.address,
        PersonAnswer(person=person and disclosed(person)),
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
