"""Delivery receipts: one message to ШЭП for each batch says which messages were accepted and which refused.

ШЭП's participants answer each message with ``sendDeliveryNotification`` of AsyncChannel v10; here one message
carries the notifications of a whole batch, in ШЭП's words, including its misspelling.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Literal

from shared.bus.errors import BusError
from shared.bus.messages.message import (
    MessageContract,
    MessageInfo,
    MessageSender,
    MessageType,
    WireModel,
    encode_message,
)
from shared.bus.messages.refusals import explanation_of
from shared.bus.runtime.unit_of_work import OutgoingMessage, ReceivedMessage, UnitOfWork


class ReceiveStatus(StrEnum):
    """ШЭП's values; the second is misspelt by ШЭП."""

    ACCEPTED = "MESSAGE_ACCEPTED"
    NOT_ACCEPTED = "MESSAGE_NOT_ACCTEPTED"


class DeliveryNotification(WireModel):
    """The receipt of one message; ``error_code`` is set for a message that was not accepted, and in the sandbox
    ``explanation`` may say why.
    """

    message_id: str
    sender_id: str
    receive_status: ReceiveStatus
    error_code: str | None = None
    explanation: dict[str, Any] | None = None


class DeliveryNotifications(MessageContract):
    """The receipts of one batch."""

    contract: ClassVar[str] = "delivery-notifications/1"

    notifications: tuple[DeliveryNotification, ...]


class DeliveryReceipts:
    """Collects the receipts of a batch and makes one outgoing message of them; ``owed`` says which receipts are
    due.
    """

    def __init__(self, to: str | None, owed: Literal["all", "refusals"] = "all") -> None:
        self._to = to
        self._owed = owed
        self._notes: list[DeliveryNotification] = []

    def note_accepted(self, received: ReceivedMessage) -> None:
        if self._owed == "all":
            self._add_notification(received, ReceiveStatus.ACCEPTED, None)

    def note_refused(self, received: ReceivedMessage, error: BusError) -> None:
        self._add_notification(received, ReceiveStatus.NOT_ACCEPTED, error.code, explanation_of(error))

    def _add_notification(
        self,
        received: ReceivedMessage,
        status: ReceiveStatus,
        code: str | None,
        explanation: dict[str, Any] | None = None,
    ) -> None:
        is_receipt = received.header.message_data.contract == DeliveryNotifications.contract
        if self._to is not None and received.raw.hop is not None and not is_receipt:
            self._notes.append(_notify_about(received.info, status, code, explanation))

    def discard_notes(self) -> None:
        """Drop the receipts of a transaction that was rolled back."""
        self._notes.clear()

    def take_notice(self, uow: UnitOfWork) -> list[OutgoingMessage]:
        """The message with the receipts of this batch; empty when there are none."""
        if not self._notes or self._to is None:
            return []
        notes = tuple(self._notes)
        self._notes.clear()
        return [make_notice(uow, self._to, notes)]


def make_notice(uow: UnitOfWork, to: str, notes: tuple[DeliveryNotification, ...]) -> OutgoingMessage:
    """The message to ШЭП with these receipts."""
    info = MessageInfo(
        message_id=uow.new_id(),
        correlation_id=uow.new_id(),
        service_id="delivery-notification",
        message_type=MessageType.NOTIFICATION,
        message_date=uow.now,
        sender=MessageSender(sender_id=uow.address),
    )
    return OutgoingMessage(
        to, info, encode_message(info, DeliveryNotifications(notifications=notes)), ordered=False
    )


def refusal_of(info: MessageInfo, code: str) -> DeliveryNotification:
    """The receipt of a message that was not accepted, or does not arrive."""
    return _notify_about(info, ReceiveStatus.NOT_ACCEPTED, code)


def _notify_about(
    info: MessageInfo, status: ReceiveStatus, code: str | None, explanation: dict[str, Any] | None = None
) -> DeliveryNotification:
    return DeliveryNotification(
        message_id=info.message_id,
        sender_id=info.sender.sender_id,
        receive_status=status,
        error_code=code,
        explanation=explanation,
    )
