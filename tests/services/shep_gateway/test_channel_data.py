"""Data of a message that no channel can carry: the refusal names the field, what is expected and what came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.shep_gateway.doors.soap.channel_data import to_element
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
        to_element(body.encode())
    assert (caught.value.code, caught.value.details) == ("message-data-malformed", {"fields": [field]})
