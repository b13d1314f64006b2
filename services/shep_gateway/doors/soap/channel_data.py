"""``data`` of the channels as ``messageData`` of the bus, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from pydantic import ValidationError
from pydantic_core import to_json

from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.soap.data_slices import ElementSlice
from shared.bus.errors import Malformed
from shared.bus.messages.message import field_faults
from shared.contracts.soap_data import SoapData, SoapStatus
from shared.contracts.statuses import STATUS_CODE, find_status_code

DATA_PLACE = "messageData.data"
DONE = SoapStatus(code="SCSS001", message="Message has been processed successfully")


def to_message_data(data: ElementSlice, text: str) -> str:
    """``messageData`` as JSON: a message of the bus, when ``text`` is one, or the element as it was written.

    ``text`` is the text of an element without children. Malformed ``soap-data-malformed``.
    """
    if text.lstrip().startswith("{"):
        try:
            parsed = json.loads(text)
        except ValueError:
            raise Malformed("soap-data-malformed", "the text in data begins as JSON, and is none") from None
        if isinstance(parsed, dict) and set(parsed) == {"contract", "data"}:
            return text
    fields = {"xml": data.xml.decode(), "namespaces": data.namespaces, "status": None}  # those of SoapData
    return f'{{"contract":"{SoapData.contract}","data":{to_json(fields).decode()}}}'


@dataclass(frozen=True)
class MailMessage:
    """A message of a mailbox in the words of the channel; ``message_date`` is the sender's own text."""

    message_id: str
    correlation_id: str
    service_id: str
    message_type: str
    route_id: str
    message_date: str
    sender_id: str
    properties: tuple[tuple[str, str], ...]
    session_id: str
    data: ElementSlice

    @classmethod
    def of_mail(cls, mail: MailRow) -> MailMessage:
        """The message of a row; Malformed ``message-data-malformed``."""
        message = json.loads(mail.body)
        info = message["messageInfo"]
        status, data = read_answer(mail.body)
        return cls(
            message_id=mail.message_id,
            correlation_id=mail.case_id,
            service_id=mail.service_id,
            message_type=mail.message_type,
            route_id=info.get("routeId") or "",
            message_date=info["messageDate"],
            sender_id=mail.sender,
            properties=(
                *_sent_properties(message),
                *_status_properties(status),
            ),
            session_id=mail.session_id or "",
            data=data,
        )


def _sent_properties(message: dict[str, Any]) -> list[tuple[str, str]]:
    """The sender's properties, with the code of a case's status also where the sender left it out."""
    sent = [(entry["key"], entry["value"]) for entry in message["messageInfo"].get("properties", ())]
    code = find_status_code(message["messageData"])
    return sent if code is None or STATUS_CODE in dict(sent) else [*sent, (STATUS_CODE, code.value)]


def _status_properties(status: SoapStatus) -> tuple[tuple[str, str], ...]:
    """The status of an answer without success: AsyncChannel v10 has no element for it."""
    return () if status is DONE else (("statusCode", status.code), ("statusMessage", status.message))


def read_answer(body: bytes) -> tuple[SoapStatus, ElementSlice]:
    """The status in the bytes of a message of the bus (success, unless the provider says otherwise), and its
    element ``data``; Malformed ``message-data-malformed``.
    """
    message_data = json.loads(body)["messageData"]
    if message_data["contract"] == SoapData.contract:
        soap_data = _read_data(message_data)
        return soap_data.status or DONE, _read_element(soap_data)
    text = escape(to_json(message_data).decode())
    xsi, xs = "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"
    data = ElementSlice(f'<data xsi:type="xs:string">{text}</data>'.encode(), {"xsi": xsi, "xs": xs})
    return DONE, data


def _read_data(message_data: dict[str, Any]) -> SoapData:
    try:
        return SoapData.model_validate(message_data["data"])
    except ValidationError as error:
        fields = [{**fault, "field": f"{DATA_PLACE}.{fault['field']}"} for fault in field_faults(error)]
        raise Malformed("message-data-malformed", "the provider's data are not XML", fields=fields) from None


def _read_element(soap_data: SoapData) -> ElementSlice:
    """The element of ``soap-data/1``, which is one element and nothing beside it."""
    element = ElementSlice(soap_data.xml.encode(), soap_data.namespaces)
    try:
        (only,) = element.parse_within()
    except (ValueError, Malformed):
        raise _refuse_xml("the sender's data are not XML", "xml_parsing", soap_data) from None
    is_alone = not (only.tail or "").strip() and soap_data.xml.lstrip().startswith("<")
    if etree.QName(only).localname != "data" or not is_alone:
        raise _refuse_xml("the sender's data are more than the element data", "xml_element", soap_data)
    return element


def _refuse_xml(message: str, fault: str, soap_data: SoapData) -> Malformed:
    found = f"string, {len(soap_data.xml)} characters"
    field = {"field": f"{DATA_PLACE}.xml", "fault": fault, "expected": "one element data", "found": found}
    return Malformed("message-data-malformed", message, fields=[field])
