"""The forms in which a message is checked: as the bus has it, as SOAP, as the REST door takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from services.shep_gateway.doors.rest.views import MessageRequest
from services.shep_gateway.doors.soap.asynchronous.async_reader import ASYNC_TYPES, AsyncMessage, read_async_call
from services.shep_gateway.doors.soap.channel_data import to_message_data
from services.shep_gateway.doors.soap.channel_reader import ChannelCall, Deviation, read_sync_call
from services.shep_gateway.doors.submission import SubmittedMessage
from shared.bus.errors import Malformed
from shared.bus.messages.message import EnvelopeHeader, MessageType, field_faults, read_header
from shared.pki.encoding.xmltree import XmlElement


class MessageForm(StrEnum):
    """What the checked bytes are."""

    BUS = "bus"
    SOAP = "soap"
    REST = "rest"


@dataclass(frozen=True)
class CheckedMessage:
    """A message that was read, and what its door would make of it.

    ``signed_body`` are the exact bytes of a message in the form of the bus; the other forms get their envelope
    from ШЭП. ``sender`` is "" where the form names none.
    """

    sender: str
    submitted: SubmittedMessage
    header: EnvelopeHeader | None = None
    deviations: tuple[Deviation, ...] = field(default=())


def find_form(content: bytes) -> MessageForm:
    """The form of the bytes; Malformed ``message-form-unknown`` for anything else than a JSON object or XML."""
    text = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        return MessageForm.SOAP
    try:
        parsed = from_json(text)
    except ValueError:
        raise Malformed("message-form-unknown", "neither a JSON object nor a SOAP envelope") from None
    if not isinstance(parsed, dict):
        raise Malformed("message-form-unknown", "the JSON is no object")
    return MessageForm.BUS if "messageInfo" in parsed else MessageForm.REST


def read_bus_message(body: bytes) -> CheckedMessage:
    """A message in the form of the bus; Malformed ``message-malformed`` with every faulty field."""
    header = read_header(body)
    info = header.message_info
    submitted = SubmittedMessage(
        service_id=info.service_id,
        message_type=info.message_type,
        data=to_json(from_json(body)["messageData"]).decode(),
        message_id=info.message_id,
        correlation_id=info.correlation_id,
        route_id=info.route_id,
        properties={entry.key: entry.value for entry in info.properties},
    )
    return CheckedMessage(info.sender.sender_id, submitted, header)


def read_rest_message(body: bytes) -> CheckedMessage:
    """The body of ``POST /api/v1/messages``; Malformed ``request-malformed`` with every faulty field."""
    try:
        request = MessageRequest.model_validate_json(body)
    except ValidationError as error:
        faults = field_faults(error)
        raise Malformed("request-malformed", "the request does not fit the contract", fields=faults) from None
    return CheckedMessage(
        "",
        SubmittedMessage(
            service_id=request.service_id,
            message_type=request.message_type,
            data=to_json(request.content.model_dump()).decode(),
            message_id=request.message_id,
            correlation_id=request.correlation_id,
            route_id=request.region,
            properties=request.properties,
        ),
    )


def read_soap_message(envelope: bytes, body: XmlElement) -> CheckedMessage:
    """A call of SyncChannel, or ``sendMessage`` of AsyncChannel.

    Malformed as the channels' readers raise; ``soap-call-malformed`` for an operation that carries no message.
    """
    is_async = any(etree.QName(child).namespace == ASYNC_TYPES for child in body)
    call = read_async_call(envelope, body) if is_async else read_sync_call(envelope, body)
    if not isinstance(call, AsyncMessage | ChannelCall):
        raise Malformed("soap-call-malformed", "the operation carries no message", element="sendMessage")
    return CheckedMessage(call.sender_id, _submission_of(call), deviations=call.deviations)


def _submission_of(call: AsyncMessage | ChannelCall) -> SubmittedMessage:
    is_async = isinstance(call, AsyncMessage)
    return SubmittedMessage(
        service_id=call.service_id,
        message_type=call.message_type if isinstance(call, AsyncMessage) else MessageType.REQUEST,
        data=to_message_data(call.data, call.text),
        correlation_id=call.correlation_id or None if is_async else None,
        route_id=call.route_id or None,
        properties=call.properties,
    )
