"""Writes the answers of AsyncChannel v10, and the calls that ШЭП makes to a participant's own endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from services.shep_gateway.doors.soap.asynchronous.async_reader import ASYNC_TYPES
from services.shep_gateway.doors.soap.asynchronous.sent_states import SentState
from services.shep_gateway.doors.soap.channel_data import MailMessage
from services.shep_gateway.doors.soap.channel_writer import (
    LONGEST_MESSAGE,
    write_envelope,
    write_moment,
    write_optional,
)
from shared.contracts.cases import DeliveryState

CLIENT_TYPES = f"{ASYNC_TYPES}/Client"
DONE = "SCSS001"


@dataclass(frozen=True)
class ChannelStatus:
    """The delivery of a message; ``code`` and ``message`` are ours, because no values are published."""

    state: DeliveryState
    code: str
    message: str
    changed_at: datetime


STATE_TEXTS = {
    DeliveryState.ON_DELIVERY: "Message is on its way",
    DeliveryState.DELIVERED: "Message has been delivered",
    DeliveryState.NOT_DELIVERED: "Message has not been delivered",
    DeliveryState.DELIVERY_STOPPED: "Delivery has been stopped",
}


def describe_state(sent: SentState) -> ChannelStatus:
    """A state of delivery in the words of the channel: the bus's error code, or the code of success."""
    return ChannelStatus(sent.state, sent.error_code or DONE, STATE_TEXTS[sent.state], sent.changed_at)


def write_passed(message_id: str, correlation_id: str, now: datetime, session_id: str) -> bytes:
    """The answer of ``sendMessage``."""
    return _write_response(
        "sendMessage",
        f"<messageId>{escape(message_id)}</messageId><correlationId>{escape(correlation_id)}</correlationId>"
        f"<responseDate>{write_moment(now)}</responseDate>{write_optional('sessionId', session_id)}",
    )


def write_notified(notification_id: str, now: datetime, session_id: str) -> bytes:
    """The answer of ``sendDeliveryNotification``."""
    return _write_response(
        "sendDeliveryNotification",
        f"<notificationId>{escape(notification_id)}</notificationId>"
        f"<responseDate>{write_moment(now)}</responseDate><sessionId>{escape(session_id)}</sessionId>",
    )


def write_status(status: ChannelStatus, now: datetime, session_id: str) -> bytes:
    """The answer of ``getMessageStatus``."""
    return _write_response(
        "getMessageStatus",
        f"{_status_elements(status)}<responseDate>{write_moment(now)}</responseDate>"
        f"{write_optional('sessionId', session_id)}",
    )


def write_messages(messages: Iterable[MailMessage], now: datetime, session_id: str) -> bytes:
    """The answer of ``getMessages``."""
    written = "".join(f"<messages>{_message_elements(message)}</messages>" for message in messages)
    return _write_response(
        "getMessages",
        f"<responseDate>{write_moment(now)}</responseDate><sessionId>{escape(session_id)}</sessionId>{written}",
    )


def write_pushed_message(message: MailMessage) -> bytes:
    """The call of a participant's ``sendMessage``."""
    content = _message_elements(message)
    return write_envelope(
        f'<ns2:sendMessage xmlns:ns2="{ASYNC_TYPES}"><request>{content}</request></ns2:sendMessage>'
    )


def write_status_change(
    notification_id: str, message_id: str, status: ChannelStatus, now: datetime, error_data: str = ""
) -> bytes:
    """The call of a participant's ``changeMassageStatusNotification``, misspelt as in the contract.

    ``error_data`` says more of a refusal than its code.
    """
    moment = write_moment(now)
    error = ""
    if status.state is DeliveryState.NOT_DELIVERED:
        error = (
            f"<error><errorCode>{escape(status.code)}</errorCode>"
            f"<errorMessage>{escape(status.message)}</errorMessage>{write_optional('errorData', error_data)}"
            f"<errorDate>{moment}</errorDate></error>"
        )
    return write_envelope(
        f'<ns2:changeMassageStatusNotification xmlns:ns2="{CLIENT_TYPES}"><request><notification>'
        f"<notificationId>{escape(notification_id)}</notificationId><messageId>{escape(message_id)}</messageId>"
        f"<notificationDate>{moment}</notificationDate>{_status_elements(status)}{error}</notification>"
        f"<requestDate>{moment}</requestDate></request></ns2:changeMassageStatusNotification>"
    )


def _write_response(operation: str, content: str) -> bytes:
    return write_envelope(
        f'<ns2:{operation}Response xmlns:ns2="{ASYNC_TYPES}"><response>{content}</response>'
        f"</ns2:{operation}Response>"
    )


def _status_elements(status: ChannelStatus) -> str:
    return (
        f"<messageState>{status.state.value}</messageState>"
        f"<status><statusCode>{escape(status.code)}</statusCode>"
        f"<statusMessage>{escape(status.message[:LONGEST_MESSAGE])}</statusMessage>"
        f"<statusDate>{write_moment(status.changed_at)}</statusDate></status>"
    )


def _message_elements(message: MailMessage) -> str:
    properties = "".join(
        f"<properties><key>{escape(key)}</key><value>{escape(value)}</value></properties>"
        for key, value in message.properties
    )
    data = message.data
    return (
        f"<messageInfo><messageId>{escape(message.message_id)}</messageId>"
        f"<correlationId>{escape(message.correlation_id)}</correlationId>"
        f"<serviceId>{escape(message.service_id)}</serviceId>"
        f"<messageType>{message.message_type}</messageType>{write_optional('routeId', message.route_id)}"
        f"<messageDate>{escape(message.message_date)}</messageDate>"
        f"<sender><senderId>{escape(message.sender_id)}</senderId></sender>{properties}"
        f"{write_optional('sessionId', message.session_id)}</messageInfo>"
        f"<messageData{data.declarations}>{data.xml.decode()}</messageData>"
    )
