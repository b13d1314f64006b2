"""From a request for consent to the citizen's answer: grants, refusals, and the end of an unanswered SMS."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.kdp import storage
from services.kdp.consent_code import digest_code, make_code
from services.kdp.consent_service import write_consent
from services.kdp.domain import ConsentRequest, ConsentState, answer_term
from services.kdp.storage import ConsentRow
from services.kdp.texts import TEXTS
from shared.bus.errors import Conflict, NotFound
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.registers import KDP_SERVICE
from shared.contracts.soap_data import NOTHING_FOUND, SoapData, SoapStatus

BATCH = 64
IDLE_SECONDS = 0.5
NO_DATA = "<data/>"
ENDINGS = {
    ConsentState.REFUSED: SoapStatus(code=NOTHING_FOUND, message="consent-refused: the citizen answered no"),
    ConsentState.UNANSWERED: SoapStatus(
        code=NOTHING_FOUND, message="consent-unanswered: the citizen did not answer in time"
    ),
}
"""How a request that waits for the citizen ends without a consent, as the asking system reads it."""


def open_request(request: ConsentRequest, phone: str, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Keep a request; grant the consent at once where the SMS is omitted, else write the SMS."""
    row = ConsentRow(
        id=uow.new_id(),
        state=ConsentState.WAITING.value,
        asker=received.sender.address,
        iin=request.iin,
        phone=phone,
        company=request.company,
        company_bin=request.company_bin,
        company_responsible=request.company_responsible,
        employee_name=request.employee_name,
        access_name=request.access_name,
        personal_data=request.personal_data,
        life_ms=request.life // timedelta(milliseconds=1),
        requested_at=uow.now,
        sms_text=None if request.is_sms_omitted else _write_sms(request),
        answer_until=None if request.is_sms_omitted else uow.now + answer_term(request),
        answered_at=None,
        expires_at=None,
        neighbour=received.neighbour.address,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
    uow.session.add(row)
    uow.session.flush()
    if request.is_sms_omitted:
        _grant_consent(row, uow)


def answer_sms(consent_id: str, *, is_agreed: bool, uow: UnitOfWork) -> ConsentRow:
    """Take the citizen's answer to an SMS, and answer the system that asked.

    NotFound ``consent-message-unknown``; Conflict ``consent-answered`` for a second answer, or a late one.
    """
    row = storage.find_consent(uow.session, consent_id)
    if row is None or row.answer_until is None:
        raise NotFound("consent-message-unknown", "no such SMS was sent")
    is_taken = uow.now < row.answer_until and (
        _grant_consent(row, uow) if is_agreed else _refuse_consent(row, uow)
    )
    if not is_taken:
        raise Conflict("consent-answered", "the SMS is answered, or its time is over", state=row.state)
    return row


def revoke_consent(consent_id: str, uow: UnitOfWork) -> ConsentRow:
    """Take back a consent that was given and not used.

    NotFound ``consent-unknown``; Conflict ``consent-concluded``.
    """
    row = storage.find_consent(uow.session, consent_id)
    if row is None:
        raise NotFound("consent-unknown", "no such consent was asked for")
    if not storage.change_state(uow.session, row, ConsentState.GRANTED, ConsentState.REVOKED):
        raise Conflict("consent-concluded", "the consent was not given, or is used", state=row.state)
    return row


async def end_unanswered(runtime: Runtime) -> None:
    """Refuse the requests whose time for an answer is over by the bus's time, until the service stops."""
    while True:
        now = runtime.now
        if await runtime.read(lambda session: bool(storage.unanswered_consents(session, now, 1))):  # noqa: B023 - awaited here
            await runtime.write(_end_due)
        else:
            await asyncio.sleep(IDLE_SECONDS)


def send_refusal(status: SoapStatus, to: str, correlation_id: str, route_id: str | None, uow: UnitOfWork) -> None:
    """Answer a request for consent with a status and no data."""
    answer = SoapData(xml=NO_DATA, namespaces={}, status=status)
    _send_answer(answer, to, correlation_id, route_id, uow)


def _end_due(uow: UnitOfWork) -> None:
    for row in storage.unanswered_consents(uow.session, uow.now, BATCH):
        _end_waiting(row, ConsentState.UNANSWERED, uow)


def _grant_consent(row: ConsentRow, uow: UnitOfWork) -> bool:
    life = timedelta(milliseconds=row.life_ms)
    code = make_code(row.id, row.iin, row.company_bin, row.access_name, uow.now, life)
    given = {
        "answered_at": uow.now,
        "expires_at": uow.now + life,
        "code_digest": digest_code(code.text),
        "public_key": code.public_key,
    }
    is_granted = storage.change_state(uow.session, row, ConsentState.WAITING, ConsentState.GRANTED, **given)
    if is_granted:
        answer = write_consent(code.text, code.public_key)
        _send_answer(answer, row.neighbour, row.correlation_id, row.route_id, uow)
    return is_granted


def _refuse_consent(row: ConsentRow, uow: UnitOfWork) -> bool:
    return _end_waiting(row, ConsentState.REFUSED, uow)


def _end_waiting(row: ConsentRow, state: ConsentState, uow: UnitOfWork) -> bool:
    is_refused = storage.change_state(uow.session, row, ConsentState.WAITING, state, answered_at=uow.now)
    if is_refused:
        send_refusal(ENDINGS[state], row.neighbour, row.correlation_id, row.route_id, uow)
    return is_refused


def _send_answer(answer: SoapData, to: str, correlation_id: str, route_id: str | None, uow: UnitOfWork) -> None:
    uow.send(
        to,
        answer,
        service_id=KDP_SERVICE,
        message_type=MessageType.RESPONSE,
        correlation_id=correlation_id,
        route_id=route_id,
    )


def _write_sms(request: ConsentRequest) -> str:
    """The SMS in the two languages of the state."""
    texts = TEXTS["consent-sms"]
    company, data = request.company or request.company_bin, request.personal_data or request.access_name
    return " / ".join(texts[language].format(company=company, data=data) for language in ("kk", "ru"))
