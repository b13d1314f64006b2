"""The frames that the carrier reads itself, against pamqp's own writer of frames."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiormq import spec  # noqa: TID251 - the frames of the broker's side
from pamqp.body import ContentBody
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from shared.bus.carriers.amqp_incoming import (
    HEARTBEAT,
    ArrivingDeliveries,
    IncomingFrames,
    PublisherConfirms,
    read_headers,
)
from shared.bus.carriers.transport import NO_ADDRESS, SignedBytes

CONSUMING, PUBLISHING, OTHER = 1, 2, 3
QOS_OK = marshal(spec.Basic.QosOk(), OTHER)


def make_header(headers: dict[str, Any] | None, size: int = 0, **properties: Any) -> ContentHeader:
    return ContentHeader(body_size=size, properties=spec.Basic.Properties(headers=headers, **properties))


def make_delivery(tag: int, body: bytes, *, redelivered: bool = False, piece: int = 7) -> bytes:
    deliver = spec.Basic.Deliver(
        consumer_tag="ctag1", delivery_tag=tag, redelivered=redelivered, exchange="bus", routing_key="a.REQUEST"
    )
    header = make_header({"signature": f"signed {tag}", "hop": "forwarded"}, len(body), content_type="text/plain")
    pieces = [marshal(ContentBody(body[place : place + piece]), CONSUMING) for place in range(0, len(body), piece)]
    return b"".join([marshal(deliver, CONSUMING), marshal(header, CONSUMING), *pieces])


def make_return(tag: int) -> bytes:
    method = spec.Basic.Return(reply_code=312, reply_text="NO_ROUTE", exchange="bus", routing_key="nobody")
    header = make_header({"signature": "signed"}, 3, message_id=str(tag))
    return marshal(method, PUBLISHING) + marshal(header, PUBLISHING) + marshal(ContentBody(b"abc"), PUBLISHING)


class Wire:
    """The reader with a consuming and a publishing channel, fed by hand."""

    def __init__(self) -> None:
        self.stream = asyncio.StreamReader()
        self.frames = IncomingFrames(self.stream)
        self.delivered: list[tuple[SignedBytes, int, bool]] = []
        self.confirms = PublisherConfirms()
        self.frames.give_channel(CONSUMING, ArrivingDeliveries(lambda *arrived: self.delivered.append(arrived)))
        self.frames.give_channel(PUBLISHING, self.confirms)

    async def feed(self, *frames: bytes) -> None:
        """Feed frames, and read up to the frame of another channel behind them."""
        self.stream.feed_data(b"".join(frames) + QOS_OK)
        while not (await self._read_frame()).startswith(QOS_OK[:3]):
            pass

    async def _read_frame(self) -> bytes:
        head = await self.frames.readexactly(7)
        return head + await self.frames.readexactly(int.from_bytes(head[3:]) + 1)


@pytest.fixture
async def wire() -> Wire:
    return Wire()


async def test_delivery_is_read_whole_from_frames_of_any_number(wire: Wire) -> None:
    await wire.feed(make_delivery(1, b"a long body in pieces"), make_delivery(2, b"", redelivered=True))
    assert wire.delivered == [
        (SignedBytes(b"a long body in pieces", "signed 1", "forwarded"), 1, False),
        (SignedBytes(b"", "signed 2", "forwarded"), 2, True),
    ]


async def test_delivery_is_read_whole_however_the_stream_is_cut(wire: Wire) -> None:
    for byte in make_delivery(1, b"body") + QOS_OK:
        wire.stream.feed_data(bytes((byte,)))
        wire.frames._sort_frames()
        if wire.stream._buffer:  # type: ignore[attr-defined] # what has arrived and was not read yet
            wire.frames._arrived += await wire.stream.read(1)
            wire.frames._sort_frames()
    assert [arrived[0].body for arrived in wire.delivered] == [b"body"]
    assert (await wire.frames.readexactly(len(HEARTBEAT) + len(QOS_OK))).endswith(QOS_OK)


async def test_library_reads_every_frame_of_another_channel_as_it_came(wire: Wire) -> None:
    frames = marshal(spec.Channel.OpenOk(), OTHER) + HEARTBEAT + QOS_OK
    wire.stream.feed_data(frames)
    assert await wire.frames.readexactly(len(frames)) == frames


async def test_library_hears_that_a_connection_lives_that_only_delivers(wire: Wire) -> None:
    wire.stream.feed_data(make_delivery(1, b"body"))
    assert await wire.frames.readexactly(len(HEARTBEAT)) == HEARTBEAT


async def test_library_reads_what_is_no_frame(wire: Wire) -> None:
    wire.stream.feed_data(b"AMQP\0\0\x09\x01")
    assert await wire.frames.readexactly(8) == b"AMQP\0\0\x09\x01"


async def test_library_reads_a_frame_with_a_wrong_end(wire: Wire) -> None:
    spoilt = marshal(spec.Basic.Ack(1), PUBLISHING)[:-1] + b"\0"
    wire.stream.feed_data(spoilt)
    assert await wire.frames.readexactly(len(spoilt)) == spoilt


async def test_channel_that_ended_is_the_librarys_again(wire: Wire) -> None:
    close, reused = marshal(spec.Channel.Close(404, "gone", 60, 60), CONSUMING), make_delivery(1, b"body")
    wire.stream.feed_data(close + reused)
    assert await wire.frames.readexactly(len(close + reused)) == close + reused
    assert not wire.delivered


async def test_stream_that_ends_inside_a_frame_is_an_incomplete_read(wire: Wire) -> None:
    wire.stream.feed_data(make_delivery(1, b"body")[:-3])
    wire.stream.feed_eof()
    with pytest.raises(asyncio.IncompleteReadError):
        await wire.frames.readexactly(len(HEARTBEAT) + 1)


TABLES: tuple[dict[str, Any], ...] = (
    {"signature": "s", "hop": "h"},
    {"x-delivery-count": 3, "signature": "s"},
    {"signature": "\u0436" * 300, "nested": {"deep": [1, "two", None]}, "when": True},
    {},
)
PROPERTIES = {"content_type": "a/b", "content_encoding": "utf-8", "message_id": "7"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: ",".join(table) or "none")
@pytest.mark.parametrize("properties", [{}, PROPERTIES], ids=["few", "many"])
def test_headers_are_read_as_the_library_reads_them(table: dict[str, Any], properties: dict[str, str]) -> None:
    header = make_header(table or None, 5, **properties)
    assert read_headers(header.marshal()) == table


@pytest.mark.parametrize("cut", range(12, 40, 3))
def test_headers_that_nobody_can_read_are_none_and_no_fault_of_the_connection(cut: int) -> None:
    payload = make_header({"signature": "s" * 60, "x-count": 3}).marshal()
    assert set(read_headers(payload[:cut])) <= {"signature", "x-count"}


async def test_confirm_of_many_settles_all_before_it(wire: Wire) -> None:
    first, second = (wire.confirms.expect_window(3, asyncio.Future()) for _ in range(2))
    await wire.feed(marshal(spec.Basic.Ack(4, multiple=True), PUBLISHING))
    assert first.done.done()
    assert first.results == ["", "", ""]
    assert not second.done.done()
    assert second.results == ["", None, None]


async def test_confirms_out_of_order_settle_each_its_own_message(wire: Wire) -> None:
    window = wire.confirms.expect_window(3, asyncio.Future())
    await wire.feed(*(marshal(spec.Basic.Ack(tag), PUBLISHING) for tag in (3, 1)))
    assert window.results == ["", None, ""]
    assert not window.done.done()
    await wire.feed(marshal(spec.Basic.Nack(2), PUBLISHING))
    assert window.results == ["", "broker-refused", ""]
    assert window.done.done()


async def test_returned_message_is_not_taken_for_stored_by_its_confirm(wire: Wire) -> None:
    window = wire.confirms.expect_window(3, asyncio.Future())
    await wire.feed(make_return(2), marshal(spec.Basic.Ack(3, multiple=True), PUBLISHING))
    assert window.results == ["", NO_ADDRESS, ""]


async def test_confirm_of_a_window_that_was_given_up_is_ignored(wire: Wire) -> None:
    given_up, later = (wire.confirms.expect_window(1, asyncio.Future()) for _ in range(2))
    wire.confirms.forget_window(given_up)
    await wire.feed(*(marshal(spec.Basic.Ack(tag), PUBLISHING) for tag in (1, 2, 9)))
    assert given_up.results == [None]
    assert later.results == [""]


async def test_other_frames_of_the_publishing_channel_are_the_librarys(wire: Wire) -> None:
    frame = marshal(spec.Channel.Flow(active=False), PUBLISHING)
    wire.stream.feed_data(frame)
    assert await wire.frames.readexactly(len(frame)) == frame
