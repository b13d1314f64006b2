"""Data of a message that no channel can carry: the refusal names the field, what is expected and what came."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.soap.channel_data import MailMessage, read_answer
from shared.bus.errors import Malformed

XML, ONE = "messageData.data.xml", "one element data"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (
            {"xml": "<data>"},
            {"field": XML, "fault": "xml_parsing", "expected": ONE, "found": "string, 6 characters"},
        ),
        (
            {"xml": "<data/>secret"},
            {"field": XML, "fault": "xml_element", "expected": ONE, "found": "string, 13 characters"},
        ),
        ({"xml": ["secret"]}, {"field": XML, "fault": "string_type", "found": "array, 1 items"}),
        ({}, {"field": XML, "fault": "missing"}),
    ],
)
def test_data_that_are_no_element_are_refused_with_the_field_and_without_its_value(
    data: dict[str, Any], field: dict[str, str]
) -> None:
    body = json.dumps({"messageData": {"contract": "soap-data/1", "data": {"namespaces": {}, **data}}})
    with pytest.raises(Malformed) as caught:
        read_answer(body.encode())
    assert (caught.value.code, caught.value.details) == ("message-data-malformed", {"fields": [field]})


@pytest.mark.parametrize("sent", [[], [{"key": "status-code", "value": "in-work"}]], ids=["left-out", "sent"])
def test_channel_has_the_code_of_a_status_among_the_properties(sent: list[dict[str, str]]) -> None:
    step = {"key": "step", "value": "t7"}
    body = {
        "messageInfo": {"messageDate": "2026-11-29T10:00:00Z", "properties": [step, *sent]},
        "messageData": {"contract": "status-changed/1", "data": {"status": "в работе"}},
    }
    mail = MailRow(
        recipient="portal-two",
        message_id="m",
        case_id="c",
        service_id="s",
        message_type="UPDATE",
        sender="is_mio",
        arrived_at=datetime(2026, 11, 29, tzinfo=UTC),
        body=json.dumps(body).encode(),
        signature="",
    )
    assert MailMessage.of_mail(mail).properties == (("step", "t7"), ("status-code", "in-work"))
