"""Withdrawals: a signed notice in the place of a message that its carrier will never take.

The notice has the number of the message in the stream, so that the receiver waits for that number no longer.
"""

from __future__ import annotations

from typing import ClassVar

from shared.bus.messages.message import (
    Identifier,
    MessageContract,
    MessageInfo,
    MessageSender,
    MessageType,
    encode_message,
)
from shared.bus.runtime.unit_of_work import OutgoingMessage, UnitOfWork


class MessageWithdrawn(MessageContract):
    """The message whose number this notice has will never come; ``error_code`` says why."""

    contract: ClassVar[str] = "withdrawn/1"
    message_type: ClassVar[MessageType] = MessageType.NOTIFICATION

    message_id: Identifier
    error_code: Identifier


def send_withdrawal(uow: UnitOfWork, address: str, info: MessageInfo, sequence: int, error_code: str) -> None:
    """Send to ``address`` the notice that the message with the envelope ``info`` and this number will not come."""
    payload = MessageWithdrawn(message_id=info.message_id, error_code=error_code)
    own_info = MessageInfo(
        message_id=uow.new_id(),
        correlation_id=info.correlation_id,
        service_id="withdrawal",
        message_type=MessageType.NOTIFICATION,
        message_date=uow.now,
        sender=MessageSender(sender_id=uow.address),
    )
    body = encode_message(own_info, payload)
    uow.outgoing.append(OutgoingMessage(address, own_info, body, ordered=False, replaces=sequence))
