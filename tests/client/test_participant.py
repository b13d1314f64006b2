"""The Python client of a system at the REST door, against a country and an unsteady way to its gateway."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from shared.bus.errors import Untrusted
from shared.bus.messages.webhook_signatures import new_secret, sign_webhook
from shared.client import ApiError, ParticipantClient, ParticipantKey, read_webhook
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates import keys
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, pem, running
from tests.outsiders.unsteady_gateway import unsteady_way

DOOR = pytest.mark.asyncio(loop_scope="module")
PERSON = LIVING[7]
QUESTION = (PERSON_SERVICE, "person-query/1", {"iin": PERSON.iin})
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names = ("is_nuc", "shep_gateway", "nr_iin")
    async with running(tmp_path_factory.mktemp("country"), names=names) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(country: RunningCountry) -> JoinedSystem:
    return await join(country, "typed-client", asks=[PERSON_SERVICE])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(country: RunningCountry, system: JoinedSystem) -> AsyncIterator[ParticipantClient]:
    async with ParticipantClient(country.url("shep_gateway"), token=system.token) as opened:
        yield opened


def key_of(system: JoinedSystem) -> ParticipantKey:
    return ParticipantKey.load(system.address, keys.to_pem(system.key) + pem(system.certificate))


@DOOR
async def test_client_asks_and_reads_the_answer(client: ParticipantClient) -> None:
    passed = await client.ask(*QUESTION)
    answer = passed.get("answer")
    assert answer is not None
    assert answer["content"]["data"]["person"]["surname"] == PERSON.surname
    assert [delivery["state"] for delivery in await client.list_deliveries(passed["message_id"])] == ["DELIVERED"]


@DOOR
async def test_client_signs_receives_and_concludes(client: ParticipantClient, system: JoinedSystem) -> None:
    passed = await client.send_signed(key_of(system), *QUESTION)
    (mail,) = await client.take_messages(wait=20, correlation_id=passed["correlation_id"])
    assert mail["content"]["contract"] == "person-answer/1"
    async for streamed in client.follow_messages():
        assert streamed["message_id"] == mail["message_id"]
        break
    assert (await client.accept(mail["message_id"]))["state"] == "ACCEPTED"
    with pytest.raises(ApiError) as refusal:
        await client.refuse(mail["message_id"], "too-late")
    assert refusal.value.code == "mail-concluded"


@DOOR
async def test_client_repeats_a_call_that_was_not_taken_and_it_counts_once(
    country: RunningCountry, client: ParticipantClient, system: JoinedSystem
) -> None:
    async with (
        unsteady_way(country.url("shep_gateway")) as way,
        ParticipantClient(way.url, token=system.token) as unsteady,
    ):
        way.refuse_next()
        passed = await unsteady.send_signed(key_of(system), *QUESTION)
        assert way.refused == 1
    journal = await country.operator("shep_gateway").get(
        "/api/v1/journal", correlation_id=passed["correlation_id"], sender=system.address
    )
    assert [entry["event"] for entry in journal] == ["ACCEPTED"]


@DOOR
async def test_client_checks_a_message(client: ParticipantClient, system: JoinedSystem) -> None:
    body = json.dumps(
        {"service_id": PERSON_SERVICE, "content": {"contract": "person-query/1", "data": {}}}
    ).encode()
    view = await client.check(body)
    assert not view["passes"]
    assert view["steps"][2]["fields"][0]["field"] == "messageData.data.iin"


def test_webhook_is_read_only_with_its_signature_and_in_time() -> None:
    secret, body = new_secret(), b'{"type": "message"}'
    headers = sign_webhook("event-1", int(NOW.timestamp()), body, [secret])
    titled = {name.title(): value for name, value in headers.items()}
    assert read_webhook(titled, body, secret, NOW) == {"type": "message"}
    for faulty in (
        (headers, body + b" ", secret, NOW),
        (headers, body, new_secret(), NOW),
        ({}, body, secret, NOW),
    ):
        with pytest.raises(Untrusted, match="no signature"):
            read_webhook(*faulty)
    with pytest.raises(Untrusted) as refusal:
        read_webhook(headers, body, secret, NOW + timedelta(minutes=6))
    assert refusal.value.code == "webhook-stale"
