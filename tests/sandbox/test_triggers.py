"""Events that happen to one case by order: real messages of the systems concerned, and the citizen sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.kit import Citizen, RunningCountry, eventually, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("triggered"), environment={"EGOV_CLERKS": "manual"}) as one:
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


async def test_trigger_of_an_unknown_event_or_case_is_told(country: RunningCountry, citizen: Citizen) -> None:
    assert (await refused(trigger(country, "granted", "no-such-case"))).code == "case-unknown"
    assert (await refused(trigger(country, "exploded", "no-such-case"))).code == "event-unknown"
