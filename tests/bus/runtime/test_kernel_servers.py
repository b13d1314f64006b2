"""Lost connections, killed brokers and databases, competing replicas: no message is lost or handled twice."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert
from sqlalchemy.engine import make_url

from shared.bus.errors import Conflict, Unavailable
from shared.bus.messages.router import MessageRouter
from shared.bus.persistence.tables import bus_tables
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.bus.service import ServiceNode
from tests.bus.carrier_peers import REMEMBER_QUEUES, Carrier
from tests.bus.kit import Company, Counted, Desk, books, effects_of, eventually, rows_of, rows_when, say
from tests.bus.trouble import Cord, Unruly
from tests.servers import PostgresServer, RabbitServer

pytestmark = pytest.mark.servers

CASES = [f"case-{number}" for number in range(5)]
EACH = 20


@pytest.fixture
async def over_amqp(broker: Carrier, tmp_path: Path) -> AsyncIterator[Company]:
    """Systems over RabbitMQ, each with a SQLite file."""
    made = Company(tmp_path, await broker.transport(), suffix=broker.suffix)
    yield made
    await made.stack.aclose()
    for address in made.identities:
        broker.address(address.removesuffix(broker.suffix))


async def with_own_database(house: Company, server: PostgresServer, desk: Desk, name: str) -> ServiceNode:
    """A receiver in the private PostgreSQL; systems that join later use SQLite."""
    house.database = make_url(server.url).set(database=name).render_as_string(hide_password=False)
    node = await house.node("sink", desk.router, desk.metadata)
    house.database = None
    return node


async def tell_all(company: Company, source: ServiceNode) -> None:
    for n in range(EACH):
        await asyncio.gather(*(company.tell(source, "sink", [n], case) for case in CASES))


async def check_all(node: ServiceNode, desk: Desk) -> None:
    """Check that every effect happened once, and each case's effects in order."""
    found: dict[str, list[int]] = defaultdict(list)
    for case, n in await effects_of(node, desk.effects, EACH * len(CASES), 40):
        found[case].append(n)
    assert dict(found) == {case: list(range(EACH)) for case in CASES}


async def is_ready(node: ServiceNode, wanted: bool) -> bool:
    async def ask() -> bool:
        return node.runtime.is_ready is wanted

    return await eventually(ask)


async def test_service_whose_database_is_away_is_not_ready_and_says_so(
    house: Company, desk: Desk, own_database: PostgresServer
) -> None:
    sink = await with_own_database(house, own_database, desk, "idle")
    await asyncio.to_thread(own_database.stop)
    try:
        assert await is_ready(sink, False)
        await asyncio.sleep(1)
        assert not sink.runtime.is_ready
        with pytest.raises(Unavailable) as error:
            await asyncio.wait_for(sink.runtime.write(lambda uow: uow.session.connection()), 10)
        assert error.value.code == "database-unavailable"
        with pytest.raises(Unavailable):
            await rows_of(sink, "effects")
        assert not sink.runtime.is_ready
    finally:
        await asyncio.to_thread(own_database.start)
    assert await is_ready(sink, True)


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_database_that_is_away_loses_nothing(
    house: Company, desk: Desk, own_database: PostgresServer, end: str
) -> None:
    sink = await with_own_database(house, own_database, desk, f"loaded_{end}")
    source = await house.node("source")
    telling = asyncio.create_task(tell_all(house, source))
    await effects_of(sink, desk.effects, 10)
    await asyncio.to_thread(getattr(own_database, end))
    assert await is_ready(sink, False)
    await telling
    await asyncio.to_thread(own_database.start)
    assert await is_ready(sink, True)
    await check_all(sink, desk)
    assert await rows_when(source, "bus_outbox", 0) == []
    assert await books(sink) == {"outbox": 0, "inbox": EACH * len(CASES), "held": 0, "dead": 0}


async def test_write_is_never_done_and_called_undone_when_the_database_dies(
    house: Company, desk: Desk, own_database: PostgresServer
) -> None:
    """Some failures look like success, but a confirmed write is done."""
    sink = await with_own_database(house, own_database, desk, "writes")

    async def effect(n: int) -> int | None:
        def act(uow: UnitOfWork) -> int:
            uow.session.execute(desk.effects.insert(), [{"correlation_id": "task", "n": n}])
            return n

        try:
            return await sink.runtime.write(act)
        except Unavailable:
            return None

    async def write_all() -> list[int | None]:
        return [await effect(n) for n in range(200)]

    writing = asyncio.create_task(write_all())
    await asyncio.sleep(0.1)
    await asyncio.to_thread(own_database.kill)
    await asyncio.to_thread(own_database.start)
    assert await is_ready(sink, True)
    results = await asyncio.wait_for(writing, 60)
    done = {result for result in results if result is not None}
    rows = [row.n for row in await rows_of(sink, "effects")]
    assert len(rows) == len(set(rows))
    assert done <= set(rows)
    assert 0 < len(done) < 200


@pytest.mark.parametrize("seed", [1, 2])
async def test_replicas_of_a_service_share_its_messages_once_and_in_order(
    postgres_url: str, over_amqp: Company, broker: Carrier, seed: int
) -> None:
    over_amqp.database = postgres_url
    desks = [Desk(), Desk()]
    sinks = [
        await over_amqp.node(
            "sink", desk.router, desk.metadata, replica=str(number), transport=await broker.transport()
        )
        for number, desk in enumerate(desks)
    ]
    source = await over_amqp.node("source", transport=Unruly(over_amqp.transport, seed, repeat=0.2, lose=0.05))
    await tell_all(over_amqp, source)
    await check_all(sinks[0], desks[0])
    assert await rows_when(source, "bus_outbox", 0) == []
    assert await rows_when(sinks[0], "bus_held", 0) == []
    assert len(await rows_of(sinks[0], "effects")) == EACH * len(CASES)
    assert (await books(sinks[0]))["dead"] == 0
    assert all(desk.calls for desk in desks)


async def test_replica_takes_up_what_a_dead_one_held(postgres_url: str, house: Company) -> None:
    house.database = postgres_url
    away, here = Desk(), Desk()
    away.trouble = {1: away.outage}
    first = await house.node("sink", away.router, away.metadata, replica="1", lease_seconds=0.2)
    source = await house.node("source")
    await house.tell(source, "sink", [1])
    await rows_when(first, "bus_held", 1)
    second = await house.node("sink", here.router, here.metadata, replica="2", lease_seconds=0.2)
    await first.stop()
    assert await effects_of(second, here.effects, 1) == [("case-1", 1)]


async def test_message_that_another_replica_handled_meanwhile_is_not_refused(
    postgres_url: str, house: Company
) -> None:
    house.database = postgres_url
    desk = Desk()
    inbox = bus_tables(desk.metadata).inbox
    engine = create_engine(house.url("sink"))
    router = MessageRouter()
    router.register_refusal_hook(lambda refusal, uow: desk.refusals.append(refusal))

    @router.register_handler(Counted)
    def find_the_step_done(data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
        desk.calls[data.n] += 1
        with engine.begin() as other_replica:
            entry = {"key": message.message_key, "digest": message.body_digest, "received_at": uow.machine_now}
            other_replica.execute(insert(inbox), [entry])
        raise Conflict("step-already-done")

    sink = await house.node("sink", router, desk.metadata)
    source = await house.node("source")
    await house.tell(source, "sink", [1])
    await rows_when(sink, "bus_inbox", 1)
    assert await rows_when(source, "bus_outbox", 0) == []
    engine.dispose()
    assert (desk.calls[1], desk.codes, (await books(sink))["dead"]) == (1, [], 0)


async def test_replica_sends_what_a_dead_one_left_unsent(postgres_url: str, house: Company, desk: Desk) -> None:
    house.database = postgres_url
    first = await house.node("source", replica="1", lease_seconds=0.2)
    await house.tell(first, "sink", [1, 2])
    await first.stop()
    second = await house.node("source", replica="2", lease_seconds=0.2)
    sink = await house.node("sink", desk.router, desk.metadata)
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 2)]
    assert await rows_when(second, "bus_outbox", 0) == []


async def test_effects_happen_once_and_in_order_over_a_cord_that_is_cut(
    over_amqp: Company, broker: Carrier, cord: Cord, desk: Desk
) -> None:
    sink = await over_amqp.node("sink", desk.router, desk.metadata, transport=await broker.transport(cord.url))
    source = await over_amqp.node("source", transport=await broker.transport(cord.url))
    telling = asyncio.create_task(tell_all(over_amqp, source))
    for _ in range(3):
        await asyncio.sleep(0.3)
        await cord.cut()
    await telling
    await check_all(sink, desk)
    assert await rows_when(source, "bus_outbox", 0) == []
    assert desk.codes.count("message-replayed") == len(desk.codes)


async def test_service_whose_broker_is_away_is_not_ready_and_works_on_when_it_is_back(
    over_amqp: Company, broker: Carrier, cord: Cord, desk: Desk
) -> None:
    sink = await over_amqp.node("sink", desk.router, desk.metadata)
    source = await over_amqp.node("source", transport=await broker.transport(cord.url))
    refusing = asyncio.create_task(cord.refuse(1))
    assert await is_ready(source, False)
    await over_amqp.tell(source, "sink", range(5))
    await refusing
    assert await is_ready(source, True)
    assert await effects_of(sink, desk.effects, 5) == [("case-1", n) for n in range(5)]


SMALL = "application:set_env(rabbit, max_message_size, 200000)."
USUAL = "application:unset_env(rabbit, max_message_size)."


async def test_message_that_the_broker_never_takes_is_a_dead_letter_and_its_neighbours_arrive(
    own_broker: RabbitServer, tmp_path: Path, desk: Desk
) -> None:
    await asyncio.to_thread(own_broker.evaluate, SMALL)
    carrier = Carrier(own_broker.url)
    company = Company(tmp_path, await carrier.transport(), suffix=carrier.suffix)
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source", transport=await carrier.transport())
    try:
        big = Counted(n=99, text="x" * 500_000)
        await company.tell(source, "sink", [1], "case-big")
        await source.runtime.write(lambda uow: say(uow, company.address("sink"), 99, "case-big", big))
        await company.tell(source, "sink", [2], "case-big")
        await asyncio.gather(*(company.tell(source, "sink", [n], f"case-{n}") for n in range(20)))
        effects = await effects_of(sink, desk.effects, 22)
        assert [n for case, n in effects if case == "case-big"] == [1, 2]
        assert sorted(n for case, n in effects if case != "case-big") == list(range(20))
        (dead,) = await rows_when(source, "bus_dead", 1)
        assert (dead.correlation_id, dead.code) == ("case-big", "broker-never-takes")
        assert "200000" in dead.reason
        assert await rows_when(source, "bus_outbox", 0) == []
        await company.tell(source, "sink", [20], "case-20")
        assert len(await effects_of(sink, desk.effects, 23)) == 23
    finally:
        await asyncio.to_thread(own_broker.evaluate, USUAL)
        await company.stack.aclose()
        await carrier.close()


async def test_effects_happen_once_and_in_order_when_the_broker_is_killed(
    own_broker: RabbitServer, tmp_path: Path, desk: Desk
) -> None:
    carrier = Carrier(own_broker.url)
    company = Company(tmp_path, await carrier.transport(), suffix=carrier.suffix)
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source", transport=await carrier.transport())
    await asyncio.to_thread(own_broker.evaluate, REMEMBER_QUEUES)
    telling = asyncio.create_task(tell_all(company, source))
    await effects_of(sink, desk.effects, 10)
    await asyncio.to_thread(own_broker.kill)
    await telling
    await asyncio.to_thread(own_broker.start)
    await check_all(sink, desk)
    assert await rows_when(source, "bus_outbox", 0) == []
    await company.stack.aclose()
    await carrier.close()
