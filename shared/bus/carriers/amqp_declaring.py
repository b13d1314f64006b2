"""Declares at RabbitMQ what ``shared/bus/carriers/topology.py`` names, and looks at what is there."""

from __future__ import annotations

from contextlib import suppress

import aio_pika  # noqa: TID251 - a part of the carrier over RabbitMQ
import aiormq  # noqa: TID251 - aio-pika's own lower half
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange  # noqa: TID251

from shared.bus.carriers.amqp_connection import underlay_channel
from shared.bus.carriers.topology import (
    CASES_EXCHANGE_ARGUMENTS,
    CASES_EXCHANGE_TYPE,
    DEAD_EXCHANGE,
    DEAD_QUEUE_ARGUMENTS,
    EXCHANGE,
    PARTITION_WEIGHT,
    cases_exchange,
    dead_queue,
    partition_arguments,
    partition_queue,
    queue_arguments,
    queue_key,
)
from shared.bus.carriers.transport import QueueState
from shared.bus.errors import Unavailable

MOST_PARTITIONS = 256


async def declare_exchange(channel: AbstractChannel) -> AbstractExchange:
    """The exchange to which every system publishes."""
    return await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)


async def declare_address(channel: AbstractChannel, address: str) -> None:
    """The one queue of an address, with the messages of all cases."""
    bus = await declare_exchange(channel)
    queue = await _declare_queue(channel, address)
    await queue.bind(bus, queue_key(address))


async def _declare_queue(channel: AbstractChannel, address: str) -> aio_pika.abc.AbstractQueue:
    dead = await channel.declare_exchange(DEAD_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    last = await channel.declare_queue(dead_queue(address), durable=True, arguments=DEAD_QUEUE_ARGUMENTS)
    await last.bind(dead, address)
    return await channel.declare_queue(address, durable=True, arguments=queue_arguments(address))


async def declare_partitions(channel: AbstractChannel, address: str, count: int, leftover: int) -> None:
    """The first ``count`` partitions of an address, in place of its one queue; ``leftover`` further ones, of an
    earlier and larger number, get no new messages.

    What comes meanwhile may lie both in the one queue and in a partition; the inbox filters the repeat.
    """
    bus, queue = await declare_exchange(channel), await _declare_queue(channel, address)
    cases = await channel.declare_exchange(
        cases_exchange(address), CASES_EXCHANGE_TYPE, durable=True, arguments=CASES_EXCHANGE_ARGUMENTS
    )
    for number in range(1, count + leftover + 1):
        partition = await channel.declare_queue(
            partition_queue(address, number), durable=True, arguments=partition_arguments(address)
        )
        if number <= count:
            await partition.bind(cases, PARTITION_WEIGHT)
        else:
            await partition.unbind(cases, PARTITION_WEIGHT)
    await cases.bind(bus, queue_key(address))
    await queue.unbind(bus, queue_key(address))


async def end_partitions(channel: AbstractChannel, address: str) -> None:
    """The one queue of an address again, in place of its partitions, which get no new messages."""
    await declare_address(channel, address)
    cases = await channel.get_exchange(cases_exchange(address))
    await cases.unbind(await declare_exchange(channel), queue_key(address))


async def is_partitioned(connection: AbstractConnection, address: str) -> bool:
    """Whether the broker has a partition of this address, of now or of an earlier time."""
    return await read_queue(connection, partition_queue(address, 1)) is not None


async def count_partitions(connection: AbstractConnection, address: str) -> int:
    """How many partitions of an address the broker has."""
    for number in range(1, MOST_PARTITIONS + 1):
        if await read_queue(connection, partition_queue(address, number)) is None:
            return number - 1
    return MOST_PARTITIONS


async def inspect_address(connection: AbstractConnection, address: str) -> QueueState | None:
    """What waits in the one queue of an address and in its partitions, None where there is no such address."""
    total = await read_queue(connection, address)
    for number in range(1, MOST_PARTITIONS + 1):
        state = await read_queue(connection, partition_queue(address, number))
        if state is None:
            break
        before = total or QueueState(0, 0)
        total = QueueState(before.messages + state.messages, max(before.consumers, state.consumers))
    return total


async def read_queue(connection: AbstractConnection, queue: str) -> QueueState | None:
    """The state of a queue that nothing is declared of, over a channel of its own: the broker closes the channel
    of a question about a queue that is not there.
    """
    channel = await connection.channel(publisher_confirms=False)
    try:
        under = await underlay_channel(channel)
        declared = await under.queue_declare(queue, passive=True)
        return QueueState(declared.message_count or 0, declared.consumer_count or 0)
    except aiormq.exceptions.ChannelNotFoundEntity:
        return None
    finally:
        with suppress(Exception):
            await channel.close()


def partitions_fault(error: Exception) -> Unavailable:
    """What an operator must mend where the broker knows no exchange that spreads messages by case."""
    plugin = "rabbitmq-plugins enable rabbitmq_consistent_hash_exchange"
    return Unavailable("partitions-unavailable", f"the broker spreads no messages by case ({plugin}): {error}")
