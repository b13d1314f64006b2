"""The carrier over RabbitMQ; the modules ``amqp…`` are the only ones that use AMQP.

Exchanges and queues are those of ``shared/bus/carriers/topology.py``. Messages are persistent, published
``mandatory`` with confirms.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aio_pika  # noqa: TID251 - this is the one file
import aiormq  # noqa: TID251 - aio-pika's own lower half
from aio_pika.abc import AbstractChannel, AbstractConnection  # noqa: TID251

from shared.bus.carriers.amqp_connection import OwnConnection, close_quietly, underlay_channel
from shared.bus.carriers.amqp_frames import publish_window
from shared.bus.carriers.amqp_incoming import (
    ArrivingDeliveries,
    IncomingFrames,
    PublisherConfirms,
)
from shared.bus.carriers.topology import (
    DEAD_EXCHANGE,
    DEAD_QUEUE_ARGUMENTS,
    EXCHANGE,
    dead_queue,
    own_exchange,
    queue_arguments,
    queue_key,
)
from shared.bus.carriers.transport import Delivery, QueueState, SignedBytes, TransportMessage
from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log
from shared.bus.runtime.supervised_tasks import SupervisedTasks, is_being_cancelled

LONGEST_PAUSE = 5.0
ATTACH_SECONDS = 15.0
MEND_SECONDS = 1.0
"""The pause between two attempts to consume from a queue that the broker has otherwise, or not at all."""
RECEIVED_BYTES = 8 * 1024 * 1024
"""The bytes of messages that are received at once."""
MOST_ARRIVED_BYTES = 32 * 1024 * 1024
"""The bytes of messages that wait to be received; beyond, the broker keeps the rest."""

TOPOLOGY_ERRORS = (
    aiormq.exceptions.ChannelPreconditionFailed,
    aiormq.exceptions.ChannelNotFoundEntity,
    aiormq.exceptions.ChannelAccessRefused,
)


class AmqpSubscription:
    """A subscription that survives reconnects: each connection is a new generation, and acknowledgements of older
    generations are dropped.
    """

    def __init__(self, address: str, prefetch: int, *, is_declaring: bool) -> None:
        self.address = address
        self.prefetch = prefetch
        self._is_declaring = is_declaring
        self._arrived: deque[Delivery] = deque()
        self.arrived_bytes = 0
        """The bytes of the messages that nobody has received yet."""
        self._frames: IncomingFrames | None = None
        self._something = asyncio.Event()
        self._generation = 0
        self._unfinished: deque[int] = deque()
        self._channel: AbstractChannel | None = None
        self._under: aiormq.Channel | None = None
        self._on_lost: Callable[..., None] | None = None
        self.fault: BusError | None = None

    async def try_consuming(self, connection: OwnConnection, on_lost: Callable[..., None]) -> None:
        """Consume over this connection; ``on_lost`` is called when the channel breaks.

        A queue that the broker has otherwise, or not at all, is a ``fault`` here; it costs no connection.
        """
        try:
            await self._start_consuming(connection, on_lost)
            self.fault = None
        except TOPOLOGY_ERRORS as error:
            self.fault = _topology_fault(error)
            log("broker.queue-fault", address=self.address, error=str(error))

    async def _start_consuming(self, connection: OwnConnection, on_lost: Callable[..., None]) -> None:
        self._generation += 1
        self._arrived.clear()
        self._count_arrived(-self.arrived_bytes)
        self._unfinished.clear()
        self._frames = connection.frames
        self._channel = await connection.channel(publisher_confirms=False)
        await self._channel.set_qos(prefetch_count=self.prefetch)
        if self._is_declaring:
            await _declare_queue(self._channel, self.address)
        self._under = await underlay_channel(self._channel)
        generation = self._generation

        def on_delivery(raw: SignedBytes, tag: int, is_repeated: bool) -> None:
            self._arrived.append(Delivery(raw, is_repeated, (generation, tag)))
            self._count_arrived(len(raw.body))
            self._something.set()

        async def on_message(message: object) -> None:
            """For aiormq, which gets no delivery of this channel."""

        self._channel.close_callbacks.add(on_lost)
        self._under.on_consumer_cancel_callbacks.add(on_lost)
        self._on_lost = on_lost
        connection.frames.give_channel(self._under.number, ArrivingDeliveries(on_delivery))
        await self._under.basic_consume(self.address, on_message)

    async def receive_batch(self, most: int) -> list[Delivery]:
        while not self._arrived:
            self._something.clear()
            await self._something.wait()
        batch: list[Delivery] = []
        size = 0
        while self._arrived and len(batch) < most and size < RECEIVED_BYTES:
            batch.append(self._arrived.popleft())
            size += len(batch[-1].raw.body)
        self._count_arrived(-size)
        tags = map(_delivery_tag, batch)
        self._unfinished.extend(tag for generation, tag in tags if generation == self._generation)
        return batch

    def _count_arrived(self, size: int) -> None:
        """Count the bytes that nobody has received; RabbitMQ bounds unfinished messages by number only."""
        self.arrived_bytes += size
        if self._frames is not None:
            self._frames.pause_for(self, is_full=self.arrived_bytes >= MOST_ARRIVED_BYTES)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge all deliveries before the first unfinished message together, later ones one by one."""
        tags = {tag for generation, tag in map(_delivery_tag, deliveries) if generation == self._generation}
        last = None
        while self._unfinished and self._unfinished[0] in tags:
            last = self._unfinished.popleft()
            tags.discard(last)
        behind = [tag for tag in self._unfinished if tag in tags] if tags else []
        if self._under is None:
            return
        with suppress(Exception):
            if last is not None:
                await self._under.basic_ack(last, multiple=True, wait=False)
            for tag in behind:
                self._unfinished.remove(tag)
                await self._under.basic_ack(tag, wait=False)

    async def close(self) -> None:
        self._count_arrived(-self.arrived_bytes)
        if self._channel is not None:
            if self._on_lost is not None:
                self._channel.close_callbacks.discard(self._on_lost)
            with suppress(Exception):
                await self._channel.close()


class AmqpTransport:
    """One connection of a process to RabbitMQ, restored whenever it breaks.

    ``own_address`` is that of a system with an account of its own at the broker: the transport then declares
    nothing and publishes through the system's own exchange. With ``authority`` (PEM) the broker must prove its
    name by that authority.
    """

    def __init__(
        self,
        url: str,
        name: str,
        patience: float = 30.0,
        own_address: str | None = None,
        authority: Path | None = None,
    ) -> None:
        self._url = url
        self._authority = authority
        self._name = name
        self._patience = patience
        self._is_declaring = own_address is None
        self._exchange = EXCHANGE if own_address is None else own_exchange(own_address)
        self._connection: OwnConnection | None = None
        self._out: aiormq.Channel | None = None
        self._confirms = PublisherConfirms()
        self._subscriptions: list[AmqpSubscription] = []
        self._tasks = SupervisedTasks()
        self._lost = asyncio.Event()
        self._exchange_fault: BusError | None = None

    async def open(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                while not await self._try_connect():  # noqa: ASYNC110 - a broker sends no event before it is there
                    await asyncio.sleep(0.3)
        except TimeoutError:
            away = Unavailable("broker-unavailable", f"no broker within {self._patience:g} s")
            raise self._exchange_fault or away from None
        self._tasks.keep_running(f"{self._name}.connection", self._keep_connected)

    async def close(self) -> None:
        await self._tasks.stop()
        if self._connection is not None:
            with suppress(Exception):
                await self._connection.close()

    @property
    def is_connected(self) -> bool:
        return self._out is not None and not self._lost.is_set()

    @property
    def fault(self) -> BusError | None:
        return self._exchange_fault or next((each.fault for each in self._subscriptions if each.fault), None)

    async def subscribe(self, address: str, prefetch: int) -> AmqpSubscription:
        if self._connection is None:
            raise Unavailable("broker-unavailable", "open the transport first")
        subscription = AmqpSubscription(address, prefetch, is_declaring=self._is_declaring)
        try:
            async with asyncio.timeout(ATTACH_SECONDS):
                await subscription.try_consuming(self._connection, self._loss_callback(self._connection))
        except Exception as error:
            raise Unavailable("broker-unavailable", repr(error)) from None
        self._subscriptions.append(subscription)
        return subscription

    async def inspect_queue(self, address: str) -> QueueState | None:
        connection = self._connection
        if connection is None or not self.is_connected:
            raise Unavailable("broker-unavailable", "not connected")
        try:
            async with asyncio.timeout(ATTACH_SECONDS):
                return await _inspect_queue(connection, address)
        except Exception as error:
            raise Unavailable("broker-unavailable", repr(error)) from None

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        out = self._out
        if out is None or self._lost.is_set():
            return [Unavailable("broker-unavailable", "not connected")] * len(messages)
        try:
            return await publish_window(out, self._confirms, self._exchange, messages)
        except Exception as error:
            return [Unavailable("broker-unavailable", repr(error))] * len(messages)

    async def _try_connect(self) -> bool:
        """Whether a connection was made; whatever a library raises is a failed attempt, never the end of trying
        (aiormq raises StopAsyncIteration, and CancelledError, where a connection ends in its handshake).
        """
        try:
            async with asyncio.timeout(ATTACH_SECONDS):
                await self._connect_once()
            return True
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_being_cancelled():
                raise
            self._lost.set()
            log("broker.unreachable", error=repr(error))
            return False

    async def _connect_once(self) -> None:
        check = None if self._authority is None else ssl.create_default_context(cafile=self._authority)
        connection = await aio_pika.connect(
            self._url,
            client_properties={"connection_name": self._name},
            timeout=10,
            ssl_context=check,
            connection_class=OwnConnection,
        )
        assert isinstance(connection, OwnConnection)  # noqa: S101 - as was asked
        self._connection = connection
        self._lost.clear()
        on_lost = self._loss_callback(connection)
        connection.close_callbacks.add(on_lost)
        try:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            if self._is_declaring:
                await self._declare_exchange(channel)
            channel.close_callbacks.add(on_lost)
            for subscription in self._subscriptions:
                await subscription.try_consuming(connection, on_lost)
            out, confirms = await underlay_channel(channel), PublisherConfirms()
            connection.frames.give_channel(out.number, confirms)
            self._out, self._confirms = out, confirms
        except BaseException:  # also on a timeout: a half-open connection would take messages and finish none
            await close_quietly(connection)
            raise

    async def _declare_exchange(self, channel: AbstractChannel) -> None:
        try:
            await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
            self._exchange_fault = None
        except TOPOLOGY_ERRORS as error:
            self._exchange_fault = _topology_fault(error)
            raise

    def _loss_callback(self, connection: OwnConnection) -> Callable[..., None]:
        """The callback for a loss of ``connection``; losses of older connections are ignored."""

        def on_lost(*_: Any) -> None:
            if connection is self._connection:
                self._lost.set()

        return on_lost

    async def _keep_connected(self) -> None:
        while True:
            try:
                async with asyncio.timeout(MEND_SECONDS):
                    await self._lost.wait()
            except TimeoutError:
                await self._mend_subscriptions()
                continue
            log("broker.lost", name=self._name)
            old, self._out = self._connection, None
            if old is not None:
                await close_quietly(old)
            pause = 0.1
            while not await self._try_connect():
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            log("broker.back", name=self._name)

    async def _mend_subscriptions(self) -> None:
        """Try again to consume where the broker's queue has been at fault."""
        for subscription in self._subscriptions:
            if subscription.fault is not None and self._connection is not None:
                with suppress(Exception):  # the connection itself reports its loss
                    async with asyncio.timeout(ATTACH_SECONDS):
                        await subscription.try_consuming(self._connection, self._loss_callback(self._connection))


async def _declare_queue(channel: AbstractChannel, address: str) -> aio_pika.abc.AbstractQueue:
    bus = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    dead = await channel.declare_exchange(DEAD_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    last = await channel.declare_queue(dead_queue(address), durable=True, arguments=DEAD_QUEUE_ARGUMENTS)
    await last.bind(dead, address)
    queue = await channel.declare_queue(address, durable=True, arguments=queue_arguments(address))
    await queue.bind(bus, queue_key(address))
    return queue


async def _inspect_queue(connection: AbstractConnection, address: str) -> QueueState | None:
    """The state of a queue that nothing is declared of, over a channel of its own: the broker closes the channel
    of a question about a queue that is not there.
    """
    channel = await connection.channel(publisher_confirms=False)
    try:
        under = await underlay_channel(channel)
        declared = await under.queue_declare(address, passive=True)
        return QueueState(declared.message_count or 0, declared.consumer_count or 0)
    except aiormq.exceptions.ChannelNotFoundEntity:
        return None
    finally:
        with suppress(Exception):
            await channel.close()


def _topology_fault(error: Exception) -> BusError:
    is_otherwise = isinstance(error, aiormq.exceptions.ChannelPreconditionFailed)
    return Unavailable("topology-changed" if is_otherwise else "queue-missing", str(error))


def _delivery_tag(delivery: Delivery) -> tuple[int, int]:
    tag: Any = delivery.tag
    generation, number = tag
    return generation, number
