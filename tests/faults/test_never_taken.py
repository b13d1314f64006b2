"""Fault: a carrier never takes a message. The message is a dead letter, its sender and its receiver hear of it,
its case and its neighbours go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import BuriedMessage, MessageRouter
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DeliveryState, DeliveryStateChanged
from tests.bus.kit import Company, Desk, effects_of, rows_of, rows_when
from tests.journeys.gateway_pairs import Ends, enrol_ends
from tests.journeys.kit import RunningCountry, eventually, running
from tests.servers import RabbitServer

SMALL = "application:set_env(rabbit, max_message_size, 2000)."
USUAL = "application:unset_env(rabbit, max_message_size)."
REQUEST = MessageType.REQUEST


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """Systems over the embedded carrier."""
    transport = EmbeddedTransport()
    await transport.open()
    made = Company(tmp_path, transport)
    yield made
    await made.stack.aclose()


async def test_message_to_an_address_without_a_queue_is_a_dead_letter_and_its_case_goes_on_later(
    company: Company,
) -> None:
    source = await company.node("source", address_wait_seconds=0.3)
    await company.tell(source, "sink", [1])
    (dead,) = await rows_when(source, "bus_dead", 1, 5)
    assert (dead.correlation_id, dead.code) == ("case-1", "no-such-address")
    assert "sink" in dead.reason
    desk = Desk()
    sink = await company.node("sink", desk.router, desk.metadata)
    await company.tell(source, "sink", [2])
    assert await effects_of(sink, desk.effects, 1, 10) == [("case-1", 2)]
    assert await rows_when(source, "bus_outbox", 0) == []


async def test_message_is_buried_once_even_where_the_systems_own_hook_fails(company: Company) -> None:
    router, calls = MessageRouter(), list[str]()

    @router.register_burial_hook
    def fail(buried: BuriedMessage, uow: UnitOfWork) -> None:
        calls.append(buried.info.correlation_id)
        raise RuntimeError("a fault of the system's own")

    source = await company.node("source", router, address_wait_seconds=0.1)
    await company.tell(source, "sink", [1])
    assert [row.code for row in await rows_when(source, "bus_dead", 1, 5)] == ["no-such-address"]
    assert set(calls) == {"case-1"}


async def test_receiver_that_was_stopped_for_longer_than_the_bound_gets_everything(company: Company) -> None:
    source = await company.node("source", address_wait_seconds=0.2)
    desk = Desk()
    first = await company.node("sink", desk.router, desk.metadata)
    await first.stop()
    await company.tell(source, "sink", [1, 2])
    await asyncio.sleep(1)
    sink = await company.node("sink", desk.router, desk.metadata)
    assert await effects_of(sink, desk.effects, 2, 10) == [("case-1", 1), ("case-1", 2)]
    assert await rows_of(source, "bus_dead") == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ends(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ends]:
    """The portal, ШЭП and the РШЭП of Akmola; nothing else was ever started."""
    names, environment = ("is_nuc", "shep_gateway", "rshep_akm"), {"EGOV_ADDRESS_WAIT_SECONDS": "0.3"}
    async with running(tmp_path_factory.mktemp("lonely"), names=names, environment=environment) as country:
        yield await enrol_ends(country, ("portal_pep",))


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("service", "region", "burying", "address", "recipient"),
    [
        ("kindergarten-queue", "KZ-YUZ", "shep_gateway", "rshep_regional.kz-yuz", "is_mio"),
        ("unemployment-certificate", "KZ-AKM", "rshep_akm", "arm_rshep", "arm_rshep"),
    ],
)
async def test_sender_is_told_what_the_gateway_or_the_region_could_not_pass_on(
    ends: Ends, service: str, region: str, burying: str, address: str, recipient: str
) -> None:
    gateway = ends.country.operator("shep_gateway")
    step = next(
        str(route["step"])
        for route in await gateway.get("/api/v1/routes")
        if (route["service_id"], route["region"], route["recipient"]) == (service, region, recipient)
        and (route["message_type"], route["channel"]) == (REQUEST, "portal")
    )
    sent = await ends.send("portal_pep", REQUEST, step, service=service, region=region)
    _, change = await ends.systems["portal_pep"].receive(
        DeliveryStateChanged, lambda _, notice: notice.message_id == sent.message_id
    )
    assert (change.state, change.error_code) == (DeliveryState.NOT_DELIVERED, "no-such-address")
    assert change.recipient == recipient
    rows = await gateway.list_deliveries(correlation_id=sent.correlation_id)
    assert [(row["recipient"], row["state"], row["error_code"]) for row in rows] == [
        (recipient, "NOT_DELIVERED", "no-such-address")
    ]
    (letter,) = await ends.country.operator(burying).get(
        "/api/v1/dead-letters", correlation_id=sent.correlation_id
    )
    assert (letter["message_id"], letter["code"]) == (sent.message_id, "no-such-address")
    assert address in letter["reason"]
    if burying == "shep_gateway":
        (entry,) = await gateway.list_journal(correlation_id=sent.correlation_id, event="UNDELIVERED")
        assert (entry["sender"], entry["code"], entry["recipients"]) == ("portal_pep", "no-such-address", address)
        assert (await gateway.get("/api/v1/journal/verification"))["is_whole"]
        await is_explained(ends, sent.message_id, address)


async def is_told_while_the_broker_is_away(country: RunningCountry, broker: RabbitServer) -> None:
    """An application that waits for its carrier: the portal says so, and that nothing is known of the queue."""
    citizen = await country.newcomer()
    await asyncio.to_thread(broker.ctl, "stop_app")
    try:
        case = await citizen.apply()
        path, portal = f"/api/v1/whereabouts/{case}", country.operator("portal_pep")
        findings = {each["code"]: each for each in await eventually(lambda: portal.get(path), bool)}
    finally:
        await asyncio.to_thread(broker.ctl, "start_app")
    assert set(findings) == {"unsent", "carrier-away"}
    assert findings["carrier-away"]["details"] == {"address": "shep_gateway", "code": "broker-unavailable"}
    for tag, words in (
        ("ru", "Брокер сейчас недоступен"),
        ("kk", "қазір қолжетімсіз"),
        ("en", "not available now"),
    ):
        assert words in findings["carrier-away"]["texts"][tag]


async def is_explained(ends: Ends, message_id: str, address: str) -> None:
    """ШЭП says, in three languages, that the carrier never took the message for this address."""
    explanation = await ends.country.operator("shep_gateway").get(f"/api/v1/explanations/{message_id}")
    (never,) = [finding for finding in explanation["findings"] if finding["code"] == "never-taken"]
    assert (never["details"]["code"], never["details"]["recipient"]) == ("no-such-address", address)
    for tag, words in (
        ("ru", "так и не принял"),
        ("kk", "сол күйі қабылдамады"),
        ("en", "never took the message"),
    ):
        assert words in never["texts"][tag]


@pytest.mark.servers
@pytest.mark.asyncio(loop_scope="session")
async def test_citizen_learns_that_the_broker_never_takes_the_application(
    own_broker: RabbitServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await asyncio.to_thread(own_broker.evaluate, SMALL)
    names = ("is_nuc", "portal_pep", "shep_gateway", "nr_iin")
    environment = {"AMQP_URL": await asyncio.to_thread(own_broker.spare_url)}
    try:
        async with running(tmp_path_factory.mktemp("narrow"), names=names, environment=environment) as country:
            citizen = await country.citizen()
            case = await citizen.apply()
            await citizen.sees(case, "не доставлено")
            (notification,) = [
                each for each in await citizen.portal.list_notifications() if each["kind"] == "not-delivered"
            ]
            assert "broker-never-takes" in notification["text"]
            letters = await country.operator("portal_pep").get("/api/v1/dead-letters", correlation_id=case)
            assert [letter["code"] for letter in letters] == ["broker-never-takes"]
            await is_told_while_the_broker_is_away(country, own_broker)
    finally:
        await asyncio.to_thread(own_broker.evaluate, USUAL)
