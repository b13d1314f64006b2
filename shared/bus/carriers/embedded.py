"""The carrier inside one process: bytes through queues, nothing installed.

The carrier has no disk, so it confirms a message only when the receiver has finished it, that is, has stored it in
the receiver's own database. A message interrupted by a crash stays in the sender's outbox and is published again
at the next start.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from shared.bus.carriers.transport import NO_ADDRESS, Delivery, QueueState, TransportMessage
from shared.bus.errors import BusError, Unavailable


class _AddressQueue:
    def __init__(self) -> None:
        self.waiting: deque[Delivery] = deque()
        self.arrived = asyncio.Event()
        self.subscriptions = 0

    def put_delivery(self, delivery: Delivery) -> None:
        self.waiting.append(delivery)
        self.arrived.set()

    def remove_subscriber(self, unfinished: Sequence[Delivery]) -> None:
        """Remove a subscriber; with the last one, all messages return to their senders as Unavailable
        ``receiver-stopped``.
        """
        self.subscriptions -= 1
        self.waiting.extendleft(replace(d, redelivered=True) for d in reversed(unfinished))
        self.arrived.set()
        if self.subscriptions == 0:
            for delivery in self.waiting:
                _confirm_delivery(delivery, Unavailable("receiver-stopped", "the receiver was stopped"))
            self.waiting.clear()


def _confirm_delivery(delivery: Delivery, fault: BusError | None) -> None:
    confirmation = delivery.tag
    assert isinstance(confirmation, asyncio.Future)  # noqa: S101 - we made it
    if not confirmation.done():
        confirmation.set_result(fault)


class _EmbeddedSubscription:
    def __init__(self, address: _AddressQueue, prefetch: int) -> None:
        self._address = address
        self._prefetch = prefetch
        self._unfinished: dict[int, Delivery] = {}
        self._is_closed = False
        self._room = asyncio.Event()
        self._room.set()

    async def receive_batch(self, most: int) -> list[Delivery]:
        while True:
            await self._room.wait()
            await self._address.arrived.wait()
            if batch := self._receive_now(most):
                return batch
            await asyncio.sleep(0)

    def _receive_now(self, most: int) -> list[Delivery]:
        waiting = self._address.waiting
        room = min(most, self._prefetch - len(self._unfinished), len(waiting))
        batch = [waiting.popleft() for _ in range(room)]
        self._unfinished.update((id(d.tag), d) for d in batch)
        if not waiting:
            self._address.arrived.clear()
        if len(self._unfinished) >= self._prefetch:
            self._room.clear()
        return batch

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if self._unfinished.pop(id(delivery.tag), None) is not None:
                _confirm_delivery(delivery, None)
        self._room.set()

    async def take_share(self, place: int, of: int) -> None:
        """Nothing to leave: there is one process."""

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        unfinished = list(self._unfinished.values())
        self._unfinished.clear()
        self._address.remove_subscriber(unfinished)


class EmbeddedTransport:
    """The whole network of a process: all services of the process share one instance."""

    def __init__(self) -> None:
        self._addresses: dict[str, _AddressQueue] = {}
        self._is_open = False

    async def open(self) -> None:
        self._is_open = True

    async def close(self) -> None:
        self._is_open = False

    @property
    def is_connected(self) -> bool:
        return self._is_open

    @property
    def fault(self) -> BusError | None:
        return None

    async def subscribe(self, address: str, prefetch: int) -> _EmbeddedSubscription:
        queue = self._addresses.setdefault(address, _AddressQueue())
        queue.subscriptions += 1
        return _EmbeddedSubscription(queue, prefetch)

    async def inspect_queue(self, address: str) -> QueueState | None:
        queue = self._addresses.get(address)
        return None if queue is None else QueueState(len(queue.waiting), queue.subscriptions)

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        loop = asyncio.get_running_loop()
        confirmations: list[asyncio.Future[BusError | None]] = [loop.create_future() for _ in messages]
        for message, confirmation in zip(messages, confirmations, strict=True):
            queue = self._addresses.get(message.address)
            if queue is None:
                confirmation.set_result(Unavailable(NO_ADDRESS, message.address))
            elif queue.subscriptions == 0:
                confirmation.set_result(Unavailable("receiver-stopped", message.address))
            else:
                queue.put_delivery(Delivery(message.raw, redelivered=False, tag=confirmation))
        return list(await asyncio.gather(*confirmations))
