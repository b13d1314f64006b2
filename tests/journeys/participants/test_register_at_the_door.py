"""A system of somebody else in the place of НР ИИН: the portal believes what it answers, and nothing unasked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.client.participants import JoinedParticipant, JoiningOrder, Operators, ServicePlace
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates import keys
from tests.journeys.kit import PASSWORD, RunningCountry, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

REGISTER = "other-register"


@pytest_asyncio.fixture(loop_scope="session")
async def register(country: RunningCountry) -> AsyncIterator[JoinedParticipant]:
    operators = Operators(country.operator("is_nuc"), country.operator("shep_gateway"))
    place = ServicePlace(PERSON_SERVICE)
    order = JoiningOrder(REGISTER, "ИС другого регистра", asks=[PERSON_SERVICE], provides=[place])
    yield await operators.join(order, keys.new_ec_key())
    await operators.leave(REGISTER)


async def call(
    country: RunningCountry, joined: JoinedParticipant, method: str, path: str = "", **how: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {joined.token}"}
    return await country.answer("shep_gateway", method, f"/api/v1/messages{path}", headers=headers, **how)


async def answer_question(
    country: RunningCountry, joined: JoinedParticipant, person: dict[str, Any]
) -> httpx.Response:
    """Wait for a question about this person, and answer it with the person's record."""
    async with asyncio.timeout(20):
        while True:
            for mail in (await call(country, joined, "GET", f"?service_id={PERSON_SERVICE}&wait=5")).json():
                path = f"/{mail['message_id']}/delivery"
                await call(country, joined, "PUT", path, json={"status": "accepted"})
                if mail["content"]["data"].get("iin") == person["iin"]:
                    return await call(country, joined, "POST", json=answer_of(mail["correlation_id"], person))


def answer_of(case: str, person: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "service_id": PERSON_SERVICE,
        "message_type": "RESPONSE",
        "correlation_id": case,
        "content": {"contract": "person-answer/1", "data": {"person": person}},
    }


async def test_portal_believes_the_system_in_the_registers_place_until_it_leaves(
    country: RunningCountry, register: JoinedParticipant
) -> None:
    """Nobody registers whom the register calls dead; the person is alive in НР ИИН."""
    person, portal = country.stranger(), country.portal()
    record = {
        "iin": person.iin,
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "birthDate": person.birth_date.isoformat(),
        "sex": person.sex,
        "region": person.region,
        "address": person.address,
        "isAlive": False,
    }
    error, sent = await asyncio.gather(
        refused(portal.register_citizen(person.iin, PASSWORD)), answer_question(country, register, record)
    )
    assert sent.status_code == 201, sent.text
    assert (error.status, error.code) == (403, "registration-refused")
    answer = asyncio.create_task(answer_question(country, register, {**record, "isAlive": True}))
    await portal.register_citizen(person.iin, PASSWORD)
    await portal.log_in(person.iin, PASSWORD)
    assert (await answer).status_code == 201


async def test_register_comes_back_to_its_place_when_the_other_has_left(country: RunningCountry) -> None:
    gateway = country.operator("shep_gateway")
    (route,) = await gateway.get("/api/v1/service-routes", service_type=PERSON_SERVICE)
    assert route == {
        "service_type": PERSON_SERVICE,
        "region": "KZ",
        "channel": "",
        "passport": "nr_iin",
        "recipient": "nr_iin",
        "is_changed": False,
    }
    person, portal = country.stranger(), country.portal()
    await portal.register_citizen(person.iin, PASSWORD)
    await portal.log_in(person.iin, PASSWORD)


async def test_system_that_was_not_asked_answers_nobody(
    country: RunningCountry, register: JoinedParticipant
) -> None:
    path = f"/api/v1/service-routes/{PERSON_SERVICE}/KZ"
    await country.operator("shep_gateway").call("DELETE", path)
    question = {
        "service_id": PERSON_SERVICE,
        "content": {"contract": "person-query/1", "data": {"iin": country.stranger().iin}},
    }
    asked = (await call(country, register, "POST", json=question)).json()
    stolen = await call(country, register, "POST", json=answer_of(asked["correlation_id"], None))
    assert (stolen.status_code, stolen.json()["code"]) == (403, "no-right")


async def test_workplace_cannot_be_put_in_the_place_of_a_register(country: RunningCountry) -> None:
    path = f"/api/v1/service-routes/{PERSON_SERVICE}/KZ"
    change = {"recipient": "arm_shep"}
    error = await refused(country.operator("shep_gateway").call("PUT", path, json=change))
    assert (error.status, error.code) == (403, "recipient-cannot-serve")
