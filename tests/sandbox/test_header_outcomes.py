"""An outcome ordered with the application itself, by a header in the words of ``egov-bus trigger``."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.client.participants import JoiningOrder, Operators
from shared.pki.certificates import keys
from tests.journeys.kit import PASSWORD, Citizen, RunningCountry, eventually, refused, running
from tests.journeys.participants.door_systems import SERVICE_TYPE, DoorSystem

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]
HEADER = "X-Sandbox-Outcome"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    environment = {"EGOV_CLERKS": "manual", "EGOV_CLOCK": "sandbox"}
    async with running(tmp_path_factory.mktemp("headers"), environment=environment) as one:
        yield one


async def apply(country: RunningCountry, outcome: str) -> tuple[Citizen, str]:
    """Somebody new, and the case of an application that was filed with the header."""
    citizen = await country.newcomer()
    view = await citizen.portal.submit_application(citizen.sign(await citizen.draft()), outcome)
    return citizen, str(view["id"])


async def rules(country: RunningCountry) -> list[Any]:
    return [row["rule"] for row in await country.operator("shep_gateway").get("/api/v1/sandbox/faults")]


async def test_application_is_granted_where_nobody_works_on_it(country: RunningCountry) -> None:
    citizen, case = await apply(country, "granted")
    assert (await citizen.is_served(case))["outcome"] == "positive"


async def test_application_is_refused_for_the_reason_that_the_header_names(country: RunningCountry) -> None:
    citizen, case = await apply(country, "refused; refusal=received")
    view = await citizen.is_served(case)
    assert view["outcome"] == "negative"
    assert "уже оказана" in str(view)


async def test_application_is_decided_after_seconds_of_the_bus_s_time(country: RunningCountry) -> None:
    citizen, case = await apply(country, "refused; after=3600")
    gateway = country.operator("shep_gateway")
    await eventually(lambda: gateway.get("/api/v1/sandbox/firings", rule_id=f"ordered-{case}"), bool)
    assert (await citizen.portal.get_application(case))["outcome"] is None
    await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": 7200})
    await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    assert (await citizen.is_served(case))["outcome"] == "negative"


async def test_application_is_decided_when_the_citizen_has_asked_so_often(country: RunningCountry) -> None:
    citizen, case = await apply(country, "granted; polls=2")
    assert (await citizen.portal.get_application(case))["outcome"] is None
    assert (await citizen.is_served(case))["outcome"] == "positive"


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("exploded", "granted"),
        ("refused; refusal=whim", "untrue"),
        ("granted; system=is_mio", "after"),
        ("granted; after=soon", None),
        ("granted; after=1; polls=2", None),
        ("late; after=5", None),
    ],
)
async def test_header_that_means_nothing_is_refused_and_nothing_is_filed(
    country: RunningCountry, header: str, meant: str | None
) -> None:
    citizen = await country.citizen()
    signed = citizen.sign(await citizen.draft())
    error = await refused(citizen.portal.submit_application(signed, header))
    assert (error.status, error.code) == (422, "outcome-malformed")
    assert meant is None or meant in error.body["meant"]
    assert await citizen.portal.get_history() == []


async def test_extension_that_the_act_does_not_have_is_refused(country: RunningCountry) -> None:
    error = await refused(apply(country, "extended"))
    assert (error.status, error.code) == (409, "event-impossible")


async def test_header_orders_nothing_in_the_case_of_somebody_else(country: RunningCountry) -> None:
    first, stranger = await country.newcomer(), await country.newcomer()
    draft = await first.draft()
    other = draft.replace(first.person.iin.encode(), stranger.person.iin.encode())
    error = await refused(stranger.portal.submit_application(stranger.sign(other), "never"))
    assert error.code == "draft-unknown"
    assert json.loads(draft)["application_id"] not in {rule.get("case") for rule in await rules(country)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def portal(country: RunningCountry) -> DoorSystem:
    operators = Operators(country.operator("is_nuc"), country.operator("shep_gateway"))
    order = JoiningOrder("header-portal", "Портал другого города", asks=[SERVICE_TYPE])
    return DoorSystem(country, await operators.join(order, keys.new_ec_key()))


async def test_portal_of_somebody_else_orders_the_outcome_at_the_gateway_s_door(
    country: RunningCountry, portal: DoorSystem
) -> None:
    citizen, case = await country.newcomer(), str(uuid4())
    body = portal.compose_application(citizen, case)
    sent = await portal.call("POST", json=body, headers={HEADER: "refused; refusal=untrue"})
    assert sent.status_code == 201, sent.text
    while (mail := await portal.take(case))["message_type"] != "RESPONSE":
        pass
    assert mail["content"]["data"]["outcome"] == "negative"


async def test_gateway_takes_the_header_for_what_begins_an_application_only(
    country: RunningCountry, portal: DoorSystem
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    begun = portal.compose_application(citizen, case)
    question = {**begun, "correlation_id": str(uuid4()), "service_id": "person-data"}
    notice = {**begun, "correlation_id": str(uuid4()), "message_type": "NOTIFICATION"}
    for body in (begun, question, notice):
        answer = await portal.call("POST", json=body, headers={HEADER: "granted"})
        assert (answer.status_code, answer.json()["code"]) == (409, "event-impossible")
    assert case not in {rule.get("case") for rule in await rules(country)}
