"""The carrier over RabbitMQ; the modules ``amqp…`` are the only ones that use AMQP.

Exchanges and queues are those of ``shared/bus/carriers/topology.py``. Messages are persistent, published
``mandatory`` with confirms.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import aio_pika  # noqa: TID251 - this is the one file
import aiormq  # noqa: TID251 - aio-pika's own lower half
from aio_pika.abc import AbstractChannel  # noqa: TID251

from shared.bus.carriers.amqp_connection import OwnConnection, close_quietly, underlay_channel
from shared.bus.carriers.amqp_declaring import declare_address, declare_exchange, inspect_address, is_partitioned
from shared.bus.carriers.amqp_frames import publish_window
from shared.bus.carriers.amqp_incoming import PublisherConfirms
from shared.bus.carriers.amqp_partitions import PartitionedSubscription
from shared.bus.carriers.amqp_subscription import TOPOLOGY_ERRORS, AmqpSubscription, topology_fault
from shared.bus.carriers.topology import EXCHANGE, own_exchange
from shared.bus.carriers.transport import QueueState, TransportMessage
from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log
from shared.bus.runtime.supervised_tasks import SupervisedTasks, end_if_cancelled

LONGEST_PAUSE = 5.0
ATTACH_SECONDS = 15.0
MEND_SECONDS = 1.0
"""The pause between two attempts to consume from a queue that the broker has otherwise, or not at all."""

Subscription = AmqpSubscription | PartitionedSubscription


class AmqpTransport:
    """One connection of a process to RabbitMQ, restored whenever it breaks.

    ``own_address`` is that of a system with an account of its own at the broker: the transport then declares
    nothing and publishes through the system's own exchange. With ``authority`` (PEM) the broker must prove its
    name by that authority. ``partitions``: over how many queues the messages to a subscribed address are spread.
    """

    def __init__(
        self,
        url: str,
        name: str,
        patience: float = 30.0,
        own_address: str | None = None,
        authority: Path | None = None,
        partitions: int = 1,
    ) -> None:
        self._url = url
        self._authority = authority
        self._name = name
        self._patience = patience
        self._partitions = partitions
        self._is_declaring = own_address is None
        self._exchange = EXCHANGE if own_address is None else own_exchange(own_address)
        self._connection: OwnConnection | None = None
        self._out: aiormq.Channel | None = None
        self._confirms = PublisherConfirms()
        self._subscriptions: list[Subscription] = []
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
            await close_quietly(self._connection)

    @property
    def is_connected(self) -> bool:
        return self._out is not None and not self._lost.is_set()

    @property
    def fault(self) -> BusError | None:
        return self._exchange_fault or next((each.fault for each in self._subscriptions if each.fault), None)

    async def subscribe(self, address: str, prefetch: int) -> Subscription:
        connection = self._connection
        if connection is None:
            raise Unavailable("broker-unavailable", "open the transport first")
        try:
            async with asyncio.timeout(ATTACH_SECONDS):
                subscription = await self._make_subscription(connection, address, prefetch)
                await subscription.try_consuming(connection, self._loss_callback(connection))
        except Unavailable:
            raise
        except Exception as error:
            raise Unavailable("broker-unavailable", repr(error)) from None
        self._subscriptions.append(subscription)
        return subscription

    async def _make_subscription(self, connection: OwnConnection, address: str, prefetch: int) -> Subscription:
        if self._partitions > 1 or (self._is_declaring and await is_partitioned(connection, address)):
            return PartitionedSubscription(address, prefetch, self._partitions, is_declaring=self._is_declaring)
        return AmqpSubscription(
            address, prefetch, partial(declare_address, address=address) if self._is_declaring else None
        )

    async def inspect_queue(self, address: str) -> QueueState | None:
        connection = self._connection
        if connection is None or not self.is_connected:
            raise Unavailable("broker-unavailable", "not connected")
        try:
            async with asyncio.timeout(ATTACH_SECONDS):
                return await inspect_address(connection, address)
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
            end_if_cancelled()
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
            await declare_exchange(channel)
            self._exchange_fault = None
        except TOPOLOGY_ERRORS as error:
            self._exchange_fault = topology_fault(error)
            raise

    def _loss_callback(self, connection: OwnConnection) -> Callable[..., None]:
        """The callback for a loss of ``connection``; losses of older connections are ignored."""

        def on_lost(*_: Any) -> None:
            if connection is self._connection:
                self._lost.set()

        return on_lost

    async def _keep_connected(self) -> None:
        while True:
            end_if_cancelled()
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
            end_if_cancelled()
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
