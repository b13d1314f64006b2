"""SyncChannel v10 over HTTP: a signed question to a service of the bus, answered in the same response."""

from __future__ import annotations

import json
from datetime import datetime
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from pydantic_core import to_json

from services.shep_gateway.doors import participants
from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.participants import Participant
from services.shep_gateway.doors.soap.answer_key import AnswerKeys
from services.shep_gateway.doors.soap.channel_reader import ChannelCall, read_sync_call
from services.shep_gateway.doors.soap.channel_writer import ChannelAnswer, ChannelFault, write_answer, write_fault
from services.shep_gateway.doors.soap.data_slices import ElementSlice
from services.shep_gateway.doors.soap.fault_codes import channel_code
from services.shep_gateway.doors.submission import (
    SubmittedMessage,
    await_answer,
    conclude_delivery,
    submit_message,
)
from shared.bus.errors import BusError, Malformed, Unavailable, Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.soap_data import SoapData
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.client.nuc import CertificationCentre
from shared.pki.xml.wsse import open_body

router = APIRouter(tags=["soap"])

PATHS = ("/bip-sync-wss-gost/", "/SmartBridgeService/")
ANSWER_SECONDS = 30.0
"""How long a question waits for its answer: the maximum in the passport of a real service."""
DONE, NOTHING_FOUND = "SCSS001", "SCSE001"
DONE_TEXT = "Message has been processed successfully"
XML = "text/xml; charset=utf-8"


@router.post(PATHS[0], response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
@router.post(PATHS[1], response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
@accepts_body()
async def send_message(http: Request, runtime: ServiceRuntime) -> Response:
    """``SendMessage``: verify WS-Security, pass the question on, answer with the provider's data.

    A fault of ШЭП has the HTTP status 500, as SOAP 1.1 requires; an answer of a provider has 200 whatever it says.
    """
    envelope, answer_keys = await http.body(), runtime.resource(AnswerKeys)
    try:
        answer, status = write_answer(await _exchange_message(runtime, envelope)), 200
    except BusError as error:
        answer, status = write_fault(_fault_of(error, runtime.now)), 500
    key = await answer_keys.fetch()
    signed = await runtime.compute(lambda: key.sign_envelope(answer))
    return Response(signed, status_code=status, media_type=XML)


async def _exchange_message(runtime: Runtime, envelope: bytes) -> ChannelAnswer:
    now, centre = runtime.now, runtime.resource(CertificationCentre)
    address, call = await runtime.compute(lambda: _open_call(envelope, centre, now))
    participant = await runtime.read(lambda session: participants.find_by_address(session, address))
    _check_sender(call, participant)
    passed = await submit_message(runtime, participant.address, _message_of(call))
    mail = await await_answer(runtime, participant.address, passed.correlation_id, ANSWER_SECONDS)
    if mail is None:
        raise Unavailable("answer-late", "the service gave no answer in time", session=passed.session_id)
    await conclude_delivery(runtime, participant.address, mail.message_id, sender=mail.sender)
    return ChannelAnswer(
        message_id=mail.message_id,
        correlation_id=call.correlation_id,
        responded_at=runtime.now,
        code=DONE,
        message=DONE_TEXT,
        session_id=passed.session_id,
        data=_answer_data(mail),
    )


def _open_call(envelope: bytes, centre: CertificationCentre, now: datetime) -> tuple[str, ChannelCall]:
    """The address in the certificate of the signer, and the signed call."""
    signed = open_body(envelope)
    peer = centre.find_peer(certificate_thumbprint(signed.certificate), now)
    return peer.address, read_sync_call(envelope, signed.body)


def _check_sender(call: ChannelCall, participant: Participant) -> None:
    if call.sender_id not in ("", participant.address):
        raise Untrusted("sender-mismatch", "senderId names another system than the certificate")


def _message_of(call: ChannelCall) -> SubmittedMessage:
    """The bus's message of a call; ШЭП makes the ids, because clients send constants."""
    return SubmittedMessage(
        service_id=call.service_id,
        message_type=MessageType.REQUEST,
        data=_message_data(call),
        route_id=call.route_id or None,
        properties=call.properties,
    )


def _message_data(call: ChannelCall) -> str:
    """``messageData``: a message of the bus, written as JSON text into ``data``, or the element as it was
    written.
    """
    if call.text.lstrip().startswith("{"):
        try:
            parsed = json.loads(call.text)
        except ValueError:
            raise Malformed("soap-data-malformed", "the text in data begins as JSON, and is none") from None
        if isinstance(parsed, dict) and set(parsed) == {"contract", "data"}:
            return call.text
    soap_data = SoapData(xml=call.data.xml.decode(), namespaces=call.data.namespaces)
    return f'{{"contract":"{SoapData.contract}","data":{soap_data.model_dump_json(by_alias=True)}}}'


def _answer_data(mail: MailRow) -> ElementSlice:
    message_data = json.loads(mail.body)["messageData"]
    if message_data["contract"] == SoapData.contract:
        try:
            soap_data = SoapData.model_validate(message_data["data"])
        except ValidationError:
            raise Malformed("message-data-malformed", "the provider's data are not XML") from None
        return ElementSlice(soap_data.xml.encode(), soap_data.namespaces)
    text = escape(to_json(message_data).decode())
    xsi, xs = "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"
    return ElementSlice(f'<data xsi:type="xs:string">{text}</data>'.encode(), {"xsi": xsi, "xs": xs})


def _fault_of(error: BusError, now: datetime) -> ChannelFault:
    return ChannelFault(
        is_clients=error.http_status < 500,
        code=channel_code(error),
        message=error.message,
        data=error.code,
        happened_at=now,
        session_id=str(error.details.get("session", "")),
    )
