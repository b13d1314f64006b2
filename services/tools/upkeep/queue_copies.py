"""The messages under way at the broker: copied while nobody takes them, and put back.

A copy takes every message of a queue without finishing any, so that the broker puts them back when the connection
ends. Their order does not matter: receivers put the messages of a case in order by their numbers.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from services.tools.upkeep.stores import SystemStore
from shared.bus.carriers.transport import SignedBytes, Transport, TransportMessage
from shared.bus.errors import Malformed
from shared.bus.messages.message import MessageType, read_header

WAIT_SECONDS = 30.0
STILL_SECONDS = 0.5
"""A queue that gives nothing for so long is empty."""
BATCH = 1000
UNREADABLE = "unreadable"
"""The id, for listeners, of a message whose envelope nobody can read."""
MOST_MESSAGES = 60_000
"""Messages of one queue that can be copied: AMQP's bound on messages that wait for their acknowledgement."""

QueuedMessages = Mapping[str, list[dict[str, Any]]]
"""By address, the messages of its queue."""


async def copy_queues(stores: Iterable[SystemStore]) -> QueuedMessages:
    """The messages that wait at the broker for these systems; nothing where the systems have no broker.

    Unavailable ``broker-unavailable``.
    """
    chosen = _with_broker(stores)
    copies = await asyncio.gather(*map(_copy_queue, chosen))
    return {str(store.instance.address): copy for store, copy in zip(chosen, copies, strict=True) if copy}


async def put_back_queues(stores: Iterable[SystemStore], copies: QueuedMessages) -> None:
    """Empty the queues of these systems and publish the copied messages; Unavailable ``broker-unavailable``."""
    chosen = _with_broker(stores)
    await asyncio.gather(*(_put_back(store, copies.get(str(store.instance.address), ())) for store in chosen))


async def _copy_queue(store: SystemStore) -> list[dict[str, Any]]:
    async with _connect(store) as transport:
        return [_write_message(raw) for raw in await _take_all(store, transport, finishes=False)]


async def _put_back(store: SystemStore, copies: Iterable[Mapping[str, Any]]) -> None:
    async with _connect(store) as transport:
        await _take_all(store, transport, finishes=True)
        messages = [_read_message(str(store.instance.address), facts) for facts in copies]
        for fault in await transport.publish(messages):
            if fault is not None:
                raise fault


def _with_broker(stores: Iterable[SystemStore]) -> list[SystemStore]:
    return [store for store in stores if store.settings.amqp_url is not None and store.instance.address]


@asynccontextmanager
async def _connect(store: SystemStore) -> AsyncIterator[Transport]:
    # imported late: an installation without a broker does not wait for the import
    from shared.bus.carriers.amqp import AmqpTransport

    assert store.settings.amqp_url is not None  # noqa: S101 - chosen so
    transport = AmqpTransport(
        store.settings.amqp_url,
        "upkeep",
        WAIT_SECONDS,
        authority=store.settings.servers_ca,
        partitions=store.settings.partitions,
    )
    await transport.open()
    try:
        yield transport
    finally:
        await transport.close()


async def _take_all(store: SystemStore, transport: Transport, *, finishes: bool) -> list[SignedBytes]:
    """Every message of the system's queue: the broker counts late, so the queue must also have been still."""
    subscription = await transport.subscribe(str(store.instance.address), MOST_MESSAGES)
    taken: list[SignedBytes] = []
    try:
        while True:
            try:
                async with asyncio.timeout(STILL_SECONDS):
                    deliveries = await subscription.receive_batch(BATCH)
            except TimeoutError:
                state = await transport.inspect_queue(str(store.instance.address))
                if state is None or state.messages == 0:
                    return taken
                continue
            taken += [delivery.raw for delivery in deliveries]
            if finishes:
                await subscription.acknowledge(deliveries)
    finally:
        await subscription.close()


def _write_message(raw: SignedBytes) -> dict[str, Any]:
    return {"body": b64encode(raw.body).decode(), "signature": raw.signature, "hop": raw.hop}


def _read_message(address: str, facts: Mapping[str, Any]) -> TransportMessage:
    raw = SignedBytes(b64decode(facts["body"]), facts["signature"], facts["hop"])
    try:
        info = read_header(raw.body).message_info
    except Malformed:  # its receiver buries it, as it would have before
        return TransportMessage(address, MessageType.REQUEST, UNREADABLE, UNREADABLE, raw)
    return TransportMessage(address, info.message_type, info.message_id, info.correlation_id, raw)
