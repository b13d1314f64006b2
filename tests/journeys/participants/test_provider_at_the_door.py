"""A system of somebody else in the place of ИС МИО: it serves a citizen through the REST door and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.client.participants import JoiningOrder, Operators, ServicePlace
from shared.contracts.organisations import known_organisations
from shared.pki.certificates import keys
from tests.journeys.kit import AUTHORITY, LIVING, SERVICE, Citizen, RunningCountry, eventually
from tests.journeys.participants.door_systems import CHANNEL, REGION, SERVICE_TYPE, DoorSystem, case_of
from tests.journeys.participants.employees import TEXT, EmployeesOf

pytestmark = pytest.mark.asyncio(loop_scope="session")


class DoorProvider(DoorSystem):
    """A provider as somebody else would write it: HTTP, JSON, a key; nothing of the bus but its documents."""

    async def compose_result(self, case: str, iin: str) -> dict[str, str]:
        """The output document signed by an employee for whom this system vouches."""
        return await EmployeesOf(self.country, self.joined).compose_result(case, iin)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider(country: RunningCountry) -> AsyncIterator[DoorProvider]:
    operators = Operators(country.operator("is_nuc"), country.operator("shep_gateway"))
    place = ServicePlace(SERVICE_TYPE, REGION, CHANNEL)
    order = JoiningOrder("other-mio", "ИС другого поставщика", asks=["is-cgo-citizen"], provides=[place])
    joined = await operators.join(order, await asyncio.to_thread(keys.new_ec_key))
    yield DoorProvider(country, joined)
    await operators.leave("other-mio")


async def test_participant_serves_a_citizen_from_the_mailbox_to_the_signed_document(
    country: RunningCountry, provider: DoorProvider
) -> None:
    citizen: Citizen = await country.newcomer()
    case = await citizen.apply()
    application = await provider.take(case)
    known: Mapping[str, Any] = application["content"]["data"]
    assert (application["content"]["contract"], known["authority"]) == ("application/1", AUTHORITY)
    sent = await provider.send(
        application, "UPDATE", "status-changed/1", "t3",
        status="поступившие", number="17", steps=provider.done("t3"),
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    assert (await citizen.sees(case, "поступившие"))["number"] == "17"
    sent = await provider.send(
        application, "UPDATE", "status-changed/1", "t7",
        status="в работе", number="17", steps=provider.done("t5", "t6", "t7"),
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    await citizen.sees(case, "в работе")
    sent = await provider.send(
        application, "RESPONSE", "result/1", "t12",
        status="завершение оказания услуги", number="17", outcome="positive",
        steps=provider.done("t11", "t12"), **await provider.compose_result(case, citizen.person.iin),
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    assert (await citizen.is_served(case))["outcome"] == "positive"
    output = await citizen.portal.get_output(case)
    assert (output["document"]["text"], output["document"]["number"]) == (TEXT, "17")
    assert output["signer"]["organisation"] == known_organisations().get_by_office(AUTHORITY).name
    states = await eventually(
        lambda: provider.call("GET", f"/{sent.json()['message_id']}/deliveries"),
        lambda answer: all(row["state"] == "DELIVERED" for row in answer.json()),
    )
    assert {row["recipient"] for row in states.json()} == {"portal_pep"}


async def test_participant_asks_registers_in_the_case_that_it_took_and_in_no_other(
    country: RunningCountry, provider: DoorProvider
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    application = await provider.take(case)

    async def ask_residence(asked_case: str) -> httpx.Response:
        query = {"iin": citizen.person.iin, "kinds": ["residence"], "regulation": SERVICE, "case": asked_case}
        body = {
            "service_id": "is-cgo-citizen",
            "region": application["region"],
            "properties": {"regulation": SERVICE, "channel": CHANNEL, "case": asked_case},
            "content": {"contract": "citizen-query/1", "data": query},
        }
        return await provider.call("POST", "?wait=20", json=body)

    answer = await ask_residence(case)
    assert answer.status_code == 201, answer.text
    assert answer.json()["answer"]["content"]["data"]["residence"] is not None
    refused = await ask_residence("00000000-0000-4000-8000-000000000000")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-a-participant")


async def test_citizen_learns_that_the_participant_refused_the_application(
    country: RunningCountry, provider: DoorProvider
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    (mail,) = (await provider.call("GET", f"?correlation_id={case}&wait=20")).json()
    verdict = {"status": "refused", "code": "authority-unknown"}
    await provider.call("PUT", f"/{mail['message_id']}/delivery", json=verdict)
    view = await citizen.sees(case, "не доставлено")
    assert view["outcome"] is None


async def test_case_of_the_passports_provider_is_not_the_participants(
    country: RunningCountry, provider: DoorProvider
) -> None:
    gateway, path = country.operator("shep_gateway"), f"/api/v1/service-routes/{SERVICE_TYPE}/{REGION}"
    await gateway.call("DELETE", path)
    try:
        citizen = await country.newcomer()
        case = await citizen.apply()
    finally:
        change = {"channel": CHANNEL, "recipient": provider.joined.address}
        await gateway.call("PUT", path, json=change)
    stolen = await provider.send(
        case_of(case, SERVICE, AUTHORITY),
        "UPDATE",
        "status-changed/1",
        "t3",
        status="поступившие",
        steps=provider.done("t3"),
    )
    assert (stolen.status_code, stolen.json()["code"]) == (403, "no-right")


async def test_participant_is_told_that_its_result_was_not_believed(
    country: RunningCountry, provider: DoorProvider
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    application = await provider.take(case)
    await provider.send(
        application, "UPDATE", "status-changed/1", "t3",
        status="поступившие", number="18", steps=provider.done("t3"),
    )  # fmt: skip
    stranger = LIVING[31].iin
    sent = await provider.send(
        application, "RESPONSE", "result/1", "t12",
        outcome="positive", steps=provider.done("t11", "t12"), **await provider.compose_result(case, stranger),
    )  # fmt: skip
    notices = (await provider.call("GET", "?service_id=delivery-state&wait=20")).json()
    told = {row["content"]["data"]["messageId"]: row["content"]["data"] for row in notices}
    fate = told[sent.json()["message_id"]]
    assert (fate["state"], fate["errorCode"]) == ("NOT_DELIVERED", "envelope-mismatch")
    assert (await citizen.portal.get_application(case))["outcome"] is None
