"""RabbitMQ beyond the transport contract: broken connections, killed brokers, messages that kill their
receiver.
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace

import aio_pika  # noqa: TID251 - the test counts what the library left open
import pytest
import uvloop

from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.carriers.amqp_subscription import MOST_ARRIVED_BYTES, AmqpSubscription
from shared.bus.carriers.topology import DELIVERY_LIMIT
from shared.bus.carriers.transport import Delivery, MessageSubscription, SignedBytes, Transport
from shared.bus.errors import Unavailable
from tests.bus.carrier_peers import REMEMBER_QUEUES, Carrier, bodies, dead_of, outgoing, taken
from tests.bus.kit import eventually
from tests.bus.trouble import Cord
from tests.servers import RabbitServer

pytestmark = pytest.mark.servers

IMPATIENT = "[application:set_env(rabbit, Key, 1000) || Key <- [consumer_timeout, channel_tick_interval]]."
PATIENT = "[application:set_env(rabbit, Key, 1800000) || Key <- [consumer_timeout, channel_tick_interval]]."


async def is_back(transport: Transport) -> bool:
    async def ask() -> bool:
        return transport.is_connected

    return await eventually(ask)


async def is_lost(transport: Transport) -> bool:
    async def ask() -> bool:
        return not transport.is_connected

    return await eventually(ask)


async def is_connected_again(cord: Cord, taken: int) -> bool:
    """Whether the disconnected client is connected again; its absence may be too short to be seen."""

    async def ask() -> bool:
        return cord.taken > taken

    return await eventually(ask)


async def until_published(transport: Transport, address: str, n: int) -> int:
    """Publish message ``n`` until the carrier confirms it; returns the number of attempts."""
    attempts = 1
    while (await transport.publish([outgoing(address, n)]))[0] is not None:
        attempts += 1
        await asyncio.sleep(0.02)
    return attempts


async def collect(subscription: MessageSubscription, kinds: int) -> list[bytes]:
    """Take and finish deliveries until ``kinds`` different messages have arrived; returns all of them in order."""
    found: list[bytes] = []
    async with asyncio.timeout(30):
        while len(set(found)) < kinds:
            deliveries = await subscription.receive_batch(64)
            found += bodies(deliveries)
            await subscription.acknowledge(deliveries)
    return found


async def test_transport_without_a_broker_says_so_after_its_patience(broker: Carrier) -> None:
    with pytest.raises(Unavailable, match="no broker") as error:
        await AmqpTransport("amqp://guest:guest@127.0.0.1:1/", "tests", patience=0.5).open()
    assert error.value.code == "broker-unavailable"


async def test_attempt_to_connect_that_failed_leaves_no_connection_open(broker: Carrier) -> None:
    gc.collect()
    gc.disable()  # the collector would hide what was dropped unclosed
    try:
        with pytest.raises(Unavailable):
            await AmqpTransport("amqp://guest:guest@127.0.0.1:1/", "tests", patience=0.5).open()
        left = [made for made in gc.get_objects() if isinstance(made, aio_pika.Connection)]
        assert [made.url.port for made in left if not made.is_closed and made.url.port == 1] == []
    finally:
        gc.enable()


async def test_publishing_over_a_broken_connection_is_an_answer_and_not_an_exception(
    broker: Carrier, cord: Cord
) -> None:
    transport = await broker.transport(cord.url)
    refusing = asyncio.create_task(cord.refuse(1))
    assert await is_lost(transport)
    (fault,) = await transport.publish([outgoing(broker.address())])
    assert isinstance(fault, Unavailable)
    assert fault.code == "broker-unavailable"
    await refusing


async def test_publications_under_way_when_the_cord_is_cut_are_answered(broker: Carrier, cord: Cord) -> None:
    transport, address = await broker.transport(cord.url), broker.address()
    await (await broker.transport()).subscribe(address, 1000)
    silence = asyncio.create_task(cord.blackhole(0.3))
    await asyncio.sleep(0)
    publishing = asyncio.create_task(transport.publish([outgoing(address, n) for n in range(200)]))
    await asyncio.sleep(0.1)
    await cord.cut()
    results = await asyncio.wait_for(publishing, 10)
    await silence
    assert [fault.code for fault in results if fault] == ["broker-unavailable"] * 200


async def test_transport_comes_back_after_a_cut(broker: Carrier, cord: Cord) -> None:
    transport, address = await broker.transport(cord.url), broker.address()
    subscription, before = await transport.subscribe(address, 10), cord.taken
    await cord.cut()
    assert await is_connected_again(cord, before)
    assert await is_back(transport)
    await until_published(transport, address, 1)
    assert await collect(subscription, 1) == [b"message 1"]


def test_transport_comes_back_after_a_balancer_that_accepts_and_closes(amqp_url: str) -> None:
    """The loop of a deployment reports the end of a connection earlier than the library's own loop."""
    assert uvloop.run(_messages_after_a_slammed_door(amqp_url, times=4)) == [b"message 1"]


async def _messages_after_a_slammed_door(amqp_url: str, times: int) -> list[bytes]:
    cord, broker = Cord(amqp_url), Carrier(amqp_url)
    await cord.lay()
    transport, address = await broker.transport(cord.url), broker.address()
    subscription = await transport.subscribe(address, 10)
    try:
        await cord.slam(times)
        assert await is_back(transport)
        await until_published(transport, address, 1)
        return await collect(subscription, 1)
    finally:
        await broker.close()
        await cord.remove()


def test_system_that_stops_while_its_broker_says_nothing_comes_to_an_end(amqp_url: str) -> None:
    """A system is stopped together with its broker, or is cut off from it."""
    uvloop.run(_stop_beside_a_silent_broker(amqp_url))


async def _stop_beside_a_silent_broker(amqp_url: str) -> None:
    cord, broker = Cord(amqp_url), Carrier(amqp_url)
    await cord.lay()
    transport, address = await broker.transport(cord.url), broker.address()
    subscription = await transport.subscribe(address, 10)
    silence = asyncio.create_task(cord.blackhole(60))
    await asyncio.sleep(0)
    try:
        await asyncio.wait_for(subscription.close(), 5)
        await asyncio.wait_for(transport.close(), 10)
    finally:
        silence.cancel()
        await cord.remove()
        await broker.close()


async def test_publishing_while_cords_are_cut_loses_nothing(broker: Carrier, cord: Cord) -> None:
    sender, receiver, address = (
        await broker.transport(cord.url),
        await broker.transport(cord.url),
        broker.address(),
    )
    subscription = await receiver.subscribe(address, 20)

    async def publish() -> None:
        for n in range(300):
            await until_published(sender, address, n)

    publishing, collecting = asyncio.create_task(publish()), asyncio.create_task(collect(subscription, 300))
    for _ in range(3):
        await asyncio.sleep(0.3)
        await cord.cut()
    await asyncio.wait_for(publishing, 30)
    assert set(await collecting) == {f"message {n}".encode() for n in range(300)}


async def test_publishing_while_the_broker_refuses_connections_loses_nothing(broker: Carrier, cord: Cord) -> None:
    transport, address = await broker.transport(cord.url), broker.address()
    subscription = await transport.subscribe(address, 20)
    refusing = asyncio.create_task(cord.refuse(0.5))
    await is_lost(transport)
    attempts = await until_published(transport, address, 1)
    await refusing
    assert attempts > 1
    assert set(await collect(subscription, 1)) == {b"message 1"}


async def test_publishing_into_a_silent_connection_arrives_when_it_speaks_again(
    broker: Carrier, cord: Cord
) -> None:
    transport, address = await broker.transport(cord.url), broker.address()
    subscription = await transport.subscribe(address, 20)
    silence = asyncio.create_task(cord.blackhole(2))
    await asyncio.sleep(0)
    results = await transport.publish([outgoing(address, 1)])
    await silence
    assert results == [None]
    assert await collect(subscription, 1) == [b"message 1"]


async def test_unfinished_messages_come_again_after_a_reconnect(broker: Carrier, cord: Cord) -> None:
    transport, address = await broker.transport(cord.url), broker.address()
    subscription = await transport.subscribe(address, 20)
    await transport.publish([outgoing(address, n) for n in range(3)])
    before = await taken(subscription, 3)
    await cord.cut()
    after = await taken(subscription, 3)
    assert bodies(after) == bodies(before)
    assert all(delivery.redelivered for delivery in after)


async def test_finishing_messages_of_before_a_reconnect_is_harmless(broker: Carrier, cord: Cord) -> None:
    transport, address = await broker.transport(cord.url), broker.address()
    subscription = await transport.subscribe(address, 20)
    await transport.publish([outgoing(address, n) for n in range(3)])
    before, connections = await taken(subscription, 3), cord.taken
    await cord.cut()
    assert await is_connected_again(cord, connections)
    await subscription.acknowledge(before)
    await is_back(transport)
    await subscription.acknowledge(before)
    after = await taken(subscription, 3)
    await subscription.acknowledge(after)
    await until_published(transport, address, 3)
    assert await collect(subscription, 1) == [b"message 3"]
    assert bodies(after) == bodies(before)


async def test_unfinished_messages_come_again_to_the_next_subscriber(broker: Carrier) -> None:
    address = broker.address()
    first = await broker.transport()
    subscription = await first.subscribe(address, 20)
    await first.publish([outgoing(address, n) for n in range(3)])
    await taken(subscription, 2)
    await first.close()
    second = await broker.transport()
    again = await taken(await second.subscribe(address, 20), 3)
    assert bodies(again) == [b"message 0", b"message 1", b"message 2"]
    assert [delivery.redelivered for delivery in again[:2]] == [True, True]


async def test_subscription_whose_queue_was_deleted_comes_back(broker: Carrier) -> None:
    transport, address = await broker.transport(), broker.address()
    subscription = await transport.subscribe(address, 20)
    await broker.delete(address)
    await until_published(transport, address, 1)
    assert await collect(subscription, 1) == [b"message 1"]


async def test_poison_message_whose_receivers_died_too_often_is_kept_apart_as_it_was(broker: Carrier) -> None:
    address, sender = broker.address(), await broker.transport()
    subscription = await sender.subscribe(address, 1)
    await sender.publish([outgoing(address, 1, hop="hop")])
    deliveries = 0
    while await taken(subscription, 1, seconds=1):
        deliveries += 1
        await subscription.close()
        subscription = await sender.subscribe(address, 1)
    assert deliveries == DELIVERY_LIMIT + 1
    assert broker.url is not None
    dead = await dead_of(broker.url, address)
    assert dead is not None
    body, headers = dead
    assert (body, headers["signature"], headers["hop"]) == (b"message 1", "signature 1", "hop")


async def test_receiver_that_the_broker_found_too_slow_receives_again(own_broker: RabbitServer) -> None:
    """RabbitMQ closes the channel of a receiver that acknowledges nothing for half an hour; here for a second."""
    await asyncio.to_thread(own_broker.evaluate, IMPATIENT)
    carrier = Carrier(own_broker.url)
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 20)
    await transport.publish([outgoing(address, 1)])
    await taken(subscription, 1)
    (again,) = await taken(subscription, 1)
    await asyncio.to_thread(own_broker.evaluate, PATIENT)
    await carrier.close()
    assert again.redelivered


async def test_broker_that_is_killed_loses_no_message(own_broker: RabbitServer) -> None:
    carrier = Carrier(own_broker.url)
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 1000)
    await asyncio.to_thread(own_broker.evaluate, REMEMBER_QUEUES)
    assert await transport.publish([outgoing(address, n) for n in range(100)]) == [None] * 100
    await asyncio.to_thread(own_broker.kill)
    assert await is_lost(transport)
    await asyncio.to_thread(own_broker.start)
    assert await is_back(transport)
    found = await collect(subscription, 100)
    await carrier.close()
    assert set(found) == {f"message {n}".encode() for n in range(100)}


async def test_subscriber_that_is_slow_leaves_large_messages_with_the_broker(broker: Carrier) -> None:
    address, size = broker.address(), 9 * 1024 * 1024
    receiver, sender = await broker.transport(), await broker.transport()
    subscription = await receiver.subscribe(address, 256)
    for _ in range(8):
        assert await sender.publish([replace(outgoing(address, 1), raw=SignedBytes(b"x" * size, "signed"))]) == [
            None
        ]
    await asyncio.sleep(1)  # all of them would have arrived meanwhile
    assert isinstance(subscription, AmqpSubscription)
    assert subscription.arrived_bytes < MOST_ARRIVED_BYTES + size
    arrived: list[Delivery] = []
    async with asyncio.timeout(30):
        while len(arrived) < 8:
            arrived += await subscription.receive_batch(64)
    assert {len(delivery.raw.body) for delivery in arrived} == {size}
    assert subscription.arrived_bytes == 0
