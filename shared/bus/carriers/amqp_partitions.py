"""The messages of an address in partitions: those of a case go to one replica, and to no other (decision 0037)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiormq  # noqa: TID251 - aio-pika's own lower half

from shared.bus.carriers.amqp_connection import OwnConnection
from shared.bus.carriers.amqp_declaring import (
    count_partitions,
    declare_partitions,
    end_partitions,
    partitions_fault,
)
from shared.bus.carriers.amqp_subscription import (
    MOST_ARRIVED_BYTES,
    RECEIVED_BYTES,
    TOPOLOGY_ERRORS,
    AmqpSubscription,
    OnLost,
    delivery_tag,
    topology_fault,
)
from shared.bus.carriers.topology import partition_queue
from shared.bus.carriers.transport import Delivery
from shared.bus.errors import BusError
from shared.bus.logs import log
from shared.bus.runtime.supervised_tasks import run_together

FEWEST_UNFINISHED = 16


class PartitionedSubscription:
    """The subscription to the one queue of an address and to its partitions.

    Every replica asks the broker for every partition; the broker gives each to the replica that asked first, and
    when that one is gone to the next. ``take_share`` gives up what is another's share, so that the work is spread.
    """

    def __init__(self, address: str, prefetch: int, count: int, *, is_declaring: bool) -> None:
        self._address = address
        self._prefetch = max(FEWEST_UNFINISHED, prefetch // count)
        self._count = count
        self._is_declaring = is_declaring
        self._something = asyncio.Event()
        self._parts: list[AmqpSubscription] = [self._make_part(address)]
        self._first = 0
        self._arrivals: dict[str, int] = {}
        self._connection: OwnConnection | None = None
        self._on_lost: OnLost | None = None
        self._fault: BusError | None = None

    @property
    def fault(self) -> BusError | None:
        """What an operator must mend at the broker, None where nothing."""
        return self._fault or next((part.fault for part in self._parts if part.fault), None)

    async def try_consuming(self, connection: OwnConnection, on_lost: OnLost) -> None:
        """Declare the partitions and consume over this connection; see ``AmqpSubscription.try_consuming``."""
        self._connection, self._on_lost = connection, on_lost
        try:
            count = await self._settle_partitions(connection)
            self._fault = None
        except TOPOLOGY_ERRORS as error:
            self._fault = topology_fault(error)
            log("broker.queue-fault", address=self._address, error=str(error))
            return
        for number in range(len(self._parts), count + 1):
            self._parts.append(self._make_part(partition_queue(self._address, number)))
        for part in self._parts:
            if part.connection is not connection:
                await part.try_consuming(connection, on_lost)

    async def _settle_partitions(self, connection: OwnConnection) -> int:
        """Have the broker spread the messages over as many partitions as are wanted; returns how many it has."""
        if not self._is_declaring:
            return self._count
        found = await count_partitions(connection, self._address)
        channel = await connection.channel(publisher_confirms=False)
        try:
            if self._count == 1:
                await end_partitions(channel, self._address)
            else:
                await declare_partitions(channel, self._address, self._count, max(0, found - self._count))
        except aiormq.exceptions.ConnectionCommandInvalid as error:
            raise partitions_fault(error) from None
        finally:
            if not channel.is_closed:
                await channel.close()
        return max(found, self._count)

    def _make_part(self, queue: str) -> AmqpSubscription:
        most_bytes = MOST_ARRIVED_BYTES // self._count
        return AmqpSubscription(queue, self._prefetch, None, something=self._something, most_bytes=most_bytes)

    async def receive_batch(self, most: int) -> list[Delivery]:
        while not (batch := self._take_arrived(most)):
            self._something.clear()
            await self._something.wait()
        return batch

    def _take_arrived(self, most: int) -> list[Delivery]:
        """What has arrived, from another partition first each time, so that none waits for a busy one."""
        self._first = (self._first + 1) % len(self._parts)
        batch: list[Delivery] = []
        size = 0
        for part in (*self._parts[self._first :], *self._parts[: self._first]):
            if len(batch) >= most or size >= RECEIVED_BYTES:
                break
            taken = part.take_arrived(most - len(batch), RECEIVED_BYTES - size)
            size += sum(len(delivery.raw.body) for delivery in taken)
            batch += taken
        return batch

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        by_part: dict[AmqpSubscription, list[Delivery]] = {}
        for delivery in deliveries:
            by_part.setdefault(delivery_tag(delivery).subscription, []).append(delivery)
        for part, own in by_part.items():
            await part.acknowledge(own)

    async def take_share(self, place: int, of: int) -> None:
        """Ask the broker anew for each partition that is the share of another replica and gave messages to this
        one since the last call: the other, which has asked before, gets the rest.
        """
        for number, part in enumerate(self._parts[1:]):
            is_reading = part.arrivals > self._arrivals.get(part.queue, 0)
            self._arrivals[part.queue] = part.arrivals
            if is_reading and number % of != place:
                await self._ask_anew(part)

    async def _ask_anew(self, part: AmqpSubscription) -> None:
        connection, on_lost = self._connection, self._on_lost
        if connection is None or on_lost is None or connection.is_closed:
            return
        log("broker.partition-given-up", address=part.queue)
        await part.close()
        await part.try_consuming(connection, on_lost)

    async def close(self) -> None:
        await run_together(part.close() for part in self._parts)
