"""The delivery of messages by the reports of their receivers, and the notices to the senders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from services.shep_gateway import storage
from services.shep_gateway.doors import mailing
from services.shep_gateway.doors.push import endpoint_rows
from services.shep_gateway.proof.delivery_lists import find_region_under_way
from services.shep_gateway.register import CachedRegister
from shared.bus.messages.message import MessageType
from shared.bus.messages.receipts import DeliveryNotification, ReceiveStatus
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.contracts.cases import FOR, DeliveryState, DeliveryStateChanged


@dataclass(frozen=True)
class ReportedMessage:
    """A message by the values that its sender knows."""

    sender: str
    message_id: str
    region: str | None


def note_delivery(uow: UnitOfWork, note: DeliveryNotification, recipients: tuple[str, ...]) -> None:
    """Record the outcome of a message at these recipients; the sender gets a notice of a failure."""
    is_accepted = note.receive_status is ReceiveStatus.ACCEPTED
    state = DeliveryState.DELIVERED if is_accepted else DeliveryState.NOT_DELIVERED
    for recipient in recipients:
        row = {
            "of_sender": note.sender_id,
            "of_message": note.message_id,
            "of_recipient": recipient,
            "new_state": state.value,
            "at": uow.now,
            "code": note.error_code,
        }
        uow.write_later(storage.write_states, row)
    if not is_accepted:
        _tell_of_refusal(uow, note, recipients)
    elif _wants_good_news(uow, note):
        _tell_of_delivery(uow, note, recipients)


def _tell_of_refusal(uow: UnitOfWork, note: DeliveryNotification, recipients: tuple[str, ...]) -> None:
    """Notify the sender of a refusal, but only for a delivery under way to a recipient that may report it."""
    for recipient in recipients:
        region = find_region_under_way(uow.session, note.sender_id, note.message_id, recipient)
        if region is not None:
            reported_message = ReportedMessage(note.sender_id, note.message_id, region or None)
            code = note.error_code or "refused"
            tell_sender(uow, reported_message, recipient, DeliveryState.NOT_DELIVERED, code, note.explanation)
            keep_explanation(uow, reported_message, recipient, note.explanation)


def _wants_good_news(uow: UnitOfWork, note: DeliveryNotification) -> bool:
    """Whether the sender gets a notice of an accepted message too; few senders come through a door."""
    snapshot = uow.resource(CachedRegister).current_snapshot(uow.query_session)
    return snapshot.is_at_door(note.sender_id) and endpoint_rows.wants_good_news(
        uow, note.sender_id, note.message_id
    )


def _tell_of_delivery(uow: UnitOfWork, note: DeliveryNotification, recipients: tuple[str, ...]) -> None:
    """Notify a participant with an endpoint that its message was accepted, as AsyncChannel v10 does."""
    for recipient in recipients:
        region = find_region_under_way(uow.session, note.sender_id, note.message_id, recipient)
        if region is not None:
            reported_message = ReportedMessage(note.sender_id, note.message_id, region or None)
            tell_sender(uow, reported_message, recipient, DeliveryState.DELIVERED)


def keep_explanation(
    uow: UnitOfWork, reported_message: ReportedMessage, recipient: str, explanation: dict[str, Any] | None
) -> None:
    """Keep beside the journal why a message was refused by ``recipient`` ("" for ШЭП itself)."""
    if explanation is not None:
        row = {
            "sender": reported_message.sender,
            "message_id": reported_message.message_id,
            "recipient": recipient,
            "explanation": to_json(explanation).decode(),
        }
        uow.write_later(storage.write_explanations, row)


def tell_sender(
    uow: UnitOfWork,
    reported_message: ReportedMessage,
    recipient: str | None,
    state: DeliveryState,
    code: str | None = None,
    explanation: dict[str, Any] | None = None,
) -> None:
    """Notify a registered sender of the state of its message; a regional sender through its РШЭП."""
    snapshot = uow.resource(CachedRegister).current_snapshot(uow.query_session)
    member = snapshot.members.get(reported_message.sender)
    if member is None or (member.is_regional and reported_message.region not in addresses.REGIONS):
        return
    notice = DeliveryStateChanged(
        message_id=reported_message.message_id,
        recipient=recipient,
        state=state,
        error_code=code,
        explanation=explanation,
    )
    if snapshot.has_mailbox(member.address):
        mailing.put_notice(member.address, notice, reported_message.region, uow)
        if state is DeliveryState.NOT_DELIVERED:
            mailing.wake_asker(uow, reported_message.sender, reported_message.message_id)
        return
    uow.send(
        addresses.regional_gateway(reported_message.region or "")
        if member.is_regional
        else reported_message.sender,
        notice,
        service_id=mailing.DELIVERY_STATE,
        message_type=MessageType.NOTIFICATION,
        correlation_id=uow.new_id(),
        route_id=reported_message.region,
        values={FOR: reported_message.sender} if member.is_regional else {},
        ordered=False,
    )
