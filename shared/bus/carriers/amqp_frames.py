"""A window of messages as AMQP frames, written at once (decision 0012)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import aio_pika  # noqa: TID251 - half of the carrier over RabbitMQ
import aiormq  # noqa: TID251 - aio-pika's own lower half
from aiormq.abc import ChannelFrame  # noqa: TID251
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from shared.bus.carriers.amqp_values import CONTENT_TYPE, HOP, MESSAGE_ID, PERSISTENT, SIGNATURE, short_string
from shared.bus.carriers.transport import NEVER_TAKEN, NO_ADDRESS, TransportMessage
from shared.bus.errors import BusError, Unavailable

CONFIRM_SECONDS = 30.0


async def publish_window(
    out: aiormq.Channel, exchange: str, messages: Sequence[TransportMessage]
) -> list[BusError | None]:
    """Publish a window in one write, then collect its confirms.

    This bypasses aio-pika and aiormq's ``basic_publish``, which need a task, a lock, a timer and a flush for each
    message: a third of a forwarder's time (decision 0012; held by the contract suite).
    """
    async with out.lock:
        tags = range(out.delivery_tag + 1, out.delivery_tag + 1 + len(messages))
        tagged = zip(tags, messages, strict=True)  # an unencodable message fails before it gets a delivery tag
        frame_bytes = b"".join(_publish_frames(out, exchange, message, tag) for tag, message in tagged)
        confirmations = [out.create_future() for _ in tags]
        out.confirmations.update(zip(tags, confirmations, strict=True))
        out.message_id_delivery_tag.update((str(tag), tag) for tag in tags)
        out.delivery_tag += len(messages)
        await out.write_queue.put(ChannelFrame(frame_bytes, should_close=False))
    try:
        async with asyncio.timeout(CONFIRM_SECONDS):
            results = await asyncio.gather(*confirmations, return_exceptions=True)
    finally:
        for tag in tags:
            out.message_id_delivery_tag.pop(str(tag), None)
    return [_publish_error(result, message) for result, message in zip(results, messages, strict=True)]


def _publish_frames(out: aiormq.Channel, exchange: str, message: TransportMessage, tag: int) -> bytes:
    body = message.raw.body
    publish = _publish_frame(out.number, exchange, f"{message.address}.{message.message_type}")
    header = marshal(ContentHeader(properties=_amqp_properties(message, tag), body_size=len(body)), out.number)
    return b"".join((publish, header, *(marshal(part, out.number) for part in out._split_body(body))))


@lru_cache(maxsize=1024)
def _publish_frame(channel: int, exchange: str, key: str) -> bytes:
    """The first frame of a message, encoded once for each address and type."""
    return marshal(aiormq.spec.Basic.Publish(exchange=exchange, routing_key=key, mandatory=True), channel)


def _publish_error(result: Any, message: TransportMessage) -> BusError | None:
    if isinstance(result, aio_pika.exceptions.PublishError):
        return Unavailable(NO_ADDRESS, message.address)
    if isinstance(result, aio_pika.exceptions.ChannelPreconditionFailed):
        return Unavailable(NEVER_TAKEN, str(result))  # one message of this window, over the broker's size, say
    if isinstance(result, aio_pika.exceptions.DeliveryError):
        return Unavailable("broker-refused", message.address)
    if isinstance(result, BaseException):
        return Unavailable("broker-unavailable", repr(result))
    return None


def _amqp_properties(message: TransportMessage, tag: int) -> aiormq.spec.Basic.Properties:
    """The AMQP properties; ``message_id`` is unique for each publication.

    aiormq matches returned messages by ``message_id``, and one message published to two addresses must not be
    confirmed for the address that does not exist.
    """
    headers: dict[str, Any] = {SIGNATURE: message.raw.signature, MESSAGE_ID: message.message_id}
    if message.raw.hop is not None:
        headers[HOP] = message.raw.hop
    return aiormq.spec.Basic.Properties(
        headers=headers,
        content_type=CONTENT_TYPE,
        delivery_mode=PERSISTENT,
        correlation_id=short_string(message.correlation_id),
        message_id=str(tag),
        message_type=message.message_type,
    )
