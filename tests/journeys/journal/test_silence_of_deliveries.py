"""Silence behind webhooks, endpoints, queues and faults: each is really made, and told in three languages."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import text, update
from sqlmodel import col

from services.shep_gateway.doors.webhooks.event_queue import MOST_ATTEMPTS, WebhookEventRow
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.registers import PERSON_SERVICE
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.journal.test_silence import explained, explained_as, open_service, send
from tests.journeys.kit import RunningCountry, eventually
from tests.journeys.participant_endpoint import ParticipantEndpoint
from tests.journeys.rogue import member

pytestmark = pytest.mark.asyncio(loop_scope="session")

GONE = "http://127.0.0.1:9/gone"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> JoinedSystem:
    return await join(country, "unheard-asker", asks=[PERSON_SERVICE])


async def says(country: RunningCountry, any_id: str, code: str, words: tuple[str, str, str]) -> dict[str, str]:
    """The details of the finding, whose text has these words in ru, kk and en."""
    found = await explained_as(country, any_id, code)
    for tag, word in zip(("ru", "kk", "en"), words, strict=True):
        assert word in found["texts"][tag]
    return dict(found["details"])


async def test_silence_of_a_webhook_that_fails_and_of_one_that_was_given_up(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    deaf = await join(country, "unheard-webhook")
    set_up = await country.answer(
        "shep_gateway", "PUT", "/api/v1/webhook", headers=deaf.headers, json={"url": GONE}
    )
    assert set_up.status_code == 200
    await open_service(country, "unheard-webhook-service", deaf.address, asker.address)
    sent = await send(country, asker, "unheard-webhook-service")
    words = "Вебхук получателя не принимает", "вебхугы оқиғаны қабылдамайды", "webhook does not take"
    details = await says(country, sent["message_id"], "webhook-failing", words)
    assert (details["recipient"], details["code"]) == (deaf.address, "endpoint-silent")
    assert details["next-try-at"]

    def come_to_the_last_attempt(uow: UnitOfWork) -> None:
        own = col(WebhookEventRow.participant) == deaf.address
        values = {"attempts": MOST_ATTEMPTS - 1, "due_at": uow.machine_now}
        uow.session.execute(update(WebhookEventRow).where(own).values(values))

    await country.runtime("shep_gateway").write(come_to_the_last_attempt)
    await country.answer("shep_gateway", "PUT", "/api/v1/webhook", headers=deaf.headers, json={"url": GONE})
    words = "Вебхук получателя так и не принял", "вебхугы оқиғаны сол күйі қабылдамады", "webhook never took"
    details = await says(country, sent["message_id"], "webhook-given-up", words)
    assert (details["attempts"], "next-try-at" in details) == (str(MOST_ATTEMPTS), False)


async def test_silence_of_an_endpoint_that_took_the_message_and_gave_no_verdict(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    mute = await join(country, "unheard-endpoint")
    endpoint = ParticipantEndpoint(mute)
    await endpoint.open()
    path = f"/api/v1/participants/{mute.address}/endpoint"
    await country.operator("shep_gateway").call("PUT", path, json={"url": endpoint.url})
    await open_service(country, "unheard-endpoint-service", mute.address, asker.address)
    sent = await send(country, asker, "unheard-endpoint-service")
    await endpoint.take(sent["message_id"])
    words = "взял сообщение, но не сказал", "қабылдағанын айтқан жоқ", "has not said whether it accepts it"
    details = await says(country, sent["message_id"], "pushed-without-verdict", words)
    assert details == {"recipient": mute.address}
    await endpoint.close()


async def test_silence_of_a_recipient_that_left_the_bus(country: RunningCountry, asker: JoinedSystem) -> None:
    leaving = await join(country, "unheard-leaving")
    await open_service(country, "unheard-leaving-service", leaving.address, asker.address)
    sent = await send(country, asker, "unheard-leaving-service")
    await country.operator("shep_gateway").call("DELETE", f"/api/v1/participants/{leaving.address}")
    words = "вышел из шины", "шинадан шықты", "left the bus"
    assert (await says(country, sent["message_id"], "delivery-stopped", words))["recipient"] == leaving.address


async def test_silence_behind_a_fault_of_the_recipient_ends_once_the_fault_is_mended(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    await rename_table(country, "person", "person_away")
    try:
        sent = await send(country, asker, PERSON_SERVICE)
        path = f"/api/v1/whereabouts/{sent['message_id']}"
        (parked,) = await eventually(lambda: country.operator("nr_iin").get(path), bool)
    finally:
        await rename_table(country, "person_away", "person")
    assert (parked["code"], parked["details"]["code"]) == ("parked-for-retry", "database-unavailable")
    assert parked["details"]["next-try-at"] > parked["since"]
    for tag, word in (("ru", "Сообщение отложено"), ("kk", "кейінге қалдырылды"), ("en", "is parked")):
        assert word in parked["texts"][tag]
    await explained_as(country, sent["message_id"], "answered")


async def rename_table(country: RunningCountry, name: str, other: str) -> None:
    renaming = text(f"ALTER TABLE {name} RENAME TO {other}")
    await country.runtime("nr_iin").write(lambda uow: uow.session.execute(renaming))


async def test_silence_behind_a_long_queue_is_none_of_the_bus(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    slow = await member(country, "unheard-slow")
    await open_service(country, "unheard-slow-service", slow.identity.address, asker.address)
    sent = [await send(country, asker, "unheard-slow-service") for _ in range(20)]
    words = "ждут сообщения", "хабарламалар күтіп тұр", "Messages wait"
    details = await says(country, sent[-1]["message_id"], "queue-is-long", words)
    assert details["address"] == "unheard-slow"
    assert int(details["waiting"]) > 0
    assert "taken-without-verdict" not in await explained(country, sent[-1]["message_id"])
