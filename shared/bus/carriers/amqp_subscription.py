"""The messages of one queue of RabbitMQ, over whatever connection there is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import aiormq  # noqa: TID251 - aio-pika's own lower half
from aio_pika.abc import AbstractChannel  # noqa: TID251 - a part of the carrier over RabbitMQ

from shared.bus.carriers.amqp_connection import CLOSE_SECONDS, OwnConnection, underlay_channel
from shared.bus.carriers.amqp_incoming import ArrivingDeliveries, IncomingFrames
from shared.bus.carriers.transport import Delivery, SignedBytes
from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log

RECEIVED_BYTES = 8 * 1024 * 1024
"""The bytes of messages that are received at once."""
MOST_ARRIVED_BYTES = 32 * 1024 * 1024
"""The bytes of messages that wait to be received; beyond, the broker keeps the rest."""

TOPOLOGY_ERRORS = (
    aiormq.exceptions.ChannelPreconditionFailed,
    aiormq.exceptions.ChannelNotFoundEntity,
    aiormq.exceptions.ChannelAccessRefused,
)

Declare = Callable[[AbstractChannel], Awaitable[object]]
OnLost = Callable[..., None]


class DeliveryTag(NamedTuple):
    """Which delivery of which connection of which subscription; the broker's own number is unique in none of them
    alone.
    """

    subscription: AmqpSubscription
    generation: int
    number: int


class AmqpSubscription:
    """A subscription to one queue that survives reconnects: each connection is a new generation, and
    acknowledgements of older generations are dropped.

    ``declare`` makes the queue, None where others make the queue. ``something`` is set when a message has arrived:
    several subscriptions may share one event.
    """

    def __init__(
        self,
        queue: str,
        prefetch: int,
        declare: Declare | None,
        *,
        something: asyncio.Event | None = None,
        most_bytes: int = MOST_ARRIVED_BYTES,
    ) -> None:
        self.queue = queue
        self.prefetch = prefetch
        self._declare = declare
        self._most_bytes = most_bytes
        self._arrived: deque[Delivery] = deque()
        self.arrived_bytes = 0
        """The bytes of the messages that nobody has received yet."""
        self._frames: IncomingFrames | None = None
        self._something = something or asyncio.Event()
        self._generation = 0
        self._unfinished: deque[int] = deque()
        self._channel: AbstractChannel | None = None
        self._under: aiormq.Channel | None = None
        self._on_lost: OnLost | None = None
        self._acknowledging = asyncio.Lock()
        self.arrivals = 0
        """How many messages have arrived in all."""
        self.connection: OwnConnection | None = None
        """The connection over which messages come."""
        self.fault: BusError | None = None

    async def try_consuming(self, connection: OwnConnection, on_lost: OnLost) -> None:
        """Consume over this connection; ``on_lost`` is called when the channel breaks.

        A queue that the broker has otherwise, or not at all, is a ``fault`` here; it costs no connection.
        """
        try:
            self.connection = None
            await self._start_consuming(connection, on_lost)
            self.connection, self.fault = connection, None
        except TOPOLOGY_ERRORS as error:
            self.fault = topology_fault(error)
            log("broker.queue-fault", address=self.queue, error=str(error))

    async def _start_consuming(self, connection: OwnConnection, on_lost: OnLost) -> None:
        self._generation += 1
        self._arrived.clear()
        self._count_arrived(-self.arrived_bytes)
        self._unfinished.clear()
        self._frames = connection.frames
        self._channel = await connection.channel(publisher_confirms=False)
        await self._channel.set_qos(prefetch_count=self.prefetch)
        if self._declare is not None:
            await self._declare(self._channel)
        self._under = await underlay_channel(self._channel)
        generation = self._generation

        def on_delivery(raw: SignedBytes, tag: int, is_repeated: bool) -> None:
            self._arrived.append(Delivery(raw, is_repeated, DeliveryTag(self, generation, tag)))
            self.arrivals += 1
            self._count_arrived(len(raw.body))
            self._something.set()

        async def on_message(message: object) -> None:
            """For aiormq, which gets no delivery of this channel."""

        self._channel.close_callbacks.add(on_lost)
        self._under.on_consumer_cancel_callbacks.add(on_lost)
        self._on_lost = on_lost
        connection.frames.give_channel(self._under.number, ArrivingDeliveries(on_delivery))
        await self._under.basic_consume(self.queue, on_message)

    async def receive_batch(self, most: int) -> list[Delivery]:
        while not self._arrived:
            self._something.clear()
            await self._something.wait()
        return self.take_arrived(most, RECEIVED_BYTES)

    def take_arrived(self, most: int, most_bytes: int) -> list[Delivery]:
        """The messages that are there, at most so many, and up to the first beyond so many bytes."""
        batch: list[Delivery] = []
        size = 0
        while self._arrived and len(batch) < most and size < most_bytes:
            batch.append(self._arrived.popleft())
            size += len(batch[-1].raw.body)
        self._count_arrived(-size)
        self._unfinished.extend(self._own_numbers(batch))
        return batch

    def _own_numbers(self, deliveries: Sequence[Delivery]) -> list[int]:
        """The broker's numbers of those deliveries that came to this subscription over the present connection."""
        tags = map(delivery_tag, deliveries)
        return [tag.number for tag in tags if tag.generation == self._generation and tag.subscription is self]

    def _count_arrived(self, size: int) -> None:
        """Count the bytes that nobody has received; RabbitMQ bounds unfinished messages by number only."""
        self.arrived_bytes += size
        if self._frames is not None:
            self._frames.pause_for(self, is_full=self.arrived_bytes >= self._most_bytes)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge all deliveries before the first unfinished message together, later ones one by one."""
        tags = set(self._own_numbers(deliveries))
        last = None
        while self._unfinished and self._unfinished[0] in tags:
            last = self._unfinished.popleft()
            tags.discard(last)
        behind = [tag for tag in self._unfinished if tag in tags] if tags else []
        async with self._acknowledging:
            under = self._under
            if under is None:
                return
            with suppress(Exception):
                if last is not None:
                    await under.basic_ack(last, multiple=True, wait=False)
                for tag in behind:
                    self._unfinished.remove(tag)
                    await under.basic_ack(tag, wait=False)

    async def take_share(self, place: int, of: int) -> None:
        """Nothing to give up: the replicas compete for the messages of one queue."""

    async def close(self) -> None:
        """Stop; the broker gives what is unfinished to others, in order.

        No acknowledgement follows the closing: RabbitMQ ends the whole connection over a word on a closed channel.
        """
        self._generation += 1
        async with self._acknowledging:
            self._under = None
        self._count_arrived(-self.arrived_bytes)
        self._arrived.clear()
        if self._channel is not None:
            if self._on_lost is not None:
                self._channel.close_callbacks.discard(self._on_lost)
            with suppress(Exception):  # a broker that ends just now, or is cut off, answers nothing
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._channel.close()


def topology_fault(error: Exception) -> BusError:
    """What an operator must mend at the broker, from the broker's refusal."""
    is_otherwise = isinstance(error, aiormq.exceptions.ChannelPreconditionFailed)
    return Unavailable("topology-changed" if is_otherwise else "queue-missing", str(error))


def delivery_tag(delivery: Delivery) -> DeliveryTag:
    """The tag of a delivery over RabbitMQ."""
    tag: Any = delivery.tag
    given: DeliveryTag = tag
    return given
