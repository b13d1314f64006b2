"""The gateway's message: writing and reading agree, and messages that are too long are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.bus.errors import Malformed
from shared.bus.messages.message import (
    MessageContract,
    MessageInfo,
    MessageProperty,
    MessageSender,
    MessageType,
    encode_message,
    read_data,
    read_header,
)
from tests.bus.kit import Counted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
IDENTIFIERS = st.text("azAZ09_.:{}/-яәҚ案", min_size=1, max_size=100)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
PROPERTIES = st.tuples(TEXTS, TEXTS).map(lambda both: MessageProperty(key=both[0][:30], value=both[1]))
INFOS = st.fixed_dictionaries(
    {
        "message_id": IDENTIFIERS,
        "correlation_id": IDENTIFIERS,
        "service_id": IDENTIFIERS,
        "message_type": st.sampled_from(MessageType),
        "route_id": st.none() | IDENTIFIERS,
        "message_date": st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5))])),
        "sender": IDENTIFIERS.map(lambda name: MessageSender(sender_id=name)),
        "properties": st.lists(PROPERTIES, max_size=3).map(tuple),
        "session_id": st.none() | IDENTIFIERS,
    }
).map(lambda parts: MessageInfo(**parts))
COUNTS = st.tuples(st.integers(-(2**63), 2**63), TEXTS).map(lambda both: Counted(n=both[0], text=both[1]))


def info(**changes: Any) -> MessageInfo:
    usual: dict[str, Any] = {
        "message_id": "id-1",
        "correlation_id": "case-1",
        "service_id": "counting",
        "message_type": MessageType.REQUEST,
        "message_date": NOON,
        "sender": MessageSender(sender_id="KZ.SENDER"),
    }
    return MessageInfo(**(usual | changes))


@given(info=INFOS, data=COUNTS)
def test_message_is_read_as_it_was_written(info: MessageInfo, data: Counted) -> None:
    content = encode_message(info, data)
    assert read_header(content).message_info == info
    assert read_data(content, Counted) == data


def test_message_with_a_nul_is_refused_before_a_database_has_to_keep_it() -> None:
    with pytest.raises(Malformed) as caught:
        read_header(encode_message(info(), Counted(n=1, text="a\0b")))
    assert caught.value.code == "message-malformed"
    written = encode_message(info(), Counted(n=1, text="the words \\u0000 of a manual"))
    assert read_data(written, Counted).text == "the words \\u0000 of a manual"
    assert read_header(written).message_info == info()


def test_message_fields_have_the_gateways_names_and_order() -> None:
    full = info(route_id="KZ-YUZ", session_id="{1}", properties=(MessageProperty(key="k", value="v"),))
    written = json.loads(encode_message(full, Counted(n=1)))
    assert list(written["messageInfo"]) == [
        "messageId",
        "correlationId",
        "serviceId",
        "messageType",
        "routeId",
        "messageDate",
        "sender",
        "properties",
        "sessionId",
    ]
    assert written["messageInfo"]["sender"] == {"senderId": "KZ.SENDER"}
    assert written["messageData"] == {"contract": "counted/1", "data": {"n": 1, "text": ""}}


def test_message_texts_travel_as_utf_8_and_not_as_escapes() -> None:
    assert "Өтініш".encode() in encode_message(info(), Counted(n=1, text="Өтініш"))


def test_envelope_head_is_read_without_the_data() -> None:
    content = encode_message(info(), Counted(n=1)).replace(b'"n":1', b'"n":"no number"')
    assert read_header(content).message_data.contract == "counted/1"


def test_message_data_of_another_shape_name_the_field_and_not_its_value() -> None:
    content = encode_message(info(), Counted(n=1)).replace(b'"n":1', b'"n":"850101100022 secret"')
    with pytest.raises(Malformed) as error:
        read_data(content, Counted)
    assert error.value.code == "message-data-malformed"
    found = "string, 19 characters"
    assert error.value.details["fields"] == [
        {"field": "messageData.data.n", "fault": "int_parsing", "found": found},
    ]
    assert "secret" not in repr(error.value.details) + error.value.message


def test_fault_of_a_field_tells_what_the_contract_expects_there() -> None:
    content = encode_message(info(), Counted(n=1)).replace(b"REQUEST", b"SECRET").replace(b'"id-1"', b'""')
    with pytest.raises(Malformed) as error:
        read_header(content)
    expected = {fault["field"]: fault.get("expected") for fault in error.value.details["fields"]}
    assert expected["messageInfo.messageId"] == "min length 1"
    assert expected["messageInfo.messageType"] == "'REQUEST', 'UPDATE', 'NOTIFICATION' or 'RESPONSE'"


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (b"null", "null"),
        (b"1.5", "number"),
        (b"[1,2]", "array, 2 items"),
        (b'{"secret":1}', "object, 1 members"),
    ],
)
def test_fault_of_a_field_tells_the_type_and_the_length_that_came(sent: bytes, found: str) -> None:
    content = encode_message(info(), Counted(n=1)).replace(b'"n":1', b'"n":' + sent)
    with pytest.raises(Malformed) as error:
        read_data(content, Counted)
    assert [fault["found"] for fault in error.value.details["fields"]] == [found]
    assert "secret" not in repr(error.value.details)


@pytest.mark.parametrize(("old", "new"), [(b'"n":1', b""), (b'"n":1', b'"n":')])
def test_fault_without_a_value_of_its_own_tells_nothing_that_came(old: bytes, new: bytes) -> None:
    with pytest.raises(Malformed) as error:
        read_data(encode_message(info(), Counted(n=1)).replace(old, new), Counted)
    assert [fault.get("found") for fault in error.value.details["fields"]] == [None]


def test_envelope_that_is_wrong_names_every_wrong_field_and_no_value() -> None:
    content = encode_message(info(), Counted(n=1)).replace(b"REQUEST", b"SECRET").replace(b'"id-1"', b'""')
    with pytest.raises(Malformed) as error:
        read_header(content)
    fields = {fault["field"] for fault in error.value.details["fields"]}
    assert fields == {"messageInfo.messageId", "messageInfo.messageType"}
    assert "SECRET" not in repr(error.value.details)


def test_envelope_with_a_field_that_nobody_knows_is_malformed() -> None:
    content = encode_message(info(), Counted(n=1)).replace(b'"messageId"', b'"surprise":1,"messageId"')
    with pytest.raises(Malformed):
        read_header(content)


def test_message_data_with_a_field_that_nobody_knows_are_malformed() -> None:
    content = encode_message(info(), Counted(n=1)).replace(b'"n":1', b'"n":1,"surprise":1')
    with pytest.raises(Malformed):
        read_data(content, Counted)


@pytest.mark.parametrize(("key", "value"), [("k" * 31, ""), ("", "v" * 501)])
def test_property_over_the_gateways_limits_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        MessageProperty(key=key, value=value)


@pytest.mark.parametrize(("key", "value"), [("k" * 30, "v" * 500), ("ключ", "мән"), ("", "")])
def test_property_within_the_gateways_limits_is_taken(key: str, value: str) -> None:
    assert info(properties=(MessageProperty(key=key, value=value),)).find_property(key) == value


def test_property_that_comes_first_of_its_name_counts() -> None:
    both = (MessageProperty(key="k", value="1"), MessageProperty(key="k", value="2"))
    assert info(properties=both).find_property("k") == "1"
    assert info().find_property("k") is None


@pytest.mark.parametrize("identifier", ["", " ", "a b", "a\n", "a;b", "x" * 101, "a|b", "a\0"])
def test_identifier_of_other_characters_or_length_is_refused(identifier: str) -> None:
    with pytest.raises(ValidationError):
        info(message_id=identifier)


@pytest.mark.parametrize("identifier", ["{8b5e…}".replace("…", "-"), "KZ-YUZ", "x" * 100, "a.b:c/d_e", "Өтініш-1"])
def test_identifier_as_the_gateway_uses_them_is_taken(identifier: str) -> None:
    assert info(message_id=identifier).message_id == identifier


def test_message_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        info(message_date=datetime(2026, 3, 2))  # noqa: DTZ001 - the mistake itself


def test_message_is_frozen() -> None:
    with pytest.raises(ValidationError):
        info().message_id = "another"  # type: ignore[misc]


def test_contracts_of_two_shapes_are_kept_apart() -> None:
    class Other(MessageContract):
        contract: ClassVar[str] = "other/1"
        word: str

    content = encode_message(info(), Other(word="Иә"))
    assert read_data(content, Other).word == "Иә"
    with pytest.raises(Malformed):
        read_data(content, Counted)
