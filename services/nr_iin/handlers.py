"""Queries to the register, from the bus."""

from __future__ import annotations

from services.nr_iin import storage, universal_service
from services.nr_iin.domain import disclose_person
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.registers import PersonAnswer, PersonQuery
from shared.contracts.soap_data import SoapData, read_soap_data

router = MessageRouter()


@router.register_handler(PersonQuery)
def answer_person_query(query: PersonQuery, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Answer with the person who holds the number, or with None."""
    person = storage.find_person(uow.session, query.iin)
    uow.send(
        received.neighbour.address,
        PersonAnswer(person=person and disclose_person(person)),
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )


@router.register_handler(SoapData)
def answer_universal_request(data: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Answer ``GBDFL_UniversalServiceSync``, the XML service of the register.

    Malformed ``person-request-malformed``.
    """
    request = universal_service.read_request(read_soap_data(data))
    answer = universal_service.write_answer(
        request, storage.find_person(uow.session, request.iin), uow.now, uow.new_id()
    )
    uow.send(
        received.neighbour.address,
        SoapData(xml=answer, namespaces={}),
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
