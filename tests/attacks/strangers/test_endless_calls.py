"""Threat: a stranger calls again and again at doors that ask for no login.

The doors are those of the OpenAPI documents of all systems that declare no security; each is called, but for those
that stand in ``UNBOUNDED`` with a reason.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Mapping
from time import thread_time
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.catalog import INSTANCES
from services.launcher.settings import settings_for
from shared.bus.errors import Throttled
from shared.bus.http.requests.call_limits import CallLimits
from tests.journeys.kit import RunningCountry, running
from tests.openapi.documents import DISTINCT, Json, Operation, document_of, operations_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST = 6
OF_A_PERSON = MOST // 6
SYSTEMS = ("is_nuc", "portal_pep", "shep_gateway", "is_con", "gbd_elicense", "is_rynok_truda")
"""One system of every kind that has a door of its own without a login."""
UNBOUNDED: Mapping[str, str] = {
    "GET /healthz": "asked by whoever watches the machine, and costs nothing",
    "GET /readyz": "asked by whoever watches the machine; its checks run once a second whoever asks",
    "GET /metrics": "asked by whoever watches the machine; its checks run once a second whoever asks",
    "GET /api/v1/time": "two numbers from memory",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    settings = {"EGOV_CALLS_A_MINUTE": str(MOST), "EGOV_READS_A_MINUTE": str(MOST + 1)}
    async with running(tmp_path_factory.mktemp("endless"), names=SYSTEMS, environment=settings) as made:
        yield made


def open_doors(name: str) -> dict[str, Operation]:
    """What a system lets anybody do, by method and path."""
    operations = operations_of(document_of(name))
    return {one.name: one for one in operations if not one.content.get("security")}


def filled_path(operation: Operation) -> str:
    """The path with the document's own examples in its places."""
    path = operation.name.partition(" ")[2]
    for parameter in operation.content.get("parameters", ()):
        path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example")))
    return path


DOORS = {
    door: (name, told) for name in SYSTEMS for door, told in open_doors(name).items() if door not in UNBOUNDED
}


@pytest.mark.parametrize("name", sorted(DISTINCT))
async def test_every_door_without_a_login_is_bounded_or_has_a_reason(name: str) -> None:
    doors = open_doors(name)
    assert doors.keys() >= UNBOUNDED.keys()
    assert doors.keys() - UNBOUNDED.keys() <= DOORS.keys(), "each is called below at one of the systems"
    bounded = {door for door, told in doors.items() if "`too-many-calls`" in _told_of_429(told.content)}
    assert bounded == doors.keys() - UNBOUNDED.keys()


def _told_of_429(content: Json) -> str:
    return str(content["responses"].get("429", {}).get("description", ""))


async def call_door(country: RunningCountry, door: str) -> httpx.Response:
    name, operation = DOORS[door]
    method, headers = door.partition(" ")[0], {"Accept": "application/json"}
    sent: dict[str, Any] = {} if method == "GET" else {"json": {}}
    return await country.answer(name, method, filled_path(operation), headers=headers, **sent)


@pytest.mark.parametrize("door", sorted(DOORS))
async def test_door_without_a_login_takes_so_many_calls_of_an_address_in_a_minute(
    country: RunningCountry, door: str
) -> None:
    answers: list[httpx.Response] = []
    while len(answers) <= 2 * MOST and (not answers or answers[-1].status_code != 429):
        answers.append(await call_door(country, door))
    refused = answers[-1]
    assert refused.status_code == 429, "one minute may end meanwhile, not two"
    assert int(refused.headers["Retry-After"]) >= 1
    if refused.headers["Content-Type"] == "application/problem+json":  # NCANode has a form of its own
        assert refused.json()["code"] == "too-many-calls"
    is_called_by_others = DOORS[door][0] == "is_nuc"  # the systems of the country have the same address
    is_ended_earlier = "{code}" in door  # the doors of printed documents count together
    if not is_called_by_others and not is_ended_earlier:
        assert len(answers) > MOST


@pytest.mark.parametrize("path", ["/bip-sync-wss-gost/", "/SmartBridgeService/", "/bip-async-wss-gost/"])
async def test_soap_door_takes_so_many_unsigned_envelopes_of_an_address_in_a_minute(
    country: RunningCountry, path: str
) -> None:
    """The document does not show these doors, so that the list above lacks them. A refusal is a SOAP fault."""
    answers: list[httpx.Response] = []
    while len(answers) <= 2 * MOST and (not answers or "Retry-After" not in answers[-1].headers):
        answers.append(await country.answer("shep_gateway", "POST", path, content=b"<Envelope/>"))
    assert "too-many-calls" in answers[-1].text, "one minute may end meanwhile, not two"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert len(answers) > MOST
    assert {answer.status_code for answer in answers} == {500}, "nobody signed them"


async def test_challenges_about_one_person_are_fewer_than_those_of_an_address(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = {"EGOV_CALLS_A_MINUTE": str(MOST)}
    async with running(
        tmp_path_factory.mktemp("person"), names=("is_nuc", "portal_pep"), environment=settings
    ) as country:
        body = {"iin": country.stranger().iin, "purpose": "recovery"}
        answers = [
            (await country.answer("portal_pep", "POST", "/api/v1/challenges", json=body)).status_code
            for _ in range(2 * OF_A_PERSON + 1)
        ]
        assert answers[:OF_A_PERSON] == [200] * OF_A_PERSON
        assert 429 in answers
        other = {**body, "iin": country.stranger().iin}
        assert (await country.answer("portal_pep", "POST", "/api/v1/challenges", json=other)).status_code == 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """НУЦ alone, which has refused nobody yet."""
    async with running(tmp_path_factory.mktemp("quiet"), names=("is_nuc",)) as made:
        yield made


async def test_each_refusal_at_an_open_door_has_one_line_without_a_person_or_a_secret(
    quiet: RunningCountry, caplog: pytest.LogCaptureFixture
) -> None:
    iin, guess = quiet.stranger().iin, "a-secret-of-somebody"
    refused = {
        ("POST", "/api/v1/employees", "request-malformed"): {"json": {"csr": iin, "role": guess}},
        ("POST", "/api/v1/revocations/own", "signature-malformed"): {
            "json": {"thumbprint": iin},
            "headers": {"X-Signature": guess},
        },
        ("GET", "/api/v1/faults", "operator-only"): {"headers": {"Authorization": f"Bearer {guess}"}},
    }
    with caplog.at_level(logging.INFO, logger="egov"):
        for (method, path, _), sent in refused.items():
            answer = await quiet.answer("is_nuc", method, path, **sent)
            assert 400 <= answer.status_code < 500
    lines = [record.fields for record in caplog.records if record.getMessage() == "door.refused"]  # type: ignore[attr-defined]
    told = [(line["door"], line["code"], line["address"]) for line in lines]
    assert told == [(f"{method} {path}", code, "127.0.0.1") for method, path, code in refused]
    assert iin not in caplog.text
    assert guess not in str(lines)


async def test_endless_refusals_do_not_fill_the_log(
    quiet: RunningCountry, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="egov"):
        for _ in range(100):
            await quiet.answer("is_nuc", "GET", "/api/v1/faults")
    lines = [record for record in caplog.records if record.getMessage() == "door.refused"]
    assert 10 <= len(lines) <= 60


async def test_crowd_of_addresses_makes_no_other_call_dear() -> None:
    limits, mine = CallLimits(calls_a_minute=MOST, reads_a_minute=MOST), "203.0.113.1"
    for n in range(30_000):  # a stranger with a network of IPv6 has 65,536 subscribers' networks
        limits.count_call("/api/v1/login", f"2001:db8:0:{n:x}::/64")
    began = thread_time()
    for _ in range(MOST):
        limits.count_call("/api/v1/login", mine)
    assert (thread_time() - began) / MOST < 0.001
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert not timers, "a thread looks through all counts after each call"
    with pytest.raises(Throttled):
        limits.count_call("/api/v1/login", mine)


async def test_production_has_bounds_for_strangers_though_nobody_sets_them() -> None:
    settings = [settings_for(one, {"EGOV_PROFILE": "production"}, is_alone=True) for one in INSTANCES]
    assert {one.calls_a_minute for one in settings} == {120}
    assert {one.reads_a_minute for one in settings} == {6000}
    assert {one.wrong_tokens_an_hour for one in settings} == {20}
