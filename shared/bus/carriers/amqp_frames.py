"""A window of messages as AMQP frames, written at once (decision 0012)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache

import aio_pika  # noqa: TID251 - half of the carrier over RabbitMQ
import aiormq  # noqa: TID251 - aio-pika's own lower half
from aiormq.abc import ChannelFrame  # noqa: TID251
from pamqp.frame import marshal

from shared.bus.carriers.amqp_incoming import BODY, FRAME_END, FRAME_HEAD, HEADER, PublisherConfirms
from shared.bus.carriers.amqp_values import CONTENT_TYPE, HOP, MESSAGE_ID, PERSISTENT, SIGNATURE, short_string
from shared.bus.carriers.transport import NEVER_TAKEN, TransportMessage
from shared.bus.errors import BusError, Unavailable

CONFIRM_SECONDS = 30.0
_BASIC = 60
_FLAGS = 0xB4A0
"""Which properties a message has: content type, headers, delivery mode, correlation id, message id, type."""
_FLAGS_WITHOUT_CORRELATION = 0xB0A0


async def publish_window(
    out: aiormq.Channel, confirms: PublisherConfirms, exchange: str, messages: Sequence[TransportMessage]
) -> list[BusError | None]:
    """Publish a window in one write, then collect its confirms.

    This bypasses aio-pika and aiormq's ``basic_publish``, which need a task, a lock, a timer and a flush for each
    message: a third of a forwarder's time (decision 0012; held by the contract suite).
    """
    async with out.lock:
        numbered = enumerate(messages, confirms.next_tag)  # an unencodable message fails before it gets a tag
        frame_bytes = b"".join(_publish_frames(out, exchange, message, tag) for tag, message in numbered)
        window = confirms.expect_window(len(messages), out.create_future())
        await out.write_queue.put(ChannelFrame(frame_bytes, should_close=False))
    fault: BaseException | None = None
    try:
        async with asyncio.timeout(CONFIRM_SECONDS):
            if messages:
                (fault,) = await asyncio.gather(window.done, return_exceptions=True)
    finally:
        confirms.forget_window(window)
    return [_publish_error(code, fault, message) for code, message in zip(window.results, messages, strict=True)]


def _publish_frames(out: aiormq.Channel, exchange: str, message: TransportMessage, tag: int) -> bytes:
    """The frames of one message; the property ``message_id`` is the tag, by which a returned message is known: one
    message published to two addresses must not be confirmed for the address that does not exist.
    """
    body, most = message.raw.body, out.max_content_size
    publish = _publish_frame(out.number, exchange, f"{message.address}.{message.message_type}")
    header = _frame(HEADER, out.number, _content_header(message, tag))
    parts = (_frame(BODY, out.number, body[place : place + most]) for place in range(0, len(body), most))
    return b"".join((publish, header, *parts))


@lru_cache(maxsize=1024)
def _publish_frame(channel: int, exchange: str, key: str) -> bytes:
    """The first frame of a message, encoded once for each address and type."""
    return marshal(aiormq.spec.Basic.Publish(exchange=exchange, routing_key=key, mandatory=True), channel)


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return b"%b%b%c" % (FRAME_HEAD.pack(kind, channel, len(payload)), payload, FRAME_END)


def _content_header(message: TransportMessage, tag: int) -> bytes:
    """The size and the properties of a message (AMQP 0-9-1, 2.3.5.2)."""
    table = _table_entry(SIGNATURE, message.raw.signature) + _table_entry(MESSAGE_ID, message.message_id)
    if message.raw.hop is not None:
        table += _table_entry(HOP, message.raw.hop)
    correlation_id = short_string(message.correlation_id)
    return b"".join(
        (
            _BASIC.to_bytes(2),
            len(message.raw.body).to_bytes(10),  # two bytes of weight, which is 0, and eight of size
            (_FLAGS_WITHOUT_CORRELATION if correlation_id is None else _FLAGS).to_bytes(2),
            _short(CONTENT_TYPE),
            len(table).to_bytes(4),
            table,
            PERSISTENT.to_bytes(1),
            b"" if correlation_id is None else _short(correlation_id),
            _short(str(tag)),
            _short(message.message_type),
        )
    )


def _short(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(1) + encoded


def _table_entry(name: str, text: str) -> bytes:
    encoded = text.encode()
    return b"%bS%b%b" % (_short(name), len(encoded).to_bytes(4), encoded)


def _publish_error(code: str | None, fault: BaseException | None, message: TransportMessage) -> BusError | None:
    """The failure of a message; ``fault`` is that of the channel, for messages without an answer."""
    if code is not None:
        return Unavailable(code, message.address) if code else None
    if isinstance(fault, aio_pika.exceptions.ChannelPreconditionFailed):
        return Unavailable(NEVER_TAKEN, str(fault))  # one message of this window, over the broker's size, say
    return Unavailable("broker-unavailable", repr(fault))
