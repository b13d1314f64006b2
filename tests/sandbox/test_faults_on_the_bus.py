"""A whole country with rules in force: nothing is lost, nothing is done twice, and each firing is journaled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.kit import Citizen, RunningCountry, eventually, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]
FAULTS = "/api/v1/sandbox/faults"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("disturbed"), environment={"EGOV_CLERKS": "instant"}) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def citizen(country: RunningCountry) -> AsyncIterator[Citizen]:
    yield await country.citizen()
    await country.operator("shep_gateway").call("DELETE", FAULTS)


async def put_rule(country: RunningCountry, kind: str, effect: dict[str, Any] | None = None, **scope: Any) -> str:
    body = {"effect": {"kind": kind, **(effect or {})}, **scope}
    answer = await country.operator("shep_gateway").post(FAULTS, body)
    return str(answer["rule"]["id"])


async def firings(country: RunningCountry, rule_id: str) -> Any:
    return await country.operator("shep_gateway").get("/api/v1/sandbox/firings", rule_id=rule_id)


async def check_nothing_lost_or_twice(country: RunningCountry, case: str) -> None:
    """Every delivery of the case arrived, no journal entry is doubled, and no step was done twice."""
    gateway = country.operator("shep_gateway")
    rows = await eventually(
        lambda: gateway.list_deliveries(correlation_id=case),
        lambda rows: rows and all(row["state"] == "DELIVERED" for row in rows),
    )
    passed = [row for row in await gateway.list_journal(correlation_id=case) if row["event"] == "ACCEPTED"]
    assert len({(row["sender"], row["message_id"]) for row in passed}) == len(passed)
    assert len({(row["message_id"], row["recipient"]) for row in rows}) == len(rows)
    steps = await country.operator("is_mio").list_steps(case)
    assert len({step["step"] for step in steps}) == len(steps)


@pytest.mark.parametrize(
    ("kind", "effect", "scope"),
    [
        ("drop", {}, {"system": "is_mio", "count": 2}),
        ("drop", {}, {"system": "shep_gateway", "place": "outbox", "count": 2}),
        ("duplicate", {"copies": 3}, {"system": "is_mio"}),
        ("duplicate", {}, {"system": "shep_gateway", "place": "outbox"}),
        ("slow", {"seconds": 0.2, "shape": "uniform", "spread": 0.1}, {"system": "is_mio"}),
        ("reorder", {"seconds": 0.3}, {"system": "portal_pep", "occasions": 50}),
        ("broker", {"trouble": "confirm-lost"}, {"system": "is_mio", "count": 2}),
        ("poison", {}, {"system": "rshep_yuz", "count": 1}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_case_is_served_once_whatever_the_rule_does(
    country: RunningCountry, citizen: Citizen, kind: str, effect: dict[str, Any], scope: dict[str, Any]
) -> None:
    rule_id = await put_rule(country, kind, effect, **scope)
    case = await citizen.apply()
    if kind == "poison":
        await eventually(lambda: firings(country, rule_id), bool)
        await country.operator("shep_gateway").call("DELETE", f"{FAULTS}/{rule_id}")
    await citizen.is_served(case)
    await check_nothing_lost_or_twice(country, case)
    rows = await firings(country, rule_id)
    assert {row["kind"] for row in rows} == {kind}
    assert {row["system"] for row in rows} == {scope["system"]}
    assert case in {row["case_id"] for row in rows}


async def test_system_that_is_down_neither_answers_nor_loses_a_message(
    country: RunningCountry, citizen: Citizen
) -> None:
    rule_id = await put_rule(country, "down", system="is_mio")
    answer = await country.answer("is_mio", "GET", "/api/v1/employees")
    assert (answer.status_code, answer.json()["code"]) == (503, "system-down")
    case = await citizen.apply()
    await eventually(lambda: firings(country, rule_id), lambda rows: case in {row["case_id"] for row in rows})
    await asyncio.sleep(0.2)
    assert (await citizen.portal.get_application(case))["outcome"] is None
    await country.operator("shep_gateway").call("DELETE", f"{FAULTS}/{rule_id}")
    await citizen.is_served(case)
    await check_nothing_lost_or_twice(country, case)


async def test_rule_that_matches_nothing_is_refused_with_what_it_could_mean(country: RunningCountry) -> None:
    error = await refused(put_rule(country, "down", system="is_moi"))
    assert error.code == "rule-matches-nothing"
    assert error.body["field"] == "system"
    assert "is_mio" in error.body["meant"]
