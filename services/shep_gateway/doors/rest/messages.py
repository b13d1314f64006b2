"""Messages as resources: send one, take what waits in the mailbox, conclude a delivery, look at a chain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response, status
from pydantic import Field, TypeAdapter
from pydantic_core import to_json
from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from services.shep_gateway.doors import mailbox
from services.shep_gateway.doors.awaited_answers import AwaitedAnswers
from services.shep_gateway.doors.mailbox import AnyMail, MailRow
from services.shep_gateway.doors.recording import DoorRoute, current_exchange, current_keeper, serve_door_call
from services.shep_gateway.doors.rest.callers import CurrentParticipant, find_participant, require_participant
from services.shep_gateway.doors.rest.idempotency import IdempotencyKey, RepeatableRequest
from services.shep_gateway.doors.rest.views import (
    MOST_RECIPIENTS,
    MailView,
    MessageRequest,
    MessageStateView,
    PassedMessageView,
    RefusedQuestionView,
    Word,
)
from services.shep_gateway.doors.submission import (
    PassedMessage,
    RefusedQuestion,
    SubmittedMessage,
    conclude_delivery,
    find_passed,
    submit_message,
    take_answer,
    take_new_answer,
)
from services.shep_gateway.sandbox.ordered_outcomes import order_outcome
from services.shep_gateway.sandbox.rule_keeping import opens_rules
from services.shep_gateway.storage import DeliveryRow
from shared.bus.errors import Conflict, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import ANY_ERROR, declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.http.requests.short_ways import PlainRequest, ShortCall, ShortWay
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id
from shared.sandbox.header_outcomes import OUTCOME_HEADER, OutcomeHeader, read_outcome
from shared.sandbox.rules import RuleEffect

router = APIRouter(prefix="/api/v1/messages", tags=["messages"], route_class=DoorRoute)

MOST_WAIT = 60.0
MOST_MESSAGES = 100


_DELIVERIES = select(
    col(DeliveryRow.recipient), col(DeliveryRow.state), col(DeliveryRow.changed_at), col(DeliveryRow.error_code)
).where(col(DeliveryRow.sender) == bindparam("of_sender"), col(DeliveryRow.message_id) == bindparam("of_message"))


WaitSeconds = Annotated[float, Query(ge=0, le=MOST_WAIT, description="How many seconds to wait, at most.")]


class DeliveryVerdict(RequestModel):
    """The participant's verdict about a message; ``code`` gives the reason of a refusal."""

    status: Literal["accepted", "refused"]
    code: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9-]+$")] | None = None


@router.post(
    "", status_code=status.HTTP_201_CREATED, responses=declare_errors(ANY_ERROR, conflict="idempotency-key-reused")
)
@accepts_body(sender_check=find_participant)
async def send_message(
    http: Request,
    request: MessageRequest,
    participant: CurrentParticipant,
    runtime: ServiceRuntime,
    wait: WaitSeconds = 0,
    idempotency_key: IdempotencyKey = None,
    x_sandbox_outcome: OutcomeHeader = None,
) -> PassedMessageView:
    """Send a message in the participant's name; with ``wait``, also wait for the answer to a question.

    The same request with the same ``Idempotency-Key`` sends nothing and gets the ids of the first one; another
    request under the key gets ``idempotency-key-reused``. Refused as every message is: ``no-right``,
    ``service-unknown``, ``no-route``, ``not-a-participant``, ``message-malformed``… In the sandbox the header
    ``X-Sandbox-Outcome`` orders what becomes of an application: ``outcome-malformed``, ``event-impossible``;
    ``sandbox-only`` in production.
    """
    current_exchange().note_sent(request.service_id, request.message_id, request.correlation_id)
    submitted = _read_submission(request, wait)
    if (ordered := read_outcome(x_sandbox_outcome, is_open=opens_rules(runtime))) is not None:
        submitted = await _order_outcome(runtime, submitted, ordered)
    if idempotency_key is None:
        passed, mail = await _submit(runtime, participant.address, submitted)
    else:
        repeatable = RepeatableRequest.of_body(participant.address, idempotency_key, await http.body())
        passed = await _submit_once(runtime, repeatable, submitted)
        current_exchange().note_passed(**vars(passed))
        mail = await _take_answer(runtime, participant.address, passed, wait)
    if isinstance(mail, RefusedQuestion):
        refusal = RefusedQuestionView(recipient=mail.recipient, code=mail.code, explanation=mail.explanation)
        return PassedMessageView(**vars(passed), refusal=refusal)
    answer = None if mail is None else MailView.from_row(mail)
    return PassedMessageView(**vars(passed), answer=answer)


async def _order_outcome(runtime: Runtime, submitted: SubmittedMessage, effect: RuleEffect) -> SubmittedMessage:
    """Order the outcome of the case that a message begins; the message with the id of this case."""
    if submitted.message_type is not MessageType.REQUEST:
        raise Conflict("event-impossible", "an outcome is ordered with the request that begins the case")
    case_id = submitted.correlation_id or random_id()
    await order_outcome(runtime, submitted.service_id, submitted.route_id, case_id, effect)
    return replace(submitted, correlation_id=case_id)


async def _submit(
    runtime: Runtime, sender: str, submitted: SubmittedMessage
) -> tuple[PassedMessage, AnyMail | RefusedQuestion | None]:
    """The passed message, and the answer or the refusal if the caller waits for one."""
    wait, case_id, message_id = submitted.awaits_seconds, random_id(), submitted.message_id or random_id()
    if not wait or submitted.correlation_id is not None:
        passed = await submit_message(runtime, sender, submitted)
        current_exchange().note_passed(**vars(passed))
        return passed, await _take_answer(runtime, sender, passed, wait)
    with runtime.resource(AwaitedAnswers).expect_answer(sender, case_id, message_id) as awaited:
        question = replace(submitted, correlation_id=case_id, message_id=message_id)
        passed = await submit_message(runtime, sender, question)
        current_exchange().note_passed(**vars(passed))
        return passed, await take_new_answer(runtime, sender, passed, wait, awaited)


async def _take_answer(
    runtime: Runtime, participant: str, passed: PassedMessage, seconds: float
) -> AnyMail | None:
    """The message of the case that waits or comes within ``seconds``, 0 for a caller that does not wait."""
    return await take_answer(runtime, participant, passed.correlation_id, seconds) if seconds else None


@router.get("")
async def take_messages(
    participant: CurrentParticipant,
    runtime: ServiceRuntime,
    service_id: Word | None = None,
    correlation_id: Word | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_MESSAGES)] = 20,
    wait: WaitSeconds = 0,
) -> Annotated[list[MailView], at_most(MOST_MESSAGES, "a mailbox is worked off from its front")]:
    """The oldest messages that wait for the participant, each until its delivery is concluded; with ``wait``, as
    soon as there is one.
    """

    def find_waiting(session: Session) -> Sequence[MailRow] | None:
        waiting = mailbox.list_waiting(
            session, participant.address, most=limit, service_id=service_id, case_id=correlation_id
        )
        return waiting or None

    rows = await runtime.wait_for(mailbox.topic_of(participant.address), find_waiting, wait)
    current_exchange().is_worth_keeping = rows is not None
    return [MailView.from_row(row) for row in rows or ()]


@router.put(
    "/{message_id}/delivery", responses=declare_errors(conflict="mail-concluded", not_found="mail-unknown")
)
async def put_delivery(
    message_id: Word, verdict: DeliveryVerdict, participant: CurrentParticipant, runtime: ServiceRuntime
) -> MailView:
    """Conclude the delivery of a message to the participant; its sender gets a notice of a refusal.

    ``mail-unknown``, ``mail-concluded`` for another verdict than the first.
    """
    refusal = None if verdict.status == "accepted" else verdict.code or "refused"
    row = await conclude_delivery(runtime, participant.address, message_id, refusal=refusal)
    return MailView.from_row(row)


@router.get("/{message_id}/deliveries", responses=declare_errors(not_found="delivery-unknown"))
async def list_own_deliveries(
    message_id: Word, participant: CurrentParticipant, runtime: ServiceRuntime
) -> Annotated[list[MessageStateView], at_most(MOST_RECIPIENTS, "a route names few recipients")]:
    """The delivery of a message that the participant sent, by recipient; ``delivery-unknown``."""
    sent = {"of_sender": participant.address, "of_message": message_id}
    rows = await runtime.read_short(lambda session: session.connection().execute(_DELIVERIES, sent).all())
    if not rows:
        raise NotFound("delivery-unknown", "no delivery of this message is known")
    return [MessageStateView.from_row(row) for row in rows]


async def _submit_once(
    runtime: Runtime, repeatable: RepeatableRequest, submitted: SubmittedMessage
) -> PassedMessage:
    first = await runtime.read(repeatable.find_first)
    if first is None:
        try:
            return await submit_message(runtime, repeatable.participant, submitted, repeatable.keep)
        except Conflict as error:
            first = await runtime.read(repeatable.find_first)
            if error.code != "message-replayed" or first is None:
                raise
    return await find_passed(runtime, repeatable.participant, *first)


def _read_submission(request: MessageRequest, wait: float) -> SubmittedMessage:
    return SubmittedMessage(
        service_id=request.service_id,
        message_type=request.message_type,
        data=to_json(request.content.model_dump()).decode(),
        message_id=request.message_id,
        correlation_id=request.correlation_id,
        route_id=request.region,
        properties=request.properties,
        awaits_seconds=wait,
    )


_WAIT = re.compile(rb"wait=([0-9]{1,2}(?:\.[0-9]{1,3})?)", re.ASCII)
_TOKEN = re.compile(r"Bearer ([A-Za-z0-9_-]{1,200})", re.ASCII)
_READ: TypeAdapter[MessageRequest] = TypeAdapter(MessageRequest)
_WRITE: TypeAdapter[PassedMessageView] = TypeAdapter(PassedMessageView)


def _read_plain(plain: PlainRequest) -> ShortCall | None:
    """The call of ``send_message`` with a token and JSON that is a MessageRequest, without further headers."""
    bearer = _TOKEN.fullmatch(plain.headers.get("authorization", ""))
    wait = _WAIT.fullmatch(plain.query or b"wait=0")
    is_special = any(name in plain.headers for name in ("idempotency-key", OUTCOME_HEADER.lower()))
    is_usual = not is_special and plain.headers.get("content-type") == "application/json"
    if bearer is None or wait is None or float(wait[1]) > MOST_WAIT or not is_usual:
        return None
    try:
        message = _READ.validate_json(plain.body)
    except ValueError:
        return None
    token, seconds = bearer[1], float(wait[1])

    async def send_shortly(request: Request) -> Response:
        runtime: Runtime = request.app.state.runtime
        participant = await require_participant(token, runtime)
        if seconds == 0:
            return await _send_only(runtime, participant.address, message)
        return _respond(await send_message(request, message, participant, runtime, seconds))

    return send_shortly


async def _send_only(runtime: Runtime, sender: str, message: MessageRequest) -> Response:
    """Send a message of whose answer nobody waits; its exchange is kept in the transaction of the message."""
    exchange, keep_in, responses = current_exchange(), current_keeper(), list[Response]()
    exchange.note_sent(message.service_id, message.message_id, message.correlation_id)

    def keep_exchange(uow: UnitOfWork, passed: PassedMessage) -> None:
        exchange.note_passed(**vars(passed))
        responses.append(_respond(PassedMessageView(**vars(passed))))
        keep_in(uow, responses[-1])

    await submit_message(runtime, sender, _read_submission(message, 0), keep_exchange)
    return responses[-1]


def _respond(view: PassedMessageView) -> Response:
    return Response(_WRITE.dump_json(view), status.HTTP_201_CREATED, media_type="application/json")


SHORT_WAY = ShortWay(send_message, router.prefix, _read_plain, serve_door_call)
