"""Reads the calls of AsyncChannel v10: the four operations of ШЭП's side, leniently as ``channel_reader`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from services.shep_gateway.doors.soap.channel_reader import (
    Deviation,
    Deviations,
    InfoForm,
    child_elements,
    find_child,
    only_child,
    read_info,
    read_properties,
    read_sender,
    require_signed,
    require_text,
)
from services.shep_gateway.doors.soap.data_slices import ElementSlice, slice_element
from shared.bus.errors import Malformed
from shared.bus.messages.message import MessageType
from shared.bus.messages.receipts import ReceiveStatus
from shared.contracts.cases import REGULATION
from shared.pki.encoding.xmltree import XmlElement

ASYNC_TYPES = "http://bip.bee.kz/AsyncChannel/v10/Types"
MESSAGE_FORM = InfoForm(
    order=(
        "messageId", "correlationId", "serviceId", "messageType", "routeId", "messageDate", "sender", "properties",
        "sessionId",
    ),
    required=("serviceId", "messageType", "messageDate", "sender"),
    sent_empty=("messageId", "correlationId"),
)  # fmt: skip
NOTIFICATION_FORM = InfoForm(
    order=("messageId", "serviceId", "notificationDate", "deliveryStatus"),
    required=("messageId", "serviceId", "notificationDate", "deliveryStatus"),
)
STATUS_FORM = InfoForm(
    order=("receiveStatus", "statusDate", "resendMessage", "error"),
    required=("receiveStatus", "statusDate", "resendMessage"),
)
QUESTION_FORM = InfoForm(
    order=("messageId", "requestDate", "sender", "properties"), required=("messageId", "requestDate", "sender")
)
PULL_FORM = InfoForm(
    order=("messageId", "correlationId", "requestDate", "serviceId", "sender", "amount", "properties"),
    required=("serviceId",),
)
RESEND = "RESEND"
CORRECTLY_SPELT = "MESSAGE_NOT_ACCEPTED"


@dataclass(frozen=True)
class AsyncMessage:
    """``sendMessage``; ШЭП makes the id, and the correlation id of a REQUEST.

    A REQUEST of a case of an act, which names its ``regulation``, has the id of the application as its correlation
    id: the citizen signed that id before ШЭП could make one.
    """

    sender_id: str
    service_id: str
    message_type: MessageType
    correlation_id: str
    route_id: str
    properties: dict[str, str]
    data: ElementSlice
    text: str
    """The text of the data, where the data have no elements."""
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True)
class MailVerdict:
    """``sendDeliveryNotification``; ``error_code`` is the participant's code for a message not accepted."""

    sender_id: str
    message_id: str
    is_accepted: bool
    is_resend: bool
    error_code: str
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True)
class StatusQuestion:
    """``getMessageStatus`` of a message that the participant sent."""

    sender_id: str
    message_id: str
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True)
class MailQuestion:
    """``getMessages``; an absent filter is "", ``amount`` 0 is ШЭП's own number."""

    sender_id: str
    message_id: str
    correlation_id: str
    service_id: str
    amount: int
    deviations: tuple[Deviation, ...]


AsyncCall = AsyncMessage | MailVerdict | StatusQuestion | MailQuestion


def read_async_call(document: bytes, body: XmlElement) -> AsyncCall:
    """The call in a Body whose signature is proved; ``document`` is the whole envelope.

    Malformed ``soap-call-malformed`` with the faulty element; Untrusted ``eds-signature-invalid`` when the data
    are not those that were signed.
    """
    deviations = Deviations()
    name = next((etree.QName(child).localname for child in child_elements(body)), "")
    read_operation = _OPERATIONS.get(name)
    if read_operation is None:
        raise Malformed("soap-call-malformed", "the channel has no such operation", element=name[:60])
    wrapper = only_child(body, name, deviations)
    if etree.QName(wrapper).namespace != ASYNC_TYPES:
        deviations.note("wrapper-namespace", name)
    return read_operation(document, only_child(wrapper, "request", deviations), deviations)


def _read_message(document: bytes, request: XmlElement, deviations: Deviations) -> AsyncMessage:
    info = find_child(request, "messageInfo", deviations)
    texts = read_info(info, MESSAGE_FORM, deviations)
    kind = _read_type(require_text(texts, "messageType"))
    properties = dict(read_properties(info))
    correlation_id = texts.get("correlationId", "")
    has_new_chain = kind is MessageType.REQUEST and REGULATION not in properties
    for name in ("messageId", "correlationId") if has_new_chain else ("messageId",):
        if texts.get(name):
            deviations.note("id-filled", name)
    if kind is not MessageType.REQUEST:
        require_text(texts, "correlationId")
    data = slice_element(document, ("Envelope", "Body", "sendMessage", "request", "messageData", "data"))
    if data is None:
        raise Malformed("soap-call-malformed", "the request has no data", element="data")
    signed_data = find_child(find_child(request, "messageData", deviations), "data", deviations)
    require_signed(data, signed_data)
    return AsyncMessage(
        sender_id=read_sender(info),
        service_id=require_text(texts, "serviceId"),
        message_type=kind,
        correlation_id="" if has_new_chain else correlation_id,
        route_id=texts.get("routeId", ""),
        properties=properties,
        data=data,
        text=signed_data.text or "" if not len(signed_data) else "",
        deviations=tuple(deviations.noted),
    )


def _read_type(text: str) -> MessageType:
    try:
        return MessageType(text)
    except ValueError:
        raise Malformed("soap-call-malformed", "the message is of no known type", element="messageType") from None


def _read_verdict(document: bytes, request: XmlElement, deviations: Deviations) -> MailVerdict:
    notification = find_child(request, "notification", deviations)
    texts = read_info(notification, NOTIFICATION_FORM, deviations)
    status = find_child(notification, "deliveryStatus", deviations)
    status_texts = read_info(status, STATUS_FORM, deviations)
    receive_status = _read_receive_status(require_text(status_texts, "receiveStatus"), deviations)
    codes = [part.text or "" for part in status.iter("{*}errorCode")]
    return MailVerdict(
        sender_id=read_sender(request),
        message_id=require_text(texts, "messageId"),
        is_accepted=receive_status is ReceiveStatus.ACCEPTED,
        is_resend=status_texts.get("resendMessage") == RESEND,
        error_code=codes[0].strip() if codes else "",
        deviations=tuple(deviations.noted),
    )


def _read_receive_status(text: str, deviations: Deviations) -> ReceiveStatus:
    if text == CORRECTLY_SPELT:
        deviations.note("value-spelt-correctly", "receiveStatus")
        return ReceiveStatus.NOT_ACCEPTED
    try:
        return ReceiveStatus(text)
    except ValueError:
        raise Malformed(
            "soap-call-malformed", "the status is none of the contract", element="receiveStatus"
        ) from None


def _read_question(document: bytes, request: XmlElement, deviations: Deviations) -> StatusQuestion:
    texts = read_info(request, QUESTION_FORM, deviations)
    return StatusQuestion(read_sender(request), require_text(texts, "messageId"), tuple(deviations.noted))


def _read_pull(document: bytes, request: XmlElement, deviations: Deviations) -> MailQuestion:
    texts = read_info(request, PULL_FORM, deviations)
    amount = texts.get("amount") or "0"
    if not (amount.isascii() and amount.isdigit() and len(amount) < 10):
        raise Malformed("soap-call-malformed", "the amount is no whole number", element="amount")
    return MailQuestion(
        sender_id=read_sender(request),
        message_id=texts.get("messageId", ""),
        correlation_id=texts.get("correlationId", ""),
        service_id=texts.get("serviceId", ""),
        amount=int(amount),
        deviations=tuple(deviations.noted),
    )


_OPERATIONS: Mapping[str, Callable[[bytes, XmlElement, Deviations], AsyncCall]] = {
    "sendMessage": _read_message,
    "sendDeliveryNotification": _read_verdict,
    "getMessageStatus": _read_question,
    "getMessages": _read_pull,
}
