"""The message of ШЭП: messageInfo and messageData.

Field names and order are those of ШЭП's universal channels, SyncChannel v10 and AsyncChannel v10. On the bus a
message is UTF-8 JSON::

    {"messageInfo": {"messageId": …, "correlationId": …, "serviceId": …, "messageType": "REQUEST", …},
     "messageData": {"contract": "application/1", "data": {…}}}

``contract`` names the agreed shape of ``data`` (ours: ШЭП leaves ``data`` open). The bytes are signed as they are
sent, and no hop encodes them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from shared.bus.errors import Malformed

_BOUNDS: Mapping[str, str] = {
    "expected": "",
    "expected_tags": "",
    "pattern": "",
    **{key: f"{key.replace('_', ' ')} " for key in ("min_length", "max_length", "max_digits", "decimal_places")},
    **{"ge": ">= ", "gt": "> ", "le": "<= ", "lt": "< ", "multiple_of": "multiple of "},
}
"""What pydantic tells of a broken bound, with the words before it."""
_LONGEST_EXPECTATION = 200
_JSON_TYPES: Mapping[type, str] = {
    **{str: "string", bool: "boolean", int: "number", float: "number"},
    **{dict: "object", list: "array", type(None): "null"},
}
_UNITS: Mapping[str, str] = {"string": "characters", "array": "items", "object": "members"}
_WITHOUT_A_VALUE = frozenset(("missing", "json_invalid"))
"""Faults of which pydantic shows what stands around them: the whole object, the whole text."""

Identifier = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.:{}/-]+$")]


class WireModel(BaseModel):
    """The base of all models on the bus: frozen, with camelCase names in JSON, refusing unknown fields."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class MessageType(StrEnum):
    """The type of a message: first message of a case, progress, notice, final answer."""

    REQUEST = "REQUEST"
    UPDATE = "UPDATE"
    NOTIFICATION = "NOTIFICATION"
    RESPONSE = "RESPONSE"


class MessageSender(WireModel):
    """The system that wrote the message; it must be the system that the certificate names."""

    sender_id: Identifier


class MessageProperty(WireModel):
    """A key of at most 30 and a value of at most 500 characters, as in ШЭП's schema."""

    key: Annotated[str, Field(max_length=30)]
    value: Annotated[str, Field(max_length=500)]


class MessageInfo(WireModel):
    """The envelope; ``route_id`` is the region, ``correlation_id`` the case."""

    message_id: Identifier
    correlation_id: Identifier
    service_id: Identifier
    message_type: MessageType
    route_id: Identifier | None = None
    message_date: AwareDatetime
    sender: MessageSender
    properties: tuple[MessageProperty, ...] = ()
    session_id: Identifier | None = None

    def find_property(self, key: str) -> str | None:
        """The value of the first property called ``key``, or None."""
        for entry in self.properties:
            if entry.key == key:
                return entry.value
        return None


class MessageContract(WireModel):
    """The base of all contracts: the contents of ``messageData.data``; every subclass names its contract and
    version.
    """

    contract: ClassVar[str]
    message_type: ClassVar[MessageType | None] = None
    """The only type of message that carries this contract; None where every type may."""


class _DataHeader(BaseModel):
    model_config = ConfigDict(frozen=True)

    contract: Annotated[str, Field(max_length=100)]


class EnvelopeHeader(BaseModel):
    """The part of a message that every hop reads: the envelope and the name of the contract, not the data."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    message_info: MessageInfo
    message_data: _DataHeader


MOST_VALUES = 60_000
"""The limit of values in a message and in a signed document; a little more than in a request that brings one."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of a NUL in JSON: an odd number of backslashes before ``u0000``; as a byte, JSON refuses a NUL."""

C = TypeVar("C", bound=MessageContract)

_body_models: dict[type[MessageContract], type[BaseModel]] = {}


def _body_model(contract: type[MessageContract]) -> type[BaseModel]:
    if contract not in _body_models:
        data = create_model("Data", data=(contract, ...))
        _body_models[contract] = create_model("Body", messageData=(data, ...))
    return _body_models[contract]


def imported_contracts() -> Iterator[type[MessageContract]]:
    """The contracts in the modules that are imported."""
    waiting = list(MessageContract.__subclasses__())
    while waiting:
        contract = waiting.pop()
        waiting += contract.__subclasses__()
        if "contract" in vars(contract):
            yield contract


def make_envelope(*, sender: str, values: Mapping[str, str], **fields: Any) -> MessageInfo:
    """The envelope of a new message; Malformed ``message-malformed`` with every faulty field."""
    try:
        return MessageInfo(sender=MessageSender(sender_id=sender), properties=make_properties(values), **fields)
    except ValidationError as error:
        raise Malformed("message-malformed", "the envelope is not valid", fields=field_faults(error)) from None


def encode_message(info: MessageInfo, payload: MessageContract) -> bytes:
    """The exact bytes of a message, ready to be signed."""
    envelope = info.model_dump_json(by_alias=True, exclude_none=True)
    data = payload.model_dump_json(by_alias=True)
    return (
        f'{{"messageInfo":{envelope},"messageData":{{"contract":"{payload.contract}","data":{data}}}}}'
    ).encode()


def has_too_many_values(content: bytes) -> bool:
    """Whether JSON could fill the memory: each comma or bracket may become a value or a faulty field.

    Ours are few long texts. A content of fewer bytes than ``MOST_VALUES`` costs nothing here.
    """
    return len(content) > MOST_VALUES and count_values(content) > MOST_VALUES


def count_values(content: bytes) -> int:
    """The commas and opening brackets of JSON, those in texts included: an upper limit of its values."""
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def read_header(body: bytes) -> EnvelopeHeader:
    """The envelope of ``body``; Malformed ``message-malformed`` with every faulty field, or for a NUL."""
    if b"\\u0000" in body and _NUL.search(body):
        raise Malformed("message-malformed", "a text has a NUL, which no database keeps")
    try:
        return EnvelopeHeader.model_validate_json(body)
    except ValidationError as error:
        raise Malformed("message-malformed", "the envelope is not valid", fields=field_faults(error)) from None


def read_data(body: bytes, contract: type[C]) -> C:
    """The data of ``body`` as ``contract``; Malformed ``message-data-malformed`` with every faulty field."""
    try:
        parsed: Any = _body_model(contract).model_validate_json(body)
    except ValidationError as error:
        raise Malformed("message-data-malformed", contract.contract, fields=field_faults(error)) from None
    data: C = parsed.messageData.data
    return data


def field_faults(error: ValidationError) -> list[dict[str, str]]:
    """The place and the kind of each fault, the type and length that were ``found`` and, where the contract has a
    bound, what was ``expected``; without the faulty values, which may be personal data.
    """
    return [
        {
            "field": ".".join(str(part) for part in fault["loc"]),
            "fault": fault["type"],
            **_expectation(fault),
            **_describe_input(fault),
        }
        for fault in error.errors(include_url=False)
    ]


def _describe_input(fault: ErrorDetails) -> dict[str, str]:
    """What stands in the faulty field, without its value: ``string, 4 characters``; nothing of an absent field."""
    if fault["type"] in _WITHOUT_A_VALUE:
        return {}
    value = fault["input"]
    kind = _JSON_TYPES.get(type(value))
    if kind is None:
        return {}
    unit = _UNITS.get(kind)
    return {"found": f"{kind}, {len(value)} {unit}" if unit else kind}


def _expectation(fault: ErrorDetails) -> dict[str, str]:
    """The bounds of the contract that a fault breaks: of the context only what holds no value of the input."""
    context = fault.get("ctx", {})
    bounds = [f"{name}{context[key]}" for key, name in _BOUNDS.items() if key in context]
    return {"expected": ", ".join(bounds)[:_LONGEST_EXPECTATION]} if bounds else {}


def make_properties(values: Mapping[str, str]) -> tuple[MessageProperty, ...]:
    """Message properties, in the order of ``values``."""
    return tuple(MessageProperty(key=key, value=value) for key, value in values.items())
