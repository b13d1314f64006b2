"""Both carriers for one test suite: transports, and addresses that no other test uses."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack

import aio_pika  # noqa: TID251 - the tests look at the broker past the transport

from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.carriers.transport import Delivery, MessageSubscription, SignedBytes, Transport, TransportMessage

# For ``rabbitmqctl eval``: RabbitMQ 3.10 writes new quorum queues to disk every three minutes; a broker killed
# right after the broker made a queue never finds the queue again.
REMEMBER_QUEUES = "[dets:sync(Table) || Table <- dets:all()]."


class Carrier:
    """The embedded carrier, or the RabbitMQ at ``url``; everything made here is closed and removed with the
    carrier.
    """

    def __init__(self, url: str | None) -> None:
        self.url = url
        self.suffix = f"-{secrets.token_hex(4)}"
        self._embedded = EmbeddedTransport()
        self._addresses: set[str] = set()
        self._stack = AsyncExitStack()

    def address(self, name: str = "desk") -> str:
        self._addresses.add(name + self.suffix)
        return name + self.suffix

    async def transport(self, url: str | None = None, patience: float = 30.0, partitions: int = 1) -> Transport:
        """An open transport: always the same one for the embedded carrier, a new connection each time for AMQP."""
        address = url or self.url
        if address is None:
            await self._embedded.open()
            return self._embedded
        transport = AmqpTransport(address, "tests", patience, partitions=partitions)
        await transport.open()
        self._stack.push_async_callback(transport.close)
        return transport

    async def delete(self, address: str) -> None:
        """Delete an address while a subscriber listens there."""
        assert self.url is not None
        await remove(self.url, {address})

    async def close(self) -> None:
        await self._stack.aclose()
        if self.url is not None:
            await remove(self.url, self._addresses)


async def remove(url: str, addresses: set[str]) -> None:
    """Delete the queues of ``addresses``, their partitions and their dead-letter queues."""
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        for address in addresses:
            for queue in (address, f"{address}.dead", *(f"{address}.{number}" for number in range(1, 9))):
                await channel.queue_delete(queue)
            await channel.exchange_delete(f"{address}.cases")


async def dead_of(url: str, address: str, seconds: float = 20) -> tuple[bytes, dict[str, object]] | None:
    """The body and headers of the message in ``<address>.dead``, or None."""
    connection = await aio_pika.connect(url)
    deadline = asyncio.get_running_loop().time() + seconds
    async with connection, connection.channel() as channel:
        queue = await channel.declare_queue(f"{address}.dead", passive=True)
        while (message := await queue.get(fail=False)) is None:
            if asyncio.get_running_loop().time() > deadline:
                return None
            await asyncio.sleep(0.05)
        await message.ack()
        return message.body, dict(message.headers)


def outgoing(
    address: str, n: int = 1, body: bytes | None = None, hop: str | None = None, case: str = "case-1"
) -> TransportMessage:
    """A message for ``address``; the carrier does not look at its contents."""
    content = body if body is not None else f"message {n}".encode()
    return TransportMessage(address, "UPDATE", f"id-{n}", case, SignedBytes(content, f"signature {n}", hop))


async def taken(subscription: MessageSubscription, count: int, seconds: float = 20) -> list[Delivery]:
    """The next ``count`` deliveries, or those that arrive within ``seconds``."""
    found: list[Delivery] = []
    try:
        async with asyncio.timeout(seconds):
            while len(found) < count:
                found += await subscription.receive_batch(count - len(found))
    except TimeoutError:
        pass
    return found


def bodies(deliveries: Sequence[Delivery]) -> list[bytes]:
    return [delivery.raw.body for delivery in deliveries]
