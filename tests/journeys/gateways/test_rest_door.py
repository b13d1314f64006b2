"""The REST door: an integrator's system sends and takes messages with its token and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.bus.messages.message import MessageType
from shared.contracts.registers import PERSON_SERVICE, PersonQuery
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry
from tests.journeys.rogue import member

pytestmark = pytest.mark.asyncio(loop_scope="session")

MESSAGES = "/api/v1/messages"
OWN_SERVICE = "door-provider-service"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "rest-asker", asks=[PERSON_SERVICE])


def question(iin: str) -> dict[str, Any]:
    return {"service_id": PERSON_SERVICE, "content": {"contract": "person-query/1", "data": {"iin": iin}}}


async def call(
    country: RunningCountry, system: JoinedSystem, method: str, path: str = "", **how: Any
) -> httpx.Response:
    headers = {**system.headers, **how.pop("headers", {})}
    return await country.answer("shep_gateway", method, MESSAGES + path, headers=headers, **how)


async def test_question_is_answered_in_the_same_call(country: RunningCountry, asker: JoinedSystem) -> None:
    person = LIVING[7]
    response = await call(country, asker, "POST", "?wait=10", json=question(person.iin))
    assert response.status_code == 201, response.text
    answer = response.json()["answer"]
    assert answer["content"]["data"]["person"]["surname"] == person.surname
    assert (answer["sender"], answer["state"]) == ("nr_iin", "ACCEPTED")
    deliveries = await country.operator("shep_gateway").list_deliveries(
        correlation_id=response.json()["correlation_id"]
    )
    assert {(row["recipient"], row["state"]) for row in deliveries} == {
        ("nr_iin", "DELIVERED"),
        ("rest-asker", "DELIVERED"),
    }


@pytest.mark.parametrize(
    ("contract", "data", "code", "field"),
    [
        ("person-query/9", {"iin": LIVING[7].iin}, "contract-unknown", None),
        ("person-query/1", {"iin": 5}, "message-data-malformed", "iin"),
    ],
)
async def test_caller_that_waits_learns_at_once_that_the_recipient_refused(
    country: RunningCountry, asker: JoinedSystem, contract: str, data: dict[str, Any], code: str, field: str | None
) -> None:
    wrong = {"service_id": PERSON_SERVICE, "content": {"contract": contract, "data": data}}
    async with asyncio.timeout(20):  # without the news of the refusal the call takes thirty seconds
        response = await call(country, asker, "POST", "?wait=30", json=wrong)
    told = response.json()
    assert (response.status_code, told["answer"]) == (201, None)
    assert (told["refusal"]["recipient"], told["refusal"]["code"]) == ("nr_iin", code)
    assert field is None or field in str(told["refusal"]["explanation"])
    (delivery,) = (await call(country, asker, "GET", f"/{told['message_id']}/deliveries")).json()
    assert (delivery["state"], delivery["error_code"]) == ("NOT_DELIVERED", code)


async def test_answer_waits_until_it_is_taken(country: RunningCountry, asker: JoinedSystem) -> None:
    sent = (await call(country, asker, "POST", json=question(LIVING[8].iin))).json()
    path = f"?correlation_id={sent['correlation_id']}&wait=10"
    (waiting,) = (await call(country, asker, "GET", path)).json()
    assert waiting["content"]["data"]["person"]["iin"] == LIVING[8].iin
    again = (await call(country, asker, "GET", path)).json()
    assert [mail["message_id"] for mail in again] == [waiting["message_id"]], "nothing is lost by looking"
    taken = await call(country, asker, "PUT", f"/{waiting['message_id']}/delivery", json={"status": "accepted"})
    assert taken.json()["state"] == "ACCEPTED"
    assert (await call(country, asker, "GET", f"?correlation_id={sent['correlation_id']}")).json() == []
    other = {"status": "refused", "code": "changed-my-mind"}
    late = await call(country, asker, "PUT", f"/{waiting['message_id']}/delivery", json=other)
    assert (late.status_code, late.json()["code"]) == (409, "mail-concluded")


async def test_caller_gets_its_answer_whether_its_case_is_new_or_has_a_message_that_waits(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    new = (await call(country, asker, "POST", "?wait=10", json=question(LIVING[12].iin))).json()
    case = new["correlation_id"]
    assert (await call(country, asker, "GET", f"?correlation_id={case}")).json() == [], "it was taken"
    await call(country, asker, "POST", json={**question(LIVING[13].iin), "correlation_id": case})
    (waiting,) = (await call(country, asker, "GET", f"?correlation_id={case}&wait=10")).json()
    further = {**question(LIVING[14].iin), "correlation_id": case}
    answer = (await call(country, asker, "POST", "?wait=10", json=further)).json()["answer"]
    assert answer["message_id"] == waiting["message_id"], "the oldest message of the case comes first"


async def test_repeated_request_sends_one_message(country: RunningCountry, asker: JoinedSystem) -> None:
    headers, body = {"Idempotency-Key": "the-first-key"}, question(LIVING[9].iin)
    answers = await asyncio.gather(*(call(country, asker, "POST", json=body, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["message_id"] for answer in answers}) == 1
    case = answers[0].json()["correlation_id"]
    journal = await country.operator("shep_gateway").get("/api/v1/journal", correlation_id=case, event="ACCEPTED")
    assert len([row for row in journal if row["sender"] == asker.address]) == 1
    other = await call(country, asker, "POST", json=question(LIVING[10].iin), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")


async def test_stranger_and_system_without_the_right_are_refused(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    body = question(LIVING[9].iin)
    nobody = await country.answer("shep_gateway", "POST", MESSAGES, json=body)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "participant-token")
    foreign = {**body, "service_id": "is-cgo-citizen"}
    refused = await call(country, asker, "POST", json=foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "no-right")
    findings = {finding["code"]: finding for finding in refused.json()["explanation"]["findings"]}
    assert list(findings) == ["right-missing", "senders-granted", "services-granted"]
    assert findings["services-granted"]["details"] == {"entries": PERSON_SERVICE}
    assert set(findings["right-missing"]["texts"]) == {"ru", "kk", "en"}
    malformed = await call(country, asker, "POST", json={**body, "properties": {"k" * 31: "v"}})
    assert (malformed.status_code, malformed.json()["code"]) == (422, "request-malformed")


async def test_participant_provides_a_service_to_a_system_of_the_bus(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    """A question from the carrier comes into the mailbox; what the participant sends goes out to the asker."""
    gateway = country.operator("shep_gateway")
    route = {"service_id": OWN_SERVICE, "message_type": "REQUEST", "recipient": asker.address}
    await gateway.post("/api/v1/routes", route)
    await gateway.post("/api/v1/routes", {**route, "message_type": "RESPONSE", "recipient": "@initiator"})
    right = {"sender": asker.address, "service_id": OWN_SERVICE, "message_type": "RESPONSE"}
    await gateway.post("/api/v1/rights", right)
    other = await member(country, "asks-at-the-door", OWN_SERVICE)
    info = await other.ask(OWN_SERVICE, PersonQuery(iin=LIVING[11].iin))
    (mail,) = (await call(country, asker, "GET", f"?service_id={OWN_SERVICE}&wait=10")).json()
    assert (mail["message_id"], mail["sender"]) == (info.message_id, "asks-at-the-door")
    answer = {
        "service_id": OWN_SERVICE,
        "message_type": MessageType.RESPONSE.value,
        "correlation_id": mail["correlation_id"],
        "content": {"contract": "person-answer/1", "data": {"person": None}},
    }
    sent = await call(country, asker, "POST", json=answer)
    assert sent.status_code == 201, sent.text
    delivery = await other.mailbox.receive_batch(1)  # type: ignore[union-attr]
    assert sent.json()["message_id"].encode() in delivery[0].raw.body
