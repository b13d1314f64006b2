"""Messages of participants on their way in and out: one function for every door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.delivery_notes import note_delivery
from services.shep_gateway.doors import mailbox
from services.shep_gateway.doors.awaited_answers import AwaitedAnswer
from services.shep_gateway.doors.door_keys import DoorKeys
from services.shep_gateway.doors.mailbox import AnyMail, MailRow, MailState
from services.shep_gateway.doors.push.endpoint_rows import hold_answer
from services.shep_gateway.storage import DeliveryRow, find_explanation, find_new_session_id
from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import Conflict, NotFound
from shared.bus.messages.message import MessageInfo, MessageType, make_envelope
from shared.bus.messages.receipts import DeliveryNotification, ReceiveStatus
from shared.bus.persistence.database import Database
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.topics import POLL_SECONDS
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id
from shared.contracts.cases import DeliveryState

ALONE_SECONDS = 5.0
"""How often a caller looks into its mailbox where no other process writes."""


@dataclass(frozen=True)
class SubmittedMessage:
    """A message that a participant hands in; ``data`` is the JSON text of ``messageData``.

    ШЭП makes the ids that are None.
    """

    service_id: str
    message_type: MessageType
    data: str
    message_id: str | None = None
    correlation_id: str | None = None
    route_id: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    awaits_seconds: float = 0
    """How long the caller waits for the answer: meanwhile ШЭП does not push it."""


@dataclass(frozen=True)
class PassedMessage:
    """A message that ШЭП let pass, with its ids in the journal."""

    message_id: str
    correlation_id: str
    session_id: str


@dataclass(frozen=True)
class SealedSubmission:
    """A participant's message in its envelope, signed by the participant's door key."""

    info: MessageInfo
    raw: SignedBytes


def seal_submission(runtime: Runtime, sender: str, submitted: SubmittedMessage) -> SealedSubmission:
    """The message as it goes on; Malformed ``message-malformed``, NotFound ``participant-unknown``."""
    info = make_envelope(
        message_id=submitted.message_id or random_id(),
        correlation_id=submitted.correlation_id or random_id(),
        service_id=submitted.service_id,
        message_type=submitted.message_type,
        route_id=submitted.route_id,
        message_date=runtime.now,
        sender=sender,
        values=submitted.properties,
    )
    envelope = info.model_dump_json(by_alias=True, exclude_none=True)
    body = f'{{"messageInfo":{envelope},"messageData":{submitted.data}}}'.encode()
    return SealedSubmission(info, runtime.resource(DoorKeys).seal_message(info, body))


async def submit_message(
    runtime: Runtime,
    sender: str,
    submitted: SubmittedMessage,
    conclude: Callable[[UnitOfWork, PassedMessage], None] = lambda uow, passed: None,
) -> PassedMessage:
    """Let a participant's message pass, or raise the error with which ШЭП refuses it; either is journaled.

    ``conclude`` runs in the same transaction. Malformed ``message-malformed`` with the faulty fields; the errors
    of the register, of the case, of the routes. Where an entry of the register is missing, the error's details
    have the ``explanation``, unless the profile closes explanations.
    """
    sealed = seal_submission(runtime, sender, submitted)
    info = sealed.info
    passed = PassedMessage(info.message_id, info.correlation_id, "")

    def conclude_message(uow: UnitOfWork) -> None:
        nonlocal passed
        session_id = find_new_session_id(uow, sender, info.message_id)
        passed = PassedMessage(info.message_id, info.correlation_id, session_id)
        conclude(uow, passed)
        if submitted.awaits_seconds:
            until = runtime.machine_now + timedelta(seconds=submitted.awaits_seconds)
            hold_answer(uow, sender, info.correlation_id, until)

    await runtime.accept_message(sealed.raw, conclude_message, is_sealed_here=True)
    return passed


async def find_passed(runtime: Runtime, sender: str, message_id: str, correlation_id: str) -> PassedMessage:
    """A message that ШЭП let pass, with ШЭП's session."""
    session_id = await runtime.read(lambda session: find_session_id(session, sender, message_id))
    return PassedMessage(message_id, correlation_id, session_id)


@dataclass(frozen=True)
class RefusedQuestion:
    """A question that its recipient, or ШЭП on the way there, refused after it had passed."""

    recipient: str
    code: str
    explanation: Mapping[str, Any] | None


async def take_new_answer(
    runtime: Runtime, participant: str, passed: PassedMessage, seconds: float, awaited: AwaitedAnswer
) -> AnyMail | RefusedQuestion | None:
    """The first message of a case that a participant has just begun, accepted in its name, or the refusal of its
    question; None if neither comes within ``seconds``.

    ``awaited`` was expected before the question was sent. Another replica may let the answer pass, and the answer
    of a participant is not taken at once: then the mailbox has it.
    """
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + seconds, _look_seconds(runtime)
    while (left := deadline - loop.time()) > 0:
        if (taken := await awaited.wait(min(left, pause))) is not None:
            return taken
        if (mail := await take_answer(runtime, participant, passed.correlation_id, 0)) is not None:
            return mail
        if (refused := await runtime.read(partial(_find_refusal, participant, passed.message_id))) is not None:
            awaited.end()
            return refused
    return await awaited.give_up()


def _find_refusal(participant: str, message_id: str, session: Session) -> RefusedQuestion | None:
    query = select(DeliveryRow).where(
        col(DeliveryRow.sender) == participant,
        col(DeliveryRow.message_id) == message_id,
        col(DeliveryRow.state) == DeliveryState.NOT_DELIVERED.value,
    )
    row = session.execute(query).scalars().first()
    if row is None:
        return None
    explanation = find_explanation(session, participant, message_id, row.recipient)
    return RefusedQuestion(row.recipient, row.error_code or "refused", explanation)


async def take_answer(runtime: Runtime, participant: str, case_id: str, seconds: float) -> MailRow | None:
    """The first message of a case that waits in a participant's mailbox, accepted in its name; None if none comes
    within ``seconds``.
    """
    mail = await runtime.wait_for(
        mailbox.topic_of_case(participant, case_id),
        lambda session: mailbox.find_answer(session, participant, case_id),
        seconds,
    )
    if mail is None:
        return None
    return await conclude_delivery(runtime, participant, mail.message_id, sender=mail.sender)


def _look_seconds(runtime: Runtime) -> float:
    """How often a caller looks into its mailbox by itself: other replicas do not share a SQLite file."""
    return ALONE_SECONDS if runtime.resource(Database).is_sqlite else POLL_SECONDS


async def conclude_delivery(
    runtime: Runtime, participant: str, message_id: str, *, sender: str | None = None, refusal: str | None = None
) -> MailRow:
    """Record that a participant has taken a message: accepted, or refused with the code ``refusal``.

    NotFound ``mail-unknown``; Conflict ``mail-concluded`` for another verdict than the first.
    """
    return await runtime.write(lambda uow: _conclude_submission(uow, participant, message_id, sender, refusal))


def _conclude_submission(
    uow: UnitOfWork, participant: str, message_id: str, sender: str | None, refusal: str | None
) -> MailRow:
    mail = mailbox.find_mail(uow.session, participant, sender, message_id)
    if mail is None:
        raise NotFound("mail-unknown", "no such message was put into this mailbox")
    state = MailState.ACCEPTED if refusal is None else MailState.REFUSED
    if mail.state == MailState.WAITING.value:
        mail.state = state.value
        status = ReceiveStatus.ACCEPTED if refusal is None else ReceiveStatus.NOT_ACCEPTED
        note = DeliveryNotification(
            message_id=message_id, sender_id=mail.sender, receive_status=status, error_code=refusal
        )
        note_delivery(uow, note, (participant,))
    elif mail.state != state.value:
        raise Conflict("mail-concluded", "the message was taken with another verdict", state=mail.state)
    uow.session.flush()
    uow.session.expunge(mail)
    return mail


def find_session_id(session: Session, sender: str, message_id: str) -> str:
    """ШЭП's session of a message that passed; "" for a message that went to no recipient."""
    query = select(col(DeliveryRow.session_id)).where(
        col(DeliveryRow.sender) == sender, col(DeliveryRow.message_id) == message_id
    )
    return str(session.execute(query.limit(1)).scalar() or "")
