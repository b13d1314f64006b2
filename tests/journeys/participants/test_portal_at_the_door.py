"""A portal of somebody else: it brings a citizen's application to ИС МИО, and gets statuses and document."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from shared.client.participants import JoiningOrder, Operators
from shared.pki.certificates import keys
from tests.journeys.kit import AUTHORITY, SERVICE, Citizen, RunningCountry
from tests.journeys.participants.door_systems import SERVICE_TYPE, DoorSystem, case_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def portal(country: RunningCountry) -> AsyncIterator[DoorSystem]:
    operators = Operators(country.operator("is_nuc"), country.operator("shep_gateway"))
    order = JoiningOrder("other-portal", "Портал другого города", asks=[SERVICE_TYPE])
    yield DoorSystem(country, await operators.join(order, keys.new_ec_key()))
    await operators.leave("other-portal")


async def apply(portal: DoorSystem, citizen: Citizen, case: str) -> httpx.Response:
    """Submit an application signed by the citizen."""
    return await portal.call("POST", json=portal.compose_application(citizen, case))


async def take_status(portal: DoorSystem, case: str, code: str | None = None) -> Any:
    """The data of the next message, whose status has this code for machines."""
    mail = await portal.take(case)
    assert (mail["status_code"], mail["properties"].get("status-code")) == (code, code)
    return mail["content"]["data"]


async def test_citizen_of_another_portal_is_served_by_the_authority(
    country: RunningCountry, portal: DoorSystem
) -> None:
    citizen, clerk, case = await country.newcomer(), await country.clerk(), str(uuid4())
    sent = await apply(portal, citizen, case)
    assert sent.status_code == 201, sent.text
    registered = await take_status(portal, case, "received")
    assert registered["status"] == "поступившие"
    notice = await portal.send(
        case_of(case, SERVICE, AUTHORITY), "NOTIFICATION", "notice/1", "t1", steps=portal.done("t1")
    )
    assert notice.status_code == 201, notice.text
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    assert (await take_status(portal, case, "in-work"))["status"] == "в работе"
    await clerk.sign_decision(case)
    result = await take_status(portal, case, "completed")
    assert (result["outcome"], result["number"]) == ("positive", registered["number"])
    assert len(base64.b64decode(result["document"])) > 1000


async def test_other_portal_speaks_in_its_own_cases_alone(country: RunningCountry, portal: DoorSystem) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    stolen = await portal.send(
        case_of(case, SERVICE, AUTHORITY), "NOTIFICATION", "notice/1", "t1", steps=portal.done("t1")
    )
    assert (stolen.status_code, stolen.json()["code"]) == (403, "no-right")
    again = await apply(portal, citizen, case)
    assert (again.status_code, again.json()["code"]) == (403, "not-a-participant")


async def test_other_portal_cannot_speak_for_the_authority(country: RunningCountry, portal: DoorSystem) -> None:
    citizen, case = await country.newcomer(), str(uuid4())
    assert (await apply(portal, citizen, case)).status_code == 201
    forged = await portal.send(
        case_of(case, SERVICE, AUTHORITY), "RESPONSE", "result/1", "t12", outcome="positive", steps=[]
    )
    assert (forged.status_code, forged.json()["code"]) == (403, "no-right")


async def test_other_portal_without_the_right_begins_nothing(country: RunningCountry) -> None:
    operators = Operators(country.operator("is_nuc"), country.operator("shep_gateway"))
    joined = await operators.join(JoiningOrder("portal-of-nobody", "…"), keys.new_ec_key())
    answer = await apply(DoorSystem(country, joined), await country.newcomer(), str(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (403, "no-right")
    await operators.leave("portal-of-nobody")
