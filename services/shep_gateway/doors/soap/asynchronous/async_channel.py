"""AsyncChannel v10 over HTTP, ШЭП's side: send a message, conclude mail, ask for a state, take mail."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from services.shep_gateway.doors import mailbox
from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.participants import Participant
from services.shep_gateway.doors.recording import DoorRoute, current_exchange
from services.shep_gateway.doors.soap.asynchronous import sent_states
from services.shep_gateway.doors.soap.asynchronous.async_reader import (
    ASYNC_TYPES,
    AsyncMessage,
    MailQuestion,
    MailVerdict,
    StatusQuestion,
    read_async_call,
)
from services.shep_gateway.doors.soap.asynchronous.async_writer import (
    describe_state,
    write_messages,
    write_notified,
    write_passed,
    write_status,
)
from services.shep_gateway.doors.soap.channel_data import MailMessage, to_message_data
from services.shep_gateway.doors.soap.channel_writer import FaultElement
from services.shep_gateway.doors.soap.signed_calls import answer_call, check_sender, open_call
from services.shep_gateway.doors.submission import SubmittedMessage, conclude_delivery, submit_message
from shared.bus.errors import Malformed
from shared.bus.http.endpoints import Language, ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts.registers import TRANSPORT_CERTIFICATE

router = APIRouter(tags=["soap"], route_class=DoorRoute)

PATH = "/bip-async-wss-gost/"
OWN_AMOUNT, MOST_AMOUNT = 20, 100
"""How many messages ``getMessages`` gives without an amount, and at most."""
_OPERATION = re.compile(
    rb"<(?:[\w.-]+:)?(sendMessage|sendDeliveryNotification|getMessageStatus|getMessages)[\s/>]"
)
_CODE = re.compile(r"[\w.:-]{1,60}")


@router.post(PATH, response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
@accepts_body()
async def call_async_channel(http: Request, runtime: ServiceRuntime, language: Language) -> Response:
    """One of the four operations of ``IAsyncChannel``, by the element in the signed Body.

    With ``X-Strict: true`` the first deviation from the channel's contract is a fault (``soap-deviation``).
    """
    envelope = await http.body()
    operation = _find_operation(envelope)
    current_exchange().operation = operation
    return await answer_call(
        runtime, envelope, _exchange_call, lambda envelope: FaultElement(ASYNC_TYPES, operation), language
    )


def _find_operation(envelope: bytes) -> str:
    """The operation that an envelope seems to call, before anything is proved; ``sendMessage`` for none."""
    operation = _OPERATION.search(envelope)
    return operation.group(1).decode() if operation else "sendMessage"


async def _exchange_call(runtime: Runtime, envelope: bytes) -> bytes:
    participant, call = await open_call(runtime, envelope, read_async_call)
    check_sender(call.sender_id, participant)
    match call:
        case AsyncMessage():
            return await _send_message(runtime, participant, call)
        case MailVerdict():
            return await _conclude_mail(runtime, participant, call)
        case StatusQuestion():
            return await _tell_status(runtime, participant, call)
        case MailQuestion():
            return await _give_mail(runtime, participant, call)


async def _send_message(runtime: Runtime, participant: Participant, call: AsyncMessage) -> bytes:
    submitted = SubmittedMessage(
        service_id=call.service_id,
        message_type=call.message_type,
        data=to_message_data(call.data, call.text),
        correlation_id=call.correlation_id or None,
        route_id=call.route_id or None,
        properties={**call.properties, TRANSPORT_CERTIFICATE: participant.thumbprint},
    )
    exchange = current_exchange()
    exchange.note_sent(call.service_id, None, call.correlation_id)
    passed = await submit_message(runtime, participant.address, submitted)
    exchange.note_passed(**vars(passed))
    return write_passed(passed.message_id, passed.correlation_id, runtime.now, passed.session_id)


async def _conclude_mail(runtime: Runtime, participant: Participant, call: MailVerdict) -> bytes:
    """Conclude a mail; a mail to be sent again stays in the mailbox."""
    if call.is_accepted or not call.is_resend:
        refusal = None if call.is_accepted else _refusal_code(call.error_code)
        mail = await conclude_delivery(runtime, participant.address, call.message_id, refusal=refusal)
    else:
        mail = await sent_states.keep_waiting(runtime, participant.address, call.message_id)
    return write_notified(random_id(), runtime.now, mail.session_id or _new_session())


def _refusal_code(text: str) -> str:
    return text if _CODE.fullmatch(text) else "refused"


async def _tell_status(runtime: Runtime, participant: Participant, call: StatusQuestion) -> bytes:
    state = await runtime.read(
        lambda session: sent_states.find_state(session, participant.address, call.message_id)
    )
    return write_status(describe_state(state), runtime.now, state.session_id)


async def _give_mail(runtime: Runtime, participant: Participant, call: MailQuestion) -> bytes:
    """The oldest mail that waits; what cannot be written as XML is refused in the participant's place."""
    amount = min(call.amount or OWN_AMOUNT, MOST_AMOUNT)
    rows: Sequence[MailRow] = await runtime.read(
        lambda session: mailbox.list_waiting(
            session,
            participant.address,
            most=amount,
            service_id=call.service_id or None,
            case_id=call.correlation_id or None,
            message_id=call.message_id or None,
        )
    )
    current_exchange().is_worth_keeping = bool(rows)
    messages = []
    for row in rows:
        try:
            messages.append(MailMessage.of_mail(row))
        except Malformed as error:
            await conclude_delivery(
                runtime, participant.address, row.message_id, sender=row.sender, refusal=error.code
            )
    return write_messages(messages, runtime.now, _new_session())


def _new_session() -> str:
    return f"{{{random_id()}}}"
