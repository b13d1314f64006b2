"""A connection to RabbitMQ whose deliveries and confirms aiormq does not read (decision 0032)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aio_pika  # noqa: TID251 - a part of the carrier over RabbitMQ
import aiormq  # noqa: TID251 - aio-pika's own lower half
from aio_pika.abc import AbstractChannel, AbstractConnection, TimeoutType  # noqa: TID251

from shared.bus.carriers.amqp_incoming import IncomingFactory, IncomingFrames

CLOSE_SECONDS = 3.0
"""How long a connection or a channel waits for the broker's answer to its closing."""


class OwnConnection(aio_pika.Connection):
    """A connection whose deliveries and confirms aiormq does not read, and that is closed when it could not be
    made.

    ``aio_pika.connect`` drops the connection of a failed attempt unclosed. The collector of any thread then makes
    a coroutine that would close it, and nobody awaits that coroutine.
    """

    @property
    def frames(self) -> IncomingFrames:
        """The frames of this connection, once it is made."""
        factory: IncomingFactory = self.kwargs["transport_factory"]
        assert factory.frames is not None  # noqa: S101 - connected
        return factory.frames

    async def connect(self, timeout: TimeoutType = None) -> None:  # noqa: ASYNC109 - aio-pika's own signature
        self.kwargs["transport_factory"] = IncomingFactory()
        try:
            await super().connect(timeout)
        except BaseException:
            await close_quietly(self)
            raise


async def close_quietly(connection: AbstractConnection) -> None:
    """Close a connection that may be broken, without a long wait for the broker."""
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_SECONDS):
            await connection.close()
    with suppress(Exception):  # the first call gave the transport away; the second marks the connection as closed
        async with asyncio.timeout(CLOSE_SECONDS):
            await connection.close()


async def underlay_channel(channel: AbstractChannel) -> aiormq.Channel:
    """aiormq's own channel below one of aio-pika."""
    underlay = await channel.get_underlay_channel()
    assert isinstance(underlay, aiormq.Channel)  # noqa: S101 - the only implementation
    return underlay
