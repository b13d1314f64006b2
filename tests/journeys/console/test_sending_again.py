"""Sending a message of the journal again: the same bytes after a failure, and a new message made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete

from services.shep_gateway.storage import DeliveryRow
from shared.contracts.cases import DeliveryState
from shared.contracts.registers import PERSON_SERVICE
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, Served, eventually, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def entries(country: RunningCountry, **filters: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await country.operator("shep_gateway").list_journal(**filters)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(brisk_country: RunningCountry) -> JoinedSystem:
    return await join(brisk_country, "replay-asker", asks=[PERSON_SERVICE])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def question(brisk_country: RunningCountry, asker: JoinedSystem) -> dict[str, Any]:
    """The journal entry of an answered question of a participant."""
    body = {
        "service_id": PERSON_SERVICE,
        "content": {"contract": "person-query/1", "data": {"iin": LIVING[8].iin}},
    }
    sent = await brisk_country.answer(
        "shep_gateway", "POST", "/api/v1/messages?wait=10", headers=asker.headers, json=body
    )
    (entry,) = await entries(brisk_country, message_id=sent.json()["message_id"])
    return entry


async def test_replay_sends_a_new_message_with_the_same_data(
    brisk_country: RunningCountry, asker: JoinedSystem, question: dict[str, Any]
) -> None:
    gateway = brisk_country.operator("shep_gateway")
    passed = await gateway.post(f"/api/v1/journal/{question['n']}/replay", {})
    assert passed["message_id"] != question["message_id"]
    assert passed["correlation_id"] != question["correlation_id"], "a question begins a chain of its own"
    answers = await eventually(
        lambda: entries(brisk_country, correlation_id=passed["correlation_id"]), lambda found: len(found) == 2
    )
    assert [entry["sender"] for entry in answers] == ["nr_iin", asker.address]


async def test_replay_with_changed_data_sends_the_changed_data(
    brisk_country: RunningCountry, question: dict[str, Any]
) -> None:
    gateway = brisk_country.operator("shep_gateway")
    passed = await gateway.post(f"/api/v1/journal/{question['n']}/replay", {"data": {"iin": LIVING[9].iin}})
    (entry,) = await entries(brisk_country, message_id=passed["message_id"])
    sent = await gateway.call("GET", f"/api/v1/journal/{entry['n']}/message")
    assert json.loads(sent.content)["messageData"]["data"] == {"iin": LIVING[9].iin}


async def test_replay_of_a_regional_system_comes_by_its_regional_gateway(served: Served) -> None:
    """A status of ИС МИО is replayed in its case: the receiver knows the step already, and nothing breaks."""
    country = served.country
    statuses = [one for one in await entries(country, correlation_id=served.case) if one["sender"] == "is_mio"]
    passed = await country.operator("shep_gateway").post(f"/api/v1/journal/{statuses[-1]['n']}/replay", {})
    assert passed["correlation_id"] == served.case


async def test_replay_refuses_an_entry_without_a_message(brisk_country: RunningCountry) -> None:
    (change, *_) = await entries(brisk_country, event="CHANGED")
    error = await refused(brisk_country.operator("shep_gateway").post(f"/api/v1/journal/{change['n']}/replay", {}))
    assert (error.status, error.code) == (404, "message-not-kept")


async def test_resending_is_refused_while_the_recipient_has_the_message(
    brisk_country: RunningCountry, question: dict[str, Any]
) -> None:
    error = await refused(brisk_country.operator("shep_gateway").post(f"/api/v1/journal/{question['n']}/resend"))
    assert (error.status, error.code) == (409, "delivery-not-failed")


async def test_resending_delivers_a_message_that_its_recipient_never_had(
    brisk_country: RunningCountry, asker: JoinedSystem, question: dict[str, Any]
) -> None:
    key = (asker.address, question["message_id"], "nr_iin")

    def fail(uow: Any) -> None:
        uow.session.get(DeliveryRow, key).state = DeliveryState.NOT_DELIVERED.value

    def forget(uow: Any) -> None:
        inbox = brisk_country.runtime("nr_iin").tables.inbox
        uow.session.execute(delete(inbox).where(inbox.c.key == f"{asker.address}:{question['message_id']}"))

    await brisk_country.runtime("shep_gateway").write(fail)
    await brisk_country.runtime("nr_iin").write(forget)
    await brisk_country.operator("shep_gateway").post(f"/api/v1/journal/{question['n']}/resend")
    again = await entries(brisk_country, message_id=question["message_id"])
    assert [entry["event"] for entry in again] == ["ACCEPTED", "ACCEPTED"]
    gateway = brisk_country.operator("shep_gateway")
    await eventually(
        lambda: gateway.list_deliveries(correlation_id=question["correlation_id"]),
        lambda rows: [row["state"] for row in rows if row["recipient"] == "nr_iin"] == ["DELIVERED"],
    )
