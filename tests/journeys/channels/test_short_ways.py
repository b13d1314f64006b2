"""The short ways of the doors answer as the long ways do: the same request goes both."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.shep_gateway.doors.routers import SHORT_WAYS
from shared.bus.http.requests.short_ways import PlainRequest
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.xml.wsse import sign_body
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.gateways.test_sync_channel import PATHS, PERSONS, call
from tests.journeys.kit import LIVING, RunningCountry

pytestmark = pytest.mark.asyncio(loop_scope="session")

MESSAGES = "/api/v1/messages"
JSON = {"Content-Type": "application/json"}
QUESTION: dict[str, Any] = {
    "service_id": PERSON_SERVICE,
    "content": {"contract": "person-query/1", "data": {"iin": LIVING[15].iin}},
}
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?|\d+-\d+-\d+T\S+"
)
"""Ids and moments."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "asker-both-ways", asks=[PERSON_SERVICE, PERSONS])


async def both_ways(
    country: RunningCountry, path: str, content: bytes, headers: dict[str, str]
) -> tuple[httpx.Response, httpx.Response]:
    """The response to a request, and to the same request with a header that comes twice: it goes the long way."""
    twice = [*headers.items(), ("X-Twice", "1"), ("X-Twice", "2")]
    short = await country.answer("shep_gateway", "POST", path, content=content, headers=headers)
    long = await country.answer("shep_gateway", "POST", path, content=content, headers=twice)
    return short, long


def lasting(response: httpx.Response) -> tuple[int, str, set[str]]:
    """What is the same in the next call: the status, the text but ids and moments, the names of the headers."""
    return response.status_code, CHANGING.sub("…", response.text), set(response.headers)


@pytest.mark.parametrize(
    ("query", "content", "headers"),
    [
        ("", QUESTION, {}),
        ("?wait=20", QUESTION, {}),
        ("?wait=0.5", {**QUESTION, "properties": {"a": "b"}, "region": "KZ-YUZ"}, {}),
        ("?wait=61", QUESTION, {}),
        ("?wait=20&wait=1", QUESTION, {}),
        ("?other=1", QUESTION, {}),
        ("", QUESTION, {"Content-Type": "application/json; charset=utf-8"}),
        ("", QUESTION, {"Content-Type": "text/plain"}),
        ("", QUESTION, {"Authorization": ""}),
        ("", QUESTION, {"Authorization": "Bearer shep_nobody"}),
        ("", QUESTION, {"Authorization": "Basic shep_nobody"}),
        ("", QUESTION, {"Accept-Language": "kk"}),
        ("", {**QUESTION, "service_id": "no-such-service"}, {"Accept-Language": "en"}),
        ("", {**QUESTION, "service_id": "is-cgo-citizen"}, {}),
        ("", {**QUESTION, "message_type": "RESPONSE", "correlation_id": "no-such-case"}, {}),
        ("", {**QUESTION, "message_id": "given-id/with space"}, {}),
        ("", {**QUESTION, "unknown": 1}, {}),
        ("", {**QUESTION, "content": {"contract": "person-query/1", "data": {"iin": "\u202e"}}}, {}),
        ("", {**QUESTION, "content": {"contract": "person-query/1", "data": {"iin": 2**70}}}, {}),
        ("", {"content": QUESTION["content"]}, {}),
        ("", [QUESTION], {}),
        ("", b"", {}),
        ("", b"{", {}),
        ("", b"null", {}),
        ("", b'{"service_id": NaN}', {}),
        ("", b"[" * 2000, {}),
        ("", "\ud800".encode("utf-8", "surrogatepass"), {}),
        ("", json.dumps(QUESTION).encode("utf-16"), {}),
    ],
)
async def test_message_gets_the_same_answer_on_both_ways(
    country: RunningCountry, asker: JoinedSystem, query: str, content: Any, headers: dict[str, str]
) -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    short, long = await both_ways(country, MESSAGES + query, raw, {**JSON, **asker.headers, **headers})
    assert lasting(short) == lasting(long)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", ["", "unsigned", "broken", "empty"])
async def test_envelope_gets_the_same_answer_on_both_ways(
    country: RunningCountry, asker: JoinedSystem, path: str, fault: str
) -> None:
    unsigned = call(asker, LIVING[16].iin)
    signed = sign_body(unsigned, asker.key, asker.certificate)
    envelope = {"": signed, "unsigned": unsigned, "broken": signed[:-20], "empty": b""}[fault]
    short, long = await both_ways(country, path, envelope, {"Content-Type": "text/xml", "Accept-Language": "en"})
    parts = [re.sub(r"<(\w+:)?Signature.*</(\w+:)?Signature>|id-…", "", lasting(one)[1]) for one in (short, long)]
    assert parts[0] == parts[1]
    assert (short.status_code, lasting(short)[2]) == (long.status_code, lasting(long)[2])


async def test_both_ways_are_kept_as_exchanges(country: RunningCountry, asker: JoinedSystem) -> None:
    raw = json.dumps(QUESTION).encode()
    answers = await both_ways(country, f"{MESSAGES}?wait=20", raw, {**JSON, **asker.headers})
    ids = [answer.headers["x-exchange-id"] for answer in answers]
    kept = [await country.operator("shep_gateway").get(f"/api/v1/exchanges/{exchange_id}") for exchange_id in ids]
    names = ("operation", "door", "target", "participant", "service_id", "http_status", "code", "deviations")
    assert [kept[0][name] for name in names] == [kept[1][name] for name in names]
    assert [one["request"]["body"] for one in kept] == [raw.decode()] * 2
    assert [one["request"]["size"] for one in kept] == [len(raw)] * 2


@pytest.mark.parametrize(
    ("headers", "query", "is_short"),
    [
        ({}, b"", True),
        ({}, b"wait=20", True),
        ({"idempotency-key": "a"}, b"", False),
        ({"content-type": "text/plain"}, b"", False),
        ({"authorization": "bearer shep_a"}, b"", False),
        ({}, b"wait=61", False),
        ({}, b"wait=2e1", False),
        ({}, b"WAIT=2", False),
    ],
)
async def test_usual_message_goes_the_short_way(headers: dict[str, str], query: bytes, is_short: bool) -> None:
    usual = {"content-type": "application/json", "authorization": "Bearer shep_a"}
    plain = PlainRequest({**usual, **headers}, query, json.dumps(QUESTION).encode())
    (way,) = (way for way in SHORT_WAYS if way.path == MESSAGES)
    assert (way.read_call(plain) is not None) == is_short
