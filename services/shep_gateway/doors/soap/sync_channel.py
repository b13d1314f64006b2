"""SyncChannel v10 over HTTP: a signed question to a service of the bus, answered in the same response."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from services.shep_gateway.doors.awaited_answers import AwaitedAnswers
from services.shep_gateway.doors.participants import Participant
from services.shep_gateway.doors.recording import DoorRoute, current_exchange, serve_door_call
from services.shep_gateway.doors.soap.channel_data import read_answer, to_message_data
from services.shep_gateway.doors.soap.channel_reader import SYNC_TYPES, ChannelCall, read_sync_call
from services.shep_gateway.doors.soap.channel_writer import ChannelAnswer, FaultElement, write_answer
from services.shep_gateway.doors.soap.signed_calls import answer_call, check_sender, open_call
from services.shep_gateway.doors.submission import (
    RefusedQuestion,
    SubmittedMessage,
    submit_message,
    take_new_answer,
)
from shared.bus.errors import Refused, Unavailable
from shared.bus.http.endpoints import Language, ServiceRuntime
from shared.bus.http.languages import preferred_language
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import CallLimits, ManyCalls
from shared.bus.http.requests.callers import read_address
from shared.bus.http.requests.short_ways import PlainRequest, ShortCall, ShortWay
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts.registers import KDP_SERVICE, TRANSPORT_CERTIFICATE

router = APIRouter(tags=["soap"], route_class=DoorRoute)

PATHS = ("/bip-sync-wss-gost/", "/SmartBridgeService/")
ANSWER_SECONDS = 30.0
"""How long a question waits for its answer: the maximum in the passport of a real service."""
CONSENT_SECONDS = 150.0
"""How long a request for a consent waits: the citizen has two minutes for the SMS."""
FAULT = FaultElement(SYNC_TYPES, "SendMessage")


@router.post(PATHS[0], response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
@router.post(PATHS[1], response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
@accepts_body()
async def send_message(http: Request, runtime: ServiceRuntime, language: Language) -> Response:
    """``SendMessage``: verify WS-Security, pass the question on, answer with the provider's data.

    With ``X-Strict: true`` the first deviation from the channel's contract is a fault (``soap-deviation``).
    """
    current_exchange().operation = "SendMessage"
    return await answer_call(runtime, await http.body(), _exchange_message, lambda envelope: FAULT, language)


async def _exchange_message(runtime: Runtime, envelope: bytes) -> bytes:
    participant, call = await open_call(runtime, envelope, read_sync_call)
    check_sender(call.sender_id, participant)
    exchange = current_exchange()
    exchange.note_sent(call.service_id, call.message_id, call.correlation_id)
    asker, case_id, message_id = participant.address, random_id(), random_id()
    with runtime.resource(AwaitedAnswers).expect_answer(asker, case_id, message_id) as awaited:
        question = replace(_message_of(call, participant, case_id), message_id=message_id)
        passed = await submit_message(runtime, asker, question)
        exchange.note_passed(**vars(passed))
        seconds = CONSENT_SECONDS if call.service_id == KDP_SERVICE else ANSWER_SECONDS
        mail = await take_new_answer(runtime, asker, passed, seconds, awaited)
    if mail is None:
        raise Unavailable("answer-late", "the service gave no answer in time", session=passed.session_id)
    if isinstance(mail, RefusedQuestion):
        explained = {} if mail.explanation is None else {"explanation": mail.explanation}
        told = f"{mail.recipient} refused the question: {mail.code}"
        raise Refused("question-refused", told, refusal=mail.code, session=passed.session_id, **explained)
    status, data = read_answer(mail.body)
    answer = ChannelAnswer(
        message_id=mail.message_id,
        correlation_id=call.correlation_id,
        responded_at=runtime.now,
        code=status.code,
        message=status.message,
        session_id=passed.session_id,
        data=data,
    )
    return write_answer(answer)


def _message_of(call: ChannelCall, participant: Participant, case_id: str) -> SubmittedMessage:
    """The bus's message of a call; ШЭП makes the ids, because clients send constants."""
    return SubmittedMessage(
        service_id=call.service_id,
        message_type=MessageType.REQUEST,
        data=to_message_data(call.data, call.text),
        correlation_id=case_id,
        route_id=call.route_id or None,
        properties={**call.properties, TRANSPORT_CERTIFICATE: participant.thumbprint},
        awaits_seconds=ANSWER_SECONDS,
    )


def _read_plain(plain: PlainRequest) -> ShortCall:
    """The call of ``send_message`` with whatever body."""
    language = preferred_language(plain.headers.get("accept-language", "ru"))

    async def send_shortly(request: Request) -> Response:
        runtime: Runtime = request.app.state.runtime
        runtime.resource(CallLimits).count_read(request.scope["route"].path, read_address(request.scope))
        return await send_message(request, runtime, language)

    return send_shortly


SHORT_WAYS = tuple(ShortWay(send_message, path, _read_plain, serve_door_call) for path in PATHS)
