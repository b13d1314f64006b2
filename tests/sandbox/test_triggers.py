"""Events that happen to one case by order: real messages of the systems concerned, and the citizen sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.all_processes import Way, apply
from tests.journeys.kit import LIVING, Citizen, RunningCountry, eventually, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

DECIDING = "t6"
"""The step of KZ-YUZ.3 that decides."""
SANDBOX = {"EGOV_CLERKS": "manual", "EGOV_CLOCK": "sandbox"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("triggered"), environment=SANDBOX) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def citizen(country: RunningCountry) -> Citizen:
    return await country.citizen()


async def trigger(country: RunningCountry, event: str, case: str, **further: Any) -> Any:
    body = {"event": event, "case": case, **further}
    return await country.operator("shep_gateway").post("/api/v1/sandbox/triggers", body)


async def test_trigger_grants_a_case_on_which_nobody_works(country: RunningCountry, citizen: Citizen) -> None:
    case = await citizen.apply()
    await country.arrived(case)
    await trigger(country, "granted", case)
    view = await citizen.is_served(case)
    assert view["outcome"] == "positive"
    result = await country.operator("shep_gateway").list_journal(correlation_id=case)
    assert "is_mio" in {row["sender"] for row in result if row["message_type"] == "RESPONSE"}


async def test_trigger_refuses_with_the_reason_that_is_ordered(country: RunningCountry, citizen: Citizen) -> None:
    case = await citizen.apply()
    await country.arrived(case)
    await trigger(country, "refused", case, reason="Сведения не подтвердились")
    view = await citizen.is_served(case)
    assert view["outcome"] == "negative"
    assert "Сведения не подтвердились" in str(view)


async def test_trigger_of_a_failed_delivery_is_a_refusal_of_the_next_message(
    country: RunningCountry, citizen: Citizen
) -> None:
    case = await citizen.apply()
    await country.arrived(case)
    gateway = country.operator("shep_gateway")
    body = {"effect": {"kind": "refuse"}, "system": "portal_pep", "case": case, "count": 1}
    await gateway.post("/api/v1/sandbox/faults", body)
    await trigger(country, "granted", case)
    rows = await eventually(
        lambda: gateway.list_deliveries(correlation_id=case),
        lambda rows: any(row["state"] == "NOT_DELIVERED" for row in rows),
    )
    assert {row["error_code"] for row in rows if row["state"] == "NOT_DELIVERED"} == {"refused-by-rule"}
    letters = await country.operator("portal_pep").list_all("/api/v1/dead-letters")
    assert [letter["code"] for letter in letters] == ["refused-by-rule"]


async def outcome_of(citizen: Citizen, case: str) -> Any:
    """The outcome as the citizen sees it; asking is one question for the state."""
    return (await citizen.portal.get_application(case))["outcome"]


async def test_decision_comes_after_seconds_of_the_bus_s_time(country: RunningCountry, citizen: Citizen) -> None:
    case = await citizen.apply()
    await country.arrived(case)
    rule = await trigger(country, "granted", case, after=3600)
    gateway = country.operator("shep_gateway")
    await eventually(
        lambda: gateway.get("/api/v1/sandbox/firings", rule_id=rule["id"]),
        lambda rows: DECIDING in [row["step"] for row in rows],
    )
    assert await outcome_of(citizen, case) is None
    await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": 7200})
    assert (await citizen.is_served(case))["outcome"] == "positive"


async def test_decision_comes_when_the_state_is_asked_for_the_third_time(
    country: RunningCountry, citizen: Citizen
) -> None:
    case = await citizen.apply()
    await country.arrived(case)
    rule = await trigger(country, "granted", case, polls=3)
    gateway = country.operator("shep_gateway")

    async def count_questions() -> int:
        rows = await gateway.get("/api/v1/sandbox/firings", rule_id=rule["id"])
        return len([row for row in rows if row["place"] == "http"])

    for number in (1, 2):
        assert await outcome_of(citizen, case) is None
        await eventually(count_questions, lambda count, asked=number: count == asked)  # type: ignore[misc]
    assert (await citizen.is_served(case))["outcome"] == "positive"
    assert await count_questions() >= 3


async def test_person_whose_iin_orders_three_questions_is_served_at_the_third(country: RunningCountry) -> None:
    await country.operator("is_mio").call("PUT", "/api/v1/clerks", json={"rules": [{"policy": "scripted"}]})
    try:
        person = next(one for one in LIVING if one.iin.endswith("38"))
        citizen = await country.newcomer(person)
        case = await citizen.apply()
        (rule,) = await eventually(lambda: rules_of(country, case), bool)
        assert (rule["effect"]["polls"], await outcome_of(citizen, case)) == (3, None)
        assert (await citizen.is_served(case))["outcome"] == "positive"
    finally:
        await country.operator("is_mio").call("PUT", "/api/v1/clerks", json={"rules": []})


async def rules_of(country: RunningCountry, case: str) -> list[Any]:
    """The country's rules for a case."""
    rows = await country.operator("shep_gateway").get("/api/v1/sandbox/faults")
    return [row["rule"] for row in rows if row["rule"].get("case") == case]


async def test_provider_tells_any_status_in_a_message_of_its_own(
    country: RunningCountry, citizen: Citizen
) -> None:
    case = await citizen.apply()
    await country.arrived(case)
    await trigger(country, "status", case, status="in-work", reason="Проверяем сведения")
    view = await citizen.sees(case, "в работе")
    assert view["outcome"] is None
    sent = await country.operator("shep_gateway").list_journal(correlation_id=case)
    assert sent[0]["sender"] == "is_mio" or sent[-1]["sender"] == "is_mio"
    await trigger(country, "granted", case)
    assert (await citizen.is_served(case))["outcome"] == "positive"
    unknown = await refused(trigger(country, "status", case, status="lost"))
    assert (unknown.code, unknown.body["field"]) == ("rule-matches-nothing", "status")
    assert "in-work" in unknown.body["meant"]


@pytest.mark.parametrize(
    ("event", "payment"), [("payment", ("executed", None)), ("payment-rejected", ("rejected", "payee-deceased"))]
)
async def test_payment_is_executed_or_rejected_as_ordered(
    country: RunningCountry, event: str, payment: tuple[str, str | None]
) -> None:
    citizen, way = await country.newcomer(), Way("KZ-YUZ.4", "portal", "main", is_granted=True)
    case = await apply(citizen, way)
    await eventually(lambda: country.operator("is_mio").list_steps(case), bool)
    further = {"refusal": payment[1]} if payment[1] else {}
    await trigger(country, event, case, **further)
    rows = await eventually(lambda: country.operator("gcvp").get("/api/v1/payments", case=case), bool)
    assert [(row["state"], row["code"]) for row in rows] == [payment]


async def test_event_that_the_act_does_not_have_is_refused(country: RunningCountry, citizen: Citizen) -> None:
    case = await citizen.apply()
    await country.arrived(case)
    for event in ("payment", "payment-rejected"):
        assert (await refused(trigger(country, event, case))).code == "event-impossible"


async def test_trigger_of_an_unknown_event_or_case_is_told(country: RunningCountry, citizen: Citizen) -> None:
    assert (await refused(trigger(country, "granted", "no-such-case"))).code == "case-unknown"
    assert (await refused(trigger(country, "exploded", "no-such-case"))).code == "event-unknown"
