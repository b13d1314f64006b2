"""A whole country with rules in force: nothing is lost, nothing is done twice, and each firing is journaled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import pytest_asyncio

from shared.sandbox.rule_book import RuleBook
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
        lambda rows: bool(rows) and all(row["state"] == "DELIVERED" for row in rows),
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
        ("broker", {"trouble": "away"}, {"system": "shep_gateway", "count": 3}),
        ("broker", {"trouble": "refuses"}, {"system": "is_mio", "count": 2}),
        ("broker", {"trouble": "no-address"}, {"system": "portal_pep", "count": 2}),
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
    gateway = country.operator("shep_gateway")
    timeline = await gateway.get(f"/api/v1/cases/{case}/timeline")
    assert [rule_id] in [entry["rules"] for entry in timeline]
    drawn = await gateway.call("GET", f"/api/v1/cases/{case}/timeline.mmd")
    assert rule_id in drawn.text
    bundle = await gateway.call("GET", f"/api/v1/cases/{case}/evidence")
    with ZipFile(BytesIO(bundle.content)) as proof:
        told = json.loads(proof.read("disturbances.json"))
    assert {(one["rule_id"], one["case_id"]) for one in told} == {(rule_id, case)}


async def test_message_that_a_line_spoilt_is_a_dead_letter_and_the_case_waits_for_the_operator(
    country: RunningCountry, citizen: Citizen
) -> None:
    portal = country.operator("portal_pep")
    rule_id = await put_rule(country, "corrupt", system="portal_pep", count=1)
    case = await citizen.apply()
    (firing,) = await eventually(lambda: firings(country, rule_id), bool)
    assert firing["case_id"] == case
    await eventually(lambda: portal.list_all("/api/v1/dead-letters", code="signature-invalid"), bool)
    waiting = await eventually(lambda: portal.list_all("/api/v1/waiting"), bool)
    assert all(row["stream"].endswith(case) for row in waiting)
    assert (await citizen.portal.get_application(case))["outcome"] is None
    first = min(waiting, key=lambda row: row["sequence"])
    await portal.call("POST", f"/api/v1/waiting/{first['key']}/proceed")
    await citizen.is_served(case)


@pytest.mark.parametrize("system", ["is_mio", "rshep_yuz", "portal_pep"])
async def test_operator_sends_a_spoilt_message_again_and_the_case_goes_on_in_order(
    country: RunningCountry, citizen: Citizen, system: str
) -> None:
    """Also behind a РШЭП, which has passed the message already."""
    gateway, receiver = country.operator("shep_gateway"), country.operator(system)
    rule_id = await put_rule(country, "corrupt", system=system, count=1)
    case = await citizen.apply()
    (firing,) = await eventually(lambda: firings(country, rule_id), bool)
    assert firing["case_id"] == case
    (spoilt, *_) = await eventually(lambda: _list_open_entries(country, case), bool)
    assert (await gateway.call("POST", f"/api/v1/journal/{spoilt}/resend")).status_code == 204
    await citizen.is_served(case)
    assert await eventually(lambda: _list_open_entries(country, case), lambda entries: not entries) == []
    assert await receiver.list_all("/api/v1/waiting") == []
    codes = [row["code"] for row in await receiver.list_all("/api/v1/dead-letters", correlation_id=case)]
    assert codes == [], "no message of the case was refused, none came out of its turn"
    steps = await country.operator("is_mio").list_steps(case)
    assert len({step["step"] for step in steps}) == len(steps), "no step was done twice"
    error = await refused(gateway.call("POST", f"/api/v1/journal/{spoilt}/resend"))
    assert error.code == "delivery-not-failed"


async def _list_open_entries(country: RunningCountry, case: str) -> list[int]:
    """The first entries of the messages of a case that no recipient has confirmed, in order."""
    gateway = country.operator("shep_gateway")
    deliveries = await gateway.list_deliveries(correlation_id=case, state="ON_DELIVERY")
    entries = await gateway.list_journal(correlation_id=case, event="ACCEPTED")
    open_ids = {row["message_id"] for row in deliveries}
    number_of = {entry["message_id"]: entry["n"] for entry in entries if entry["message_id"] in open_ids}
    return sorted(number_of.values())


async def test_answer_over_http_is_cut_short_wrong_or_missing_for_as_many_calls_as_the_rule_says(
    country: RunningCountry,
) -> None:
    path = "/api/v1/services"
    whole = await country.answer("portal_pep", "GET", path)
    for kind in ("half-body", "drop"):
        await put_rule(country, kind, system="portal_pep", door="rest", count=1)
        with pytest.raises(httpx.RemoteProtocolError):
            await country.answer("portal_pep", "GET", path)
        assert (await country.answer("portal_pep", "GET", path)).text == whole.text
    effect = {"answer": {"odd": True}, "status": 418}
    await put_rule(country, "wrong-answer", effect, system="portal_pep", path=path, count=1)
    wrong = await country.answer("portal_pep", "GET", path)
    assert (wrong.status_code, wrong.json()) == (418, {"odd": True})
    await put_rule(country, "corrupt", system="portal_pep", path=path, count=1)
    spoilt = await country.answer("portal_pep", "GET", path)
    assert len(spoilt.content) == len(whole.content)
    assert spoilt.content != whole.content
    assert (await country.answer("portal_pep", "GET", path)).content == whole.content


async def test_every_template_applies_and_ends(country: RunningCountry) -> None:
    gateway = country.operator("shep_gateway")
    await gateway.call("DELETE", FAULTS)
    templates = await gateway.get("/api/v1/sandbox/templates")
    assert len(templates) > 5
    for template in templates:
        added = await gateway.post(f"/api/v1/sandbox/templates/{template['name']}", {})
        assert len(added) == len(template["rules"]) > 0
        assert all(row["is_in_force"] for row in await gateway.get(FAULTS))
        await gateway.call("DELETE", FAULTS)
        assert await gateway.get(FAULTS) == []


@pytest.mark.parametrize(
    ("field", "scope"),
    [
        ("system", {"system": "is_moi"}),
        ("region", {"region": "KZ-ATI"}),
        ("service", {"service": "KZ-YUZ.33"}),
        ("step", {"service": "KZ-YUZ.3", "step": "t99"}),
        ("share", {"share": 0}),
        ("until", {"until": "2001-01-01T00:00:00Z"}),
        ("place", {"place": "handler"}),
    ],
)
async def test_rule_that_matches_nothing_is_refused_with_its_field(
    country: RunningCountry, field: str, scope: dict[str, Any]
) -> None:
    error = await refused(put_rule(country, "down", **scope))
    assert (error.code, error.body["field"]) == ("rule-matches-nothing", field)
    if field in ("system", "region", "service"):
        assert error.body["meant"]


async def test_rule_for_a_system_that_does_not_run_is_set_and_says_so(country: RunningCountry) -> None:
    book = country.deployment.nodes["shep_gateway"].runtime.resource(RuleBook)
    reached = set(book.instances)
    book.instances.discard("is_mio")
    try:
        for scope in ({"system": "is_mio"}, {}):
            body = {"effect": {"kind": "slow", "seconds": 0}, **scope}
            (warning,) = (await country.operator("shep_gateway").post(FAULTS, body))["warnings"]
            assert (warning["code"], "is_mio" in warning["detail"]) == ("rule-reaches-part", True)
            await country.operator("shep_gateway").call("DELETE", FAULTS)
    finally:
        book.instances.update(reached)
