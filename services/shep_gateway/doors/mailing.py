"""Puts messages into the mailboxes of participants, with ШЭП's attestation, inside the handler's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from services.shep_gateway.doors import mailbox
from services.shep_gateway.doors.awaited_answers import AwaitedAnswers
from services.shep_gateway.doors.mailbox import MailState, TakenMail
from services.shep_gateway.doors.push import endpoint_rows
from services.shep_gateway.doors.webhooks import event_queue
from shared.bus.carriers.transport import SignedBytes
from shared.bus.messages.gate import seal_message
from shared.bus.messages.message import MessageContract, MessageInfo, MessageType, encode_message, make_envelope
from shared.bus.messages.trust import SystemIdentity
from shared.bus.runtime.unit_of_work import OutgoingMessage, ReceivedMessage, UnitOfWork

DELIVERY_STATE = "delivery-state"
"""The service of ШЭП's notices about the delivery of a message."""


def put_message(
    received: ReceivedMessage, recipient: str, claims: Mapping[str, Any], uow: UnitOfWork, *, is_for_caller: bool
) -> bool:
    """Put a message that passes into the mailbox of its recipient; True when a caller that waits for it takes it.

    ``is_for_caller``: whether such a caller may take the message at once, so that it counts as delivered.
    """
    forwarded = OutgoingMessage(
        recipient, received.info, received.raw.body, ordered=False, forwarded=received, claims=claims
    )
    sealed = seal_message(uow.resource(SystemIdentity), forwarded, 0)
    awaited = uow.resource(AwaitedAnswers).find(recipient, received.info.correlation_id)
    is_taken = awaited is not None and is_for_caller and awaited.take(received.info.message_id)
    state = MailState.ACCEPTED if is_taken else MailState.WAITING
    row = _store_mail(received.info, recipient, sealed, claims.get("sid"), state, uow)
    if awaited is not None:
        uow.call_after_commit(partial(awaited.hand_over, TakenMail(**row) if is_taken else None))
    return is_taken


def wake_asker(uow: UnitOfWork, participant: str, message_id: str) -> None:
    """Have a caller that waits for the answer to a question learn, after the commit, that it was refused."""
    awaited = uow.resource(AwaitedAnswers).find_asker(participant, message_id)
    if awaited is not None:
        uow.call_after_commit(partial(awaited.hand_over, None))


def put_notice(recipient: str, notice: MessageContract, region: str | None, uow: UnitOfWork) -> None:
    """Put a notice of ШЭП itself into a participant's mailbox."""
    info = make_envelope(
        message_id=uow.new_id(),
        correlation_id=uow.new_id(),
        service_id=DELIVERY_STATE,
        message_type=MessageType.NOTIFICATION,
        route_id=region,
        message_date=uow.now,
        sender=uow.address,
        values={},
    )
    own = OutgoingMessage(recipient, info, encode_message(info, notice), ordered=False)
    _store_mail(info, recipient, seal_message(uow.resource(SystemIdentity), own, 0), None, MailState.WAITING, uow)


def _store_mail(
    info: MessageInfo,
    recipient: str,
    sealed: SignedBytes,
    session_id: str | None,
    state: MailState,
    uow: UnitOfWork,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "recipient": recipient,
        "sender": info.sender.sender_id,
        "message_id": info.message_id,
        "case_id": info.correlation_id,
        "service_id": info.service_id,
        "message_type": info.message_type.value,
        "session_id": session_id,
        "arrived_at": uow.now,
        "state": state.value,
        "body": sealed.body,
        "signature": sealed.signature,
        "hop": sealed.hop,
    }
    uow.write_later(mailbox.write_mail, row)
    event_queue.queue_event(uow, row, event_queue.kind_of(info.service_id))
    uow.notify(mailbox.topic_of(recipient))
    uow.notify(mailbox.topic_of_case(recipient, info.correlation_id))
    if endpoint_rows.has_endpoint(uow, recipient):
        uow.notify(mailbox.PUSHED_MAIL)
    return row
