"""Writes the answers and faults of the universal channels, with the prefixes ``soap`` and ``ns2``.

The real gateway's answers carry these prefixes, and some clients match them literally.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from services.shep_gateway.doors.soap.channel_reader import SYNC_TYPES
from services.shep_gateway.doors.soap.data_slices import ElementSlice
from shared.pki.xml.wsse import SOAP_11

LONGEST_MESSAGE = 250
"""The most characters of ``status/message`` (the contract)."""


@dataclass(frozen=True)
class ChannelAnswer:
    """A normal answer of ``SendMessage``."""

    message_id: str
    correlation_id: str
    responded_at: datetime
    code: str
    message: str
    session_id: str
    data: ElementSlice | None = None


@dataclass(frozen=True)
class ChannelFault:
    """A fault of the gateway itself: the channel's ErrorInfo."""

    is_clients: bool
    code: str
    message: str
    data: str
    happened_at: datetime
    session_id: str = ""


def write_answer(answer: ChannelAnswer) -> bytes:
    """The envelope of a ``SendMessageResponse``."""
    info = (
        f"<messageId>{escape(answer.message_id)}</messageId>"
        f"{write_optional('correlationId', answer.correlation_id)}"
        f"<responseDate>{write_moment(answer.responded_at)}</responseDate>"
        f"<status><code>{escape(answer.code)}</code>"
        f"<message>{escape(answer.message[:LONGEST_MESSAGE])}</message></status>"
        f"{write_optional('sessionId', answer.session_id)}"
    )
    data = ""
    if answer.data is not None:
        data = f"<responseData{answer.data.declarations}>{answer.data.xml.decode()}</responseData>"
    return write_envelope(
        f'<ns2:SendMessageResponse xmlns:ns2="{SYNC_TYPES}"><response>'
        f"<responseInfo>{info}</responseInfo>{data}"
        f"</response></ns2:SendMessageResponse>"
    )


@dataclass(frozen=True)
class FaultElement:
    """The element in the detail of a fault: by the namespace of the channel's types and the operation."""

    namespace: str
    operation: str


def write_fault(fault: ChannelFault, element: FaultElement) -> bytes:
    """The envelope of a fault, with ErrorInfo in the element of the operation."""
    name = f"{element.operation}Fault1_{element.operation}Fault"
    party = "Client" if fault.is_clients else "Server"
    details = (
        f"<errorCode>{escape(fault.code)}</errorCode>"
        f"<errorMessage>{escape(fault.message)}</errorMessage>"
        f"{write_optional('errorData', fault.data)}"
        f"<errorDate>{write_moment(fault.happened_at)}</errorDate>"
        f"{write_optional('sessionId', fault.session_id)}"
    )
    return write_envelope(
        f"<soap:Fault><faultcode>soap:{party}</faultcode><faultstring>{escape(fault.message)}</faultstring>"
        f'<detail><ns2:{name} xmlns:ns2="{element.namespace}">{details}</ns2:{name}></detail></soap:Fault>'
    )


def write_moment(moment: datetime) -> str:
    """A moment as ``xs:dateTime`` with milliseconds."""
    return moment.isoformat(timespec="milliseconds")


def write_optional(name: str, text: str) -> str:
    """The element with this text; nothing for an empty text."""
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def write_envelope(content: str) -> bytes:
    """The envelope with this content of the Body."""
    return f'<soap:Envelope xmlns:soap="{SOAP_11}"><soap:Body>{content}</soap:Body></soap:Envelope>'.encode()
