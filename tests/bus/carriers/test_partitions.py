"""An address in partitions, over a real RabbitMQ: the messages of a case stay with one replica."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pytest

from shared.bus.carriers import amqp_declaring
from shared.bus.carriers.transport import MessageSubscription, Transport
from shared.bus.errors import Unavailable
from tests.bus.carrier_peers import Carrier, outgoing

pytestmark = pytest.mark.servers

CASES = [f"case-{number}" for number in range(24)]
EACH = 5
PARTITIONS = 4


async def publish(
    transport: Transport, address: str, numbers: Sequence[int], cases: Sequence[str] = CASES
) -> None:
    """Publish the messages of these numbers of every case, in turn."""
    messages = [outgoing(address, n, f"{case} {n}".encode(), case=case) for n in numbers for case in cases]
    assert await transport.publish(messages) == [None] * len(messages)


class Reader:
    """A replica that notes what comes, by case, and finishes each message at once or never."""

    def __init__(self, transport: Transport, subscription: MessageSubscription) -> None:
        self.transport = transport
        self.subscription = subscription
        self.heard: dict[str, list[int]] = defaultdict(list)
        self.is_finishing = True
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            batch = await self.subscription.receive_batch(64)
            for delivery in batch:
                case, number = delivery.raw.body.decode().split()
                self.heard[case].append(int(number))
            if self.is_finishing:
                await self.subscription.acknowledge(batch)

    @property
    def count(self) -> int:
        return sum(map(len, self.heard.values()))

    async def die(self) -> None:
        self._task.cancel()
        await self.transport.close()

    def stop(self) -> None:
        self._task.cancel()


async def reader(broker: Carrier, address: str, partitions: int = PARTITIONS) -> Reader:
    transport = await broker.transport(partitions=partitions)
    return Reader(transport, await transport.subscribe(address, 512))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - another process delivers
            await asyncio.sleep(0.02)


async def until_heard(count: int, *readers: Reader) -> None:
    await until(lambda: sum(each.count for each in readers) >= count)


async def share(*readers: Reader) -> None:
    """What the replicas do at every look, in the order of their names."""
    for place, each in enumerate(readers):
        await each.subscription.take_share(place, len(readers))


def in_order(heard: Mapping[str, Sequence[int]], numbers: Sequence[int]) -> bool:
    return all(list(each) == list(numbers) for each in heard.values())


async def test_case_stays_with_one_of_two_replicas_and_in_order(broker: Carrier) -> None:
    address = broker.address()
    first, second = await reader(broker, address), await reader(broker, address)
    await publish(first.transport, address, [0])
    await until_heard(len(CASES), first, second)
    await share(first, second)
    for each in (first, second):
        each.heard.clear()
    await publish(first.transport, address, range(1, EACH + 1))
    await until_heard(len(CASES) * EACH, first, second)
    assert first.heard
    assert second.heard
    assert not first.heard.keys() & second.heard.keys()
    assert in_order(first.heard, range(1, EACH + 1))
    assert in_order(second.heard, range(1, EACH + 1))
    first.stop()
    second.stop()


async def test_cases_of_a_dead_replica_go_to_the_other_with_what_it_left_unfinished(broker: Carrier) -> None:
    address = broker.address()
    first, second = await reader(broker, address), await reader(broker, address)
    sender = await broker.transport()
    await publish(sender, address, [0])
    await until_heard(len(CASES), first, second)
    await share(first, second)
    for each in (first, second):
        each.heard.clear()
    first.is_finishing = False
    await publish(sender, address, range(1, EACH + 1))
    await until_heard(len(CASES) * EACH, first, second)
    left = first.heard
    assert left
    await first.die()
    await until_heard(len(CASES) * EACH, second)
    assert in_order(second.heard, range(1, EACH + 1))
    assert second.heard.keys() >= left.keys()
    second.stop()


async def test_number_of_partitions_changes_while_messages_wait_and_none_is_lost(broker: Carrier) -> None:
    address, sender = broker.address(), await broker.transport()
    heard: set[tuple[str, int]] = set()
    for turn, partitions in enumerate((1, 4, 2, 1)):
        replica = await reader(broker, address, partitions)
        await publish(sender, address, [2 * turn])
        await until(partial(_has_heard, replica, {(case, 2 * turn) for case in CASES}))
        heard |= _pairs(replica)
        await replica.die()
        await publish(sender, address, [2 * turn + 1])
    last = await reader(broker, address)
    await until(lambda: len(heard | _pairs(last)) == len(CASES) * 8)
    last.stop()


async def test_partition_is_given_up_under_load_without_loss_of_the_connection(
    broker: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    address, sender = broker.address(), await broker.transport()
    replica = await reader(broker, address)
    turns = range(40)
    for turn in turns:
        publishing = asyncio.create_task(publish(sender, address, [turn]))
        await replica.subscription.take_share(turn % 2, 2)
        await publishing
    await until(partial(_has_heard, replica, {(case, turn) for case in CASES for turn in turns}))
    replica.stop()
    assert "broker.partition-given-up" in caplog.text
    assert "broker.lost" not in caplog.text


def _has_heard(replica: Reader, wanted: set[tuple[str, int]]) -> bool:
    return wanted <= _pairs(replica)


def _pairs(replica: Reader) -> set[tuple[str, int]]:
    return {(case, number) for case, numbers in replica.heard.items() for number in numbers}


async def test_depth_of_an_address_counts_all_of_its_partitions(broker: Carrier) -> None:
    address, sender = broker.address(), await broker.transport()
    await (await reader(broker, address)).die()
    await publish(sender, address, range(EACH))
    for _ in range(200):  # a broker counts with a delay
        state = await sender.inspect_queue(address)
        if state is not None and state.messages == len(CASES) * EACH:
            break
        await asyncio.sleep(0.05)
    assert state is not None
    assert state.messages == len(CASES) * EACH


async def test_broker_that_spreads_nothing_by_case_is_told_with_the_command_that_helps(
    broker: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ takes the type of a plugin that is off for a type that there never was, and ends the connection."""
    monkeypatch.setattr(amqp_declaring, "CASES_EXCHANGE_TYPE", "x-of-no-plugin")
    transport = await broker.transport(partitions=PARTITIONS)
    with pytest.raises(Unavailable, match="rabbitmq-plugins enable rabbitmq_consistent_hash_exchange") as fault:
        await transport.subscribe(broker.address(), 10)
    assert fault.value.code == "partitions-unavailable"
