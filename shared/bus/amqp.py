"""The carrier over RabbitMQ: the only file that speaks AMQP.

Topology (3.10 and 4.x alike): topic exchange ``egov.bus``; each address is a durable quorum queue of its name,
bound with ``<address>.*`` (the last word is the message type, so that others can listen in); messages are
persistent, published ``mandatory`` with confirms. What exceeds the delivery limit (its receiver died each time)
goes, at least once, through ``egov.dead`` to ``<address>.dead``, where it stays until someone looks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import aio_pika  # noqa: TID251 - this is the one file
from aio_pika.abc import (  # noqa: TID251
    AbstractChannel,
    AbstractConnection,
    AbstractExchange,
    AbstractIncomingMessage,
)

from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log
from shared.bus.transport import Delivery, Outgoing, Raw

EXCHANGE = "egov.bus"
DEAD_EXCHANGE = "egov.dead"
DELIVERY_LIMIT = 20
LONGEST_PAUSE = 5.0
FAULTS = (aio_pika.exceptions.AMQPError, ConnectionError, OSError, RuntimeError, asyncio.TimeoutError)


class _Subscription:
    """Survives reconnects: each connection is a new generation, and old acknowledgements fall away."""

    def __init__(self, address: str, prefetch: int) -> None:
        self.address = address
        self.prefetch = prefetch
        self._arrived: deque[tuple[int, AbstractIncomingMessage]] = deque()
        self._something = asyncio.Event()
        self._generation = 0
        self._channel: AbstractChannel | None = None

    async def attach(self, connection: AbstractConnection) -> None:
        self._generation += 1
        self._arrived.clear()
        self._channel = await connection.channel(publisher_confirms=False)
        await self._channel.set_qos(prefetch_count=self.prefetch)
        queue = await _declare(self._channel, self.address)
        generation = self._generation

        async def arrive(message: AbstractIncomingMessage) -> None:
            self._arrived.append((generation, message))
            self._something.set()

        await queue.consume(arrive)

    async def take(self, most: int) -> list[Delivery]:
        while not self._arrived:
            self._something.clear()
            await self._something.wait()
        taken = [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]
        return [_delivery(generation, message) for generation, message in taken]

    async def finish(self, deliveries: Sequence[Delivery]) -> None:
        current = [m for g, m in (_tag(d) for d in deliveries) if g == self._generation]
        if current:
            with suppress(*FAULTS):
                await current[-1].ack(multiple=True)

    async def close(self) -> None:
        if self._channel is not None:
            with suppress(*FAULTS):
                await self._channel.close()


class AmqpTransport:
    """One connection of one process to RabbitMQ, made again whenever it breaks."""

    def __init__(self, url: str, name: str, patience: float = 30.0) -> None:
        self._url = url
        self._name = name
        self._patience = patience
        self._connection: AbstractConnection | None = None
        self._exchange: AbstractExchange | None = None
        self._subscriptions: list[_Subscription] = []
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    async def open(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                while not await self._connected():  # noqa: ASYNC110 - a broker sends no event before it is there
                    await asyncio.sleep(0.3)
        except TimeoutError:
            raise Unavailable("broker-unavailable", f"no broker within {self._patience:g} s") from None
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        if self._connection is not None:
            with suppress(*FAULTS):
                await self._connection.close()

    @property
    def is_connected(self) -> bool:
        return self._exchange is not None and not self._lost.is_set()

    async def subscribe(self, address: str, prefetch: int) -> _Subscription:
        if self._connection is None:
            raise Unavailable("broker-unavailable", "open the transport first")
        subscription = _Subscription(address, prefetch)
        await subscription.attach(self._connection)
        self._subscriptions.append(subscription)
        return subscription

    async def publish(self, messages: Sequence[Outgoing]) -> list[BusError | None]:
        exchange = self._exchange
        if exchange is None or self._lost.is_set():
            return [Unavailable("broker-unavailable", "not connected")] * len(messages)
        return list(await asyncio.gather(*(self._publish(exchange, message) for message in messages)))

    async def _publish(self, exchange: AbstractExchange, message: Outgoing) -> BusError | None:
        try:
            await exchange.publish(_packed(message), f"{message.address}.{message.message_type}", timeout=30)
            return None
        except aio_pika.exceptions.DeliveryError as error:
            returned = isinstance(error, aio_pika.exceptions.PublishError)
            return Unavailable("no-such-address" if returned else "broker-refused", message.address)
        except FAULTS as error:
            return Unavailable("broker-unavailable", repr(error))

    async def _connected(self) -> bool:
        try:
            connection = await aio_pika.connect(
                self._url, client_properties={"connection_name": self._name}, timeout=10
            )
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
            self._connection = connection
            for subscription in self._subscriptions:
                await subscription.attach(connection)
        except FAULTS as error:
            log("broker.unreachable", error=repr(error))
            return False
        self._lost.clear()
        self._exchange = exchange
        connection.close_callbacks.add(self._on_lost)
        channel.close_callbacks.add(self._on_lost)
        return True

    def _on_lost(self, *_: Any) -> None:
        self._lost.set()

    async def _keep(self) -> None:
        while True:
            await self._lost.wait()
            log("broker.lost", name=self._name)
            old, self._exchange = self._connection, None
            if old is not None and not old.is_closed:
                old.close_callbacks.discard(self._on_lost)
                with suppress(*FAULTS):
                    await old.close()
            pause = 0.1
            while not await self._connected():
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            log("broker.back", name=self._name)


async def _declare(channel: AbstractChannel, address: str) -> aio_pika.abc.AbstractQueue:
    bus = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    dead = await channel.declare_exchange(DEAD_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    last = await channel.declare_queue(f"{address}.dead", durable=True, arguments={"x-queue-type": "quorum"})
    await last.bind(dead, address)
    queue = await channel.declare_queue(
        address,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD_EXCHANGE,
            "x-dead-letter-routing-key": address,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )
    await queue.bind(bus, f"{address}.*")
    return queue


def _packed(message: Outgoing) -> aio_pika.Message:
    headers: dict[str, Any] = {"signature": message.raw.signature}
    if message.raw.hop is not None:
        headers["hop"] = message.raw.hop
    return aio_pika.Message(
        message.raw.body,
        headers=headers,
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=message.message_type,
    )


def _delivery(generation: int, message: AbstractIncomingMessage) -> Delivery:
    signature, hop = message.headers.get("signature"), message.headers.get("hop")
    raw = Raw(message.body, _text(signature) or "", _text(hop))
    return Delivery(raw, bool(message.redelivered), (generation, message))


def _text(value: Any) -> str | None:
    if isinstance(value, bytes | bytearray):
        return value.decode("ascii", "replace")
    return value if isinstance(value, str) else None


def _tag(delivery: Delivery) -> tuple[int, AbstractIncomingMessage]:
    tag: Any = delivery.tag
    generation, message = tag
    return generation, message
