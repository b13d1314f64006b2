"""``data`` of the channels as ``messageData`` of the bus, and back."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from pydantic import ValidationError
from pydantic_core import to_json

from services.shep_gateway.doors.soap.data_slices import ElementSlice
from shared.bus.errors import Malformed
from shared.contracts.soap_data import SoapData, SoapStatus

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
    soap_data = SoapData(xml=data.xml.decode(), namespaces=data.namespaces)
    return f'{{"contract":"{SoapData.contract}","data":{soap_data.model_dump_json(by_alias=True)}}}'


def to_element(body: bytes) -> ElementSlice:
    """The element ``data`` for the bytes of a message of the bus; Malformed ``message-data-malformed``."""
    message_data = json.loads(body)["messageData"]
    if message_data["contract"] == SoapData.contract:
        soap_data = _read_data(message_data)
        return ElementSlice(soap_data.xml.encode(), soap_data.namespaces)
    text = escape(to_json(message_data).decode())
    xsi, xs = "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"
    return ElementSlice(f'<data xsi:type="xs:string">{text}</data>'.encode(), {"xsi": xsi, "xs": xs})


def read_status(body: bytes) -> SoapStatus:
    """The status in an answer of the bus: success, unless the provider says otherwise; Malformed
    ``message-data-malformed``.
    """
    message_data = json.loads(body)["messageData"]
    if message_data["contract"] != SoapData.contract:
        return DONE
    return _read_data(message_data).status or DONE


def _read_data(message_data: dict[str, Any]) -> SoapData:
    try:
        return SoapData.model_validate(message_data["data"])
    except ValidationError:
        raise Malformed("message-data-malformed", "the provider's data are not XML") from None
