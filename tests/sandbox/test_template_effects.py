"""Each ready-made trouble disturbs what it says, and no longer when its rules are ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.sandbox.rule_templates import load_templates
from tests.journeys.kit import RunningCountry, eventually, running

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(240)]

FAULTS = "/api/v1/sandbox/faults"
PATH = "/api/v1/no-such-place"
CALLS = 12
"""Enough occasions for the smallest share of a template that is seen by calls."""
Recovery = Callable[[], Awaitable[Any]]
"""Sees that the disturbance is over."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("templates"), environment={"EGOV_CLERKS": "instant"}) as one:
        yield one


async def answers_well(country: RunningCountry, system: str) -> None:
    for _ in range(CALLS):
        assert (await country.answer(system, "GET", PATH)).status_code == 404


async def file_case(country: RunningCountry) -> Recovery:
    """A case is filed under the trouble, and comes to its end when the trouble is over."""
    citizen = await country.citizen()
    case = await citizen.apply()
    return lambda: citizen.is_served(case)


def find_down(system: str) -> Callable[[RunningCountry], Awaitable[Recovery]]:
    async def ask(country: RunningCountry) -> Recovery:
        answer = await country.answer(system, "GET", PATH)
        assert (answer.status_code, answer.json()["code"]) == (503, "system-down")
        return lambda: answers_well(country, system)

    return ask


async def find_half_answer(country: RunningCountry) -> Recovery:
    with pytest.raises(httpx.RemoteProtocolError):
        await answers_well(country, "shep_gateway")
    return lambda: answers_well(country, "shep_gateway")


async def find_slow_window(country: RunningCountry) -> Recovery:
    began = monotonic()
    await answers_well(country, "is_con")
    assert monotonic() - began > 1, "a second in the mean for each of twelve calls"
    return lambda: answers_well(country, "is_con")


async def find_troubles_of_nuc(country: RunningCountry) -> Recovery:
    """The board shows the three troubles, and time-stamps are refused for some who ask."""
    nuc = country.operator("is_nuc")
    board = {row["name"] for row in await nuc.list_all("/api/v1/faults")}
    assert board == {"ocsp-try-later", "tsa-refusing", "crl-stale"}
    await answers_well(country, "is_nuc")

    async def see_none() -> None:
        assert await nuc.list_all("/api/v1/faults") == []

    return see_none


DISTURBANCES: dict[str, Callable[[RunningCountry], Awaitable[Recovery]]] = {
    "bad-day-at-nuc": find_troubles_of_nuc,
    "rshep-atyrau-down": find_down("rshep_aty"),
    "slow-con": find_slow_window,
    "flaky-broker": file_case,
    "broker-away": file_case,
    "half-answers-at-gateway": find_half_answer,
    "portal-evening-down": find_down("portal_pep"),
}
ELSEWHERE = {"is-cgo-silent"}
"""Questions to ИС ЦГО are asked in tests/journeys/centres/test_citizen_data.py."""


def test_every_template_has_its_disturbance() -> None:
    assert DISTURBANCES.keys() | ELSEWHERE == load_templates().keys()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", DISTURBANCES)
async def test_template_disturbs_what_it_says_until_its_rules_end(country: RunningCountry, name: str) -> None:
    gateway = country.operator("shep_gateway")
    added = await gateway.post(f"/api/v1/sandbox/templates/{name}", {})
    ids = {row["rule"]["id"] for row in added}
    try:
        see_recovery = await DISTURBANCES[name](country)
        await eventually(lambda: fired(country, ids), bool)
    finally:
        await gateway.call("DELETE", FAULTS)
    await see_recovery()
    before = await fired(country, ids)
    await file_and_serve(country)
    assert await fired(country, ids) == before, "a rule that has ended does nothing"


async def fired(country: RunningCountry, ids: set[str]) -> int:
    """How often these rules did something."""
    rows: Sequence[Any] = await country.operator("shep_gateway").list_all("/api/v1/sandbox/firings")
    return sum(row["rule_id"] in ids for row in rows)


async def file_and_serve(country: RunningCountry) -> None:
    await (await file_case(country))()
