"""The baseline: the cost of RabbitMQ and aio-pika alone. Consume, publish with confirms, acknowledge, in batches.

Run as a program, the relay moves ``count`` messages from one quorum queue to another and prints the seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

import aio_pika  # noqa: TID251 - the bare relay is aio-pika itself
import uvloop
from aio_pika.abc import AbstractIncomingMessage  # noqa: TID251

SOURCE, TARGET, EXCHANGE = "bench.in", "bench.out", "bench"
WINDOW = 100


async def declare(channel: aio_pika.abc.AbstractChannel) -> aio_pika.abc.AbstractExchange:
    exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    for name in (SOURCE, TARGET):
        queue = await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(exchange, name)
    return exchange


async def fill(url: str, count: int, body: bytes, headers: dict[str, str]) -> None:
    """Put ``count`` persistent messages into the source queue."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await declare(channel)
        for begin in range(0, count, 500):
            await asyncio.gather(
                *(exchange.publish(_message(body, headers), SOURCE) for _ in range(min(500, count - begin)))
            )


def _message(body: bytes, headers: Mapping[str, Any]) -> aio_pika.Message:
    return aio_pika.Message(
        body,
        headers=dict(headers),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        content_type="application/json",
        message_id="0" * 36,
        correlation_id="0" * 36,
        type="REQUEST",
    )


async def relay(url: str, count: int) -> float:
    """Relay ``count`` messages; returns the seconds from the first delivery to the last acknowledgement."""
    connection = await aio_pika.connect(url)
    async with connection:
        inward, outward = await connection.channel(), await connection.channel(publisher_confirms=True)
        await inward.set_qos(prefetch_count=256)
        exchange = await declare(outward)
        queue = await inward.declare_queue(SOURCE, durable=True, arguments={"x-queue-type": "quorum"})
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await queue.consume(arrived.put)
        done, began = 0, 0.0
        while done < count:
            batch = [await arrived.get()]
            began = began or time.perf_counter()
            while not arrived.empty() and len(batch) < WINDOW:
                batch.append(arrived.get_nowait())
            await asyncio.gather(
                *(exchange.publish(_message(m.body, m.headers), TARGET, mandatory=True) for m in batch)
            )
            await batch[-1].ack(multiple=True)
            done += len(batch)
        return time.perf_counter() - began


if __name__ == "__main__":
    print(uvloop.run(relay(sys.argv[1], int(sys.argv[2]))))
