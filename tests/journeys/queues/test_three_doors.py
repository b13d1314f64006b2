"""One meaning, three doors: an application by REST, SOAP or AMQP leaves the same journal, statuses and proof."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509

from shared.client.participants import Operators, ServicePlace
from shared.contracts.registers import PERSON_SERVICE
from shared.evidence.bundle_check import verify_bundle
from tests.journeys.kit import AUTHORITY, PASSWORD, SERVICE, Citizen, RunningCountry, refused
from tests.journeys.participants.door_systems import CHANNEL, REGION, SERVICE_TYPE, now
from tests.journeys.participants.employees import EmployeesOf
from tests.journeys.queues.three_doors import DOORS, CaseFacts, DoorParty, done, joined_by

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session")]

PORTALS = tuple(door for door in DOORS if door != "amqp-regional")
"""A portal is a system of the whole country."""


@dataclass(frozen=True)
class Trace:
    """What a case left behind, without the names, moments and numbers of this one case."""

    statuses: list[str | None]
    journal: list[tuple[str | None, ...]]
    deliveries: list[tuple[str, ...]]
    evidence: tuple[int, bool]


def facts_of(case: str) -> CaseFacts:
    return CaseFacts(case, SERVICE_TYPE, REGION, SERVICE, CHANNEL, AUTHORITY)


async def apply(portal: DoorParty, citizen: Citizen, facts: CaseFacts) -> None:
    """Submit an application signed by the citizen, and tell the service centre."""
    document = {
        "document": "application",
        "application_id": facts.case,
        "regulation": facts.regulation,
        "channel": facts.channel,
        "region": facts.region,
        "authority": facts.authority,
        "applicant": citizen.person.iin,
        "fields": citizen.form,
        "made_at": now().isoformat(),
    }
    signed = base64.b64encode(citizen.sign(json.dumps(document).encode())).decode()
    met = [{**step, "answer": "met"} for step in done(portal, "w3", "w7", "t1")]
    steps = met + done(portal, "w5", "w6")
    await portal.send(facts, "REQUEST", "application/1", "t1", document=signed, steps=steps)
    await portal.send(facts, "NOTIFICATION", "notice/1", "t1", steps=done(portal, "t1"))


async def read_trace(
    country: RunningCountry, party: DoorParty, case: str, messages: int, statuses: list[str | None]
) -> Trace:
    """What ШЭП keeps of a case when all of its messages are delivered."""
    gateway, own = country.operator("shep_gateway"), party.joined.address

    def rename(text: str | None) -> str | None:
        return text if text is None else text.replace(own, "the-system")

    rows = await country.delivered(case, messages)
    entries: list[Any] = [*await gateway.list_journal(correlation_id=case)]
    names = ("event", "sender", "service_id", "region", "message_type", "channel", "step", "recipients", "code")
    bundle = (await gateway.call("GET", f"/api/v1/cases/{case}/evidence")).content
    root = (await country.answer("is_nuc", "GET", "/root.crt")).content
    verdict = verify_bundle(bundle, x509.load_der_x509_certificate(root))
    journal = [tuple(rename(row[name]) for name in names) for row in entries]
    deliveries = [(str(rename(row["sender"])), str(rename(row["recipient"])), row["state"]) for row in rows]
    evidence = (verdict.messages, verdict.is_valid)
    return Trace(statuses, sorted(journal, key=str), sorted(deliveries), evidence)


Kept = dict[str, Trace]


@pytest.fixture(scope="module")
def portal_traces() -> Kept:
    return {}


@pytest.fixture(scope="module")
def provider_traces() -> Kept:
    return {}


@pytest.mark.parametrize("door", PORTALS)
async def test_portal_at_each_door_brings_a_citizen_to_the_signed_result(
    broker_country: RunningCountry, broker_operators: Operators, portal_traces: Kept, door: str
) -> None:
    country = broker_country
    citizen, clerk, facts = await country.newcomer(), await country.clerk(), facts_of(str(uuid4()))
    async with joined_by(door, country, broker_operators, asks=[SERVICE_TYPE]) as portal:
        await apply(portal, citizen, facts)
        registered = await portal.take(facts)
        await clerk.accept_case(facts.case)
        await clerk.decide_case(facts.case, "positive")
        working = await portal.take(facts)
        await clerk.sign_decision(facts.case)
        result = await portal.take(facts)
        assert [message.sender for message in (registered, working, result)] == ["is_mio"] * 3
        assert result.data["outcome"] == "positive"
        assert result.data["number"] == registered.data["number"]
        assert len(base64.b64decode(result.data["document"])) > 1000
        statuses = [message.data["status"] for message in (registered, working, result)]
        assert statuses[:2] == ["поступившие", "в работе"]
        portal_traces[door] = await read_trace(country, portal, facts.case, 7, statuses)
    assert_same(portal_traces)


@pytest.mark.parametrize("door", DOORS)
async def test_provider_at_each_door_serves_a_citizen_to_the_signed_document(
    broker_country: RunningCountry, broker_operators: Operators, provider_traces: Kept, door: str
) -> None:
    country, place = broker_country, ServicePlace(SERVICE_TYPE, REGION, CHANNEL)
    async with joined_by(door, country, broker_operators, provides=[place]) as provider:
        citizen = await country.newcomer()
        facts = facts_of(await citizen.apply())
        application = await provider.take(facts)
        assert (application.contract, application.sender) == ("application/1", "portal_pep")
        assert application.data["authority"] == AUTHORITY
        own = {"number": "17"}
        await provider.send(
            facts, "UPDATE", "status-changed/1", "t3", status="поступившие", steps=done(provider, "t3"), **own
        )
        assert (await citizen.sees(facts.case, "поступившие"))["number"] == "17"
        steps = done(provider, "t5", "t6", "t7")
        await provider.send(facts, "UPDATE", "status-changed/1", "t7", status="в работе", steps=steps, **own)
        await citizen.sees(facts.case, "в работе")
        document = await EmployeesOf(country, provider.joined).compose_result(facts.case, citizen.person.iin)
        status, steps = "завершение оказания услуги", done(provider, "t11", "t12")
        await provider.send(
            facts, "RESPONSE", "result/1", "t12", status=status, outcome="positive", steps=steps, **own, **document
        )
        served = await citizen.is_served(facts.case)
        assert served["outcome"] == "positive"
        assert (await citizen.portal.get_output(facts.case))["document"]["number"] == "17"
        statuses: list[str | None] = [step["step"] for step in await citizen.portal.list_steps(facts.case)]
        provider_traces[door] = await read_trace(country, provider, facts.case, 6, statuses)
    assert_same(provider_traces)


@pytest.mark.parametrize("door", PORTALS)
async def test_register_at_each_door_is_believed_by_the_portal(
    broker_country: RunningCountry, broker_operators: Operators, door: str
) -> None:
    """Nobody registers whom the register calls dead; in НР ИИН the person is alive."""
    country, place = broker_country, ServicePlace(PERSON_SERVICE)
    person, portal = country.stranger(), country.portal()

    def describe_dead(question: dict[str, Any]) -> dict[str, Any]:
        assert question == {"iin": person.iin}
        names = {"surname": person.surname, "name": person.name, "patronymic": person.patronymic}
        facts = {"birthDate": "1975-01-01", "sex": "male", "region": REGION, "address": "Шымкент"}
        return {"person": {"iin": person.iin, **names, **facts, "isAlive": False}}

    async with joined_by(door, country, broker_operators, provides=[place]) as register:
        registration = asyncio.create_task(refused(portal.register_citizen(person.iin, PASSWORD)))
        await register.answer_question(PERSON_SERVICE, "person-answer/1", describe_dead)
        error = await registration
        assert (error.status, error.code) == (403, "registration-refused")
    await portal.register_citizen(person.iin, PASSWORD)


@pytest.mark.parametrize("door", DOORS)
async def test_system_at_each_door_takes_all_that_another_provides(
    broker_country: RunningCountry, broker_operators: Operators, door: str
) -> None:
    country, places = broker_country, await broker_operators.find_places("is_mio")
    async with joined_by(door, country, broker_operators, provides=places) as provider:
        routes = await country.operator("shep_gateway").get("/api/v1/service-routes")
        held = {
            (row["service_type"], row["region"], row["channel"]) for row in routes if row["passport"] == "is_mio"
        }
        own = provider.joined.address
        assert held == {
            (row["service_type"], row["region"], row["channel"]) for row in routes if row["recipient"] == own
        }
        assert {region for _, region, _ in held} == {"KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ"}
        citizen = await country.newcomer()
        application = await provider.take(facts_of(await citizen.apply()))
        assert application.contract == "application/1"


def assert_same(traces: Kept) -> None:
    """Every trace is that of the first door."""
    first, *others = traces.values()
    assert first.evidence[1], "the evidence holds"
    for other in others:
        assert other == first
