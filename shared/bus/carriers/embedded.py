"""The carrier inside one process: bytes through queues, nothing installed.

There is no disk behind it, so it confirms a message only when its receiver has finished it, that is, has it in
its own database. What a crash interrupts stays in the sender's outbox and is published again at the next start.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from shared.bus.carriers.transport import Delivery, Outgoing
from shared.bus.errors import BusError, Unavailable


class _Address:
    def __init__(self) -> None:
        self.waiting: deque[Delivery] = deque()
        self.arrived = asyncio.Event()
        self.subscriptions = 0

    def put(self, delivery: Delivery) -> None:
        self.waiting.append(delivery)
        self.arrived.set()

    def leave(self, unfinished: Sequence[Delivery]) -> None:
        """One subscriber less; with the last one, everything goes back to its senders."""
        self.subscriptions -= 1
        self.waiting.extendleft(replace(d, redelivered=True) for d in reversed(unfinished))
        self.arrived.set()
        if self.subscriptions == 0:
            for delivery in self.waiting:
                _settle(delivery, Unavailable("receiver-stopped", "the receiver was stopped"))
            self.waiting.clear()


def _settle(delivery: Delivery, fault: BusError | None) -> None:
    confirmed = delivery.tag
    assert isinstance(confirmed, asyncio.Future)  # noqa: S101 - we made it
    if not confirmed.done():
        confirmed.set_result(fault)


class _Subscription:
    def __init__(self, address: _Address, prefetch: int) -> None:
        self._address = address
        self._prefetch = prefetch
        self._unfinished: dict[int, Delivery] = {}
        self._is_closed = False
        self._room = asyncio.Event()
        self._room.set()

    async def take(self, most: int) -> list[Delivery]:
        while True:
            await self._room.wait()
            await self._address.arrived.wait()
            if taken := self._take_now(most):
                return taken
            await asyncio.sleep(0)

    def _take_now(self, most: int) -> list[Delivery]:
        waiting = self._address.waiting
        room = min(most, self._prefetch - len(self._unfinished), len(waiting))
        taken = [waiting.popleft() for _ in range(room)]
        self._unfinished.update((id(d.tag), d) for d in taken)
        if not waiting:
            self._address.arrived.clear()
        if len(self._unfinished) >= self._prefetch:
            self._room.clear()
        return taken

    async def finish(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if self._unfinished.pop(id(delivery.tag), None) is not None:
                _settle(delivery, None)
        self._room.set()

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        unfinished = list(self._unfinished.values())
        self._unfinished.clear()
        self._address.leave(unfinished)


class EmbeddedTransport:
    """One object is the whole network of a process: give the same one to every service."""

    def __init__(self) -> None:
        self._addresses: dict[str, _Address] = {}
        self._is_open = False

    async def open(self) -> None:
        self._is_open = True

    async def close(self) -> None:
        self._is_open = False

    @property
    def is_connected(self) -> bool:
        return self._is_open

    async def subscribe(self, address: str, prefetch: int) -> _Subscription:
        place = self._addresses.setdefault(address, _Address())
        place.subscriptions += 1
        return _Subscription(place, prefetch)

    async def publish(self, messages: Sequence[Outgoing]) -> list[BusError | None]:
        loop = asyncio.get_running_loop()
        waiting: list[asyncio.Future[BusError | None]] = [loop.create_future() for _ in messages]
        for message, confirmed in zip(messages, waiting, strict=True):
            place = self._addresses.get(message.address)
            if place is None or place.subscriptions == 0:
                confirmed.set_result(Unavailable("no-such-address", message.address))
            else:
                place.put(Delivery(message.raw, redelivered=False, tag=confirmed))
        return list(await asyncio.gather(*waiting))
