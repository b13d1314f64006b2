"""Queries to the register, from the bus."""

from __future__ import annotations

from services.nr_iin import storage, universal_service
from services.nr_iin.domain import disclose_person
from services.nr_iin.storage import PendingRow
from services.nr_iin.universal_service import PersonRequest
from shared.bus.errors import Malformed
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts import addresses
from shared.contracts.registers import (
    CONSENT_SERVICE,
    LONGEST_CODE,
    LONGEST_KEY,
    TOKEN_PERSON_SERVICE,
    ConsentAnswer,
    ConsentQuery,
    PersonAnswer,
    PersonQuery,
)
from shared.contracts.soap_data import SoapData, read_soap_data, refuse_business

router = MessageRouter()


@router.register_handler(PersonQuery)
def answer_person_query(query: PersonQuery, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Answer with the person who holds the number, or with None."""
    person = storage.find_person(uow.session, query.iin)
    _send_answer(PersonAnswer(person=person and disclose_person(person)), received, uow)


@router.register_handler(SoapData)
def answer_universal_request(data: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Answer ``GBDFL_UniversalServiceSync``; ask КДП for the consent before ``GBDFLUniversal_token`` is answered.

    A fault in the request is answered, because the caller waits for an answer.
    """
    try:
        request = universal_service.read_request(read_soap_data(data))
    except Malformed as error:
        _send_answer(SoapData(xml="<data/>", namespaces={}, status=refuse_business(error)), received, uow)
        return
    if received.info.service_id != TOKEN_PERSON_SERVICE:
        person = storage.find_person(uow.session, request.iin)
        _send_answer(universal_service.find_answer(person, request, uow.now, uow.new_id()), received, uow)
    elif refusal := _check_consent_form(request):
        _send_answer(universal_service.refuse_person(request, refusal, uow.now, uow.new_id()), received, uow)
    else:
        _ask_consent(request, received, uow)


@router.register_handler(ConsentAnswer)
def answer_with_consent(consent: ConsentAnswer, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Answer the request that waited for КДП: with the person, or with КДП's reason."""
    pending = storage.take_pending(uow.session, received.info.correlation_id)
    if pending is None:
        return
    request = PersonRequest(pending.request_id, pending.iin)
    if consent.refusal is not None:
        answer = universal_service.refuse_person(request, consent.refusal, uow.now, uow.new_id())
    else:
        person = storage.find_person(uow.session, request.iin)
        answer = universal_service.find_answer(person, request, uow.now, uow.new_id())
    uow.send(
        addresses.GATEWAY,
        answer,
        service_id=TOKEN_PERSON_SERVICE,
        message_type=MessageType.RESPONSE,
        correlation_id=pending.correlation_id,
        route_id=pending.route_id,
    )


def _check_consent_form(request: PersonRequest) -> str | None:
    """The reason to refuse a request before КДП is asked."""
    if not request.consent_code or not request.public_key:
        return "consent-missing"
    if len(request.consent_code) > LONGEST_CODE or len(request.public_key) > LONGEST_KEY:
        return "consent-unknown"
    return None


def _ask_consent(request: PersonRequest, received: ReceivedMessage, uow: UnitOfWork) -> None:
    question_id = uow.new_id()
    pending = PendingRow(
        question_id=question_id,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
        request_id=request.message_id,
        iin=request.iin,
    )
    uow.session.add(pending)
    query = ConsentQuery(
        iin=request.iin,
        asker=received.sender.address,
        access_name=TOKEN_PERSON_SERVICE,
        code=request.consent_code,
        public_key=request.public_key,
    )
    uow.send(
        addresses.GATEWAY,
        query,
        service_id=CONSENT_SERVICE,
        message_type=MessageType.REQUEST,
        correlation_id=question_id,
    )


def _send_answer(answer: MessageContract, received: ReceivedMessage, uow: UnitOfWork) -> None:
    uow.send(
        received.neighbour.address,
        answer,
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
