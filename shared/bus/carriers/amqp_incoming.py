"""Takes deliveries and confirms out of the stream of AMQP frames before aiormq reads them (decision 0032).

aiormq needs an object for every frame, two queues and a task for every message. Frames of other kinds, and those
that are not as they should be, go on to aiormq as they came.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Any, Protocol

from aiormq.connection import TCPTransportFactory, TLSTransportFactory, TransportFactory  # noqa: TID251
from pamqp.header import ContentHeader
from yarl import URL

from shared.bus.carriers.amqp_values import HOP, SIGNATURE, header_text
from shared.bus.carriers.transport import NO_ADDRESS, SignedBytes
from shared.bus.logs import log

CHUNK = 256 * 1024
BEAT_SECONDS = 5.0
"""How often aiormq hears a heartbeat while the broker, busy with deliveries, sends none."""

METHOD, HEADER, BODY = 1, 2, 3
FRAME_HEAD = Struct(">BHI")
FRAME_END = 0xCE
HEARTBEAT = b"\x08\0\0\0\0\0\0\xce"
_DELIVER, _RETURN, _ACK, _NACK = (bytes((0, 60, 0, method)) for method in (60, 50, 80, 120))
_ENDS_OF_CHANNEL = (b"\0\x14\0\x28", b"\0\x14\0\x29")
_CONTENT_TYPE, _CONTENT_ENCODING, _HEADERS, _MORE_FLAGS = 0x8000, 0x4000, 0x2000, 0x0001
_LONG_STRING = ord("S")


class FrameTaker(Protocol):
    """What one channel takes out of the stream."""

    def take_frame(self, kind: int, payload: bytes) -> bool:
        """Take a frame; False for one that aiormq shall read."""


class IncomingFrames:
    """The frames of one connection, as the reader that aiormq gets (of asyncio's StreamReader it uses what is
    here).
    """

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._arrived = bytearray()
        self._passed = bytearray()
        self._takers: dict[int, FrameTaker] = {}
        self._last_beat = 0.0
        self._full: set[object] = set()
        self._room = asyncio.Event()
        self._room.set()

    def give_channel(self, number: int, taker: FrameTaker) -> None:
        """Have ``taker`` take frames of this channel until the channel ends."""
        self._takers[number] = taker

    def pause_for(self, receiver: object, *, is_full: bool) -> None:
        """Read no more of the stream while any receiver is full: the broker then keeps what it has."""
        (self._full.add if is_full else self._full.discard)(receiver)
        (self._room.clear if self._full else self._room.set)()

    def at_eof(self) -> bool:
        return not self._passed and not self._arrived and self._stream.at_eof()

    async def readexactly(self, size: int) -> bytes:
        while len(self._passed) < size:
            await self._room.wait()
            chunk = await self._stream.read(CHUNK)
            if not chunk:
                raise asyncio.IncompleteReadError(bytes(self._passed), size)
            self._arrived += chunk
            self._sort_frames()
        data = bytes(self._passed[:size])
        del self._passed[:size]
        return data

    async def read(self) -> bytes:
        """All that the library has not read yet, to the end of the stream."""
        rest = bytes(self._passed + self._arrived) + await self._stream.read()
        self._passed.clear()
        self._arrived.clear()
        return rest

    def _sort_frames(self) -> None:
        arrived, start, is_any_taken = self._arrived, 0, False
        while len(arrived) - start >= FRAME_HEAD.size:
            kind, channel, size = FRAME_HEAD.unpack_from(arrived, start)
            end = start + FRAME_HEAD.size + size + 1
            if kind not in (METHOD, HEADER, BODY) and not arrived.startswith(HEARTBEAT, start):
                end = len(arrived)  # no frame: what aiormq makes of it is a fault of the connection
            if len(arrived) < end:
                break
            taker = self._takers.get(channel)
            payload = b"" if taker is None else bytes(arrived[start + FRAME_HEAD.size : end - 1])
            if taker is not None and arrived[end - 1] == FRAME_END and taker.take_frame(kind, payload):
                is_any_taken = True
            else:
                self._pass_frame(channel, payload, arrived[start:end])
            start = end
        del arrived[:start]
        if is_any_taken:
            self._beat()

    def _pass_frame(self, channel: int, payload: bytes, frame: bytearray) -> None:
        if payload.startswith(_ENDS_OF_CHANNEL):
            del self._takers[channel]
        self._passed += frame

    def _beat(self) -> None:
        """Show aiormq that the connection lives: it counts the frames that it reads."""
        now = asyncio.get_running_loop().time()
        if now - self._last_beat >= BEAT_SECONDS:
            self._last_beat = now
            self._passed += HEARTBEAT


class IncomingFactory(TransportFactory):
    """Makes the connection for aiormq (its ``transport_factory``), and keeps the reader as ``frames``."""

    def __init__(self) -> None:
        self.frames: IncomingFrames | None = None

    async def create(self, url: URL, **options: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        factory = TLSTransportFactory() if url.scheme == "amqps" else TCPTransportFactory()
        reader, writer = await factory.create(url, **options)
        self.frames = IncomingFrames(reader)
        frames: Any = self.frames
        return frames, writer


class ArrivingDeliveries:
    """The deliveries of a consuming channel; ``on_delivery`` gets bytes, tag, and whether they came before."""

    def __init__(self, on_delivery: Callable[[SignedBytes, int, bool], None]) -> None:
        self._on_delivery = on_delivery
        self._method = b""
        self._header: bytes | None = None
        self._missing = 0
        self._parts: list[bytes] = []

    def take_frame(self, kind: int, payload: bytes) -> bool:
        if kind == METHOD:
            if self._method or not payload.startswith(_DELIVER):
                return False
            self._method = payload
            return True
        if not self._method or (kind == HEADER) != (self._header is None):
            return False
        if kind == HEADER:
            self._header, self._missing = payload, int.from_bytes(payload[4:12])
        else:
            self._parts.append(payload)
            self._missing -= len(payload)
        if self._missing <= 0:
            self._finish()
        return True

    def _finish(self) -> None:
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        method, header = self._method, self._header or b""
        self._method, self._header, self._parts = b"", None, []
        tag_at = 5 + method[4]  # behind the consumer's tag
        headers = read_headers(header)
        raw = SignedBytes(body, header_text(headers.get(SIGNATURE)) or "", header_text(headers.get(HOP)))
        self._on_delivery(raw, int.from_bytes(method[tag_at : tag_at + 8]), bool(method[tag_at + 8] & 1))


def read_headers(payload: bytes) -> dict[str, Any]:
    """The table ``headers`` of the properties in a content header; without a readable table, none."""
    try:
        headers = _read_plain_headers(payload)
        if headers is None:
            properties = ContentHeader()
            properties.unmarshal(payload)
            headers = properties.properties.headers or {}
        return headers
    except Exception as error:  # whatever a library raises at bytes that the broker took
        log("broker.headers-unreadable", error=type(error).__name__)
        return {}


def _read_plain_headers(payload: bytes) -> dict[str, Any] | None:
    """The table, where all its values are strings; None for any other."""
    flags, place = int.from_bytes(payload[12:14]), 14
    if flags & _MORE_FLAGS:
        return None
    for flag in (_CONTENT_TYPE, _CONTENT_ENCODING):
        if flags & flag:
            place += 1 + payload[place]
    if not flags & _HEADERS:
        return {}
    end = place + 4 + int.from_bytes(payload[place : place + 4])
    place += 4
    headers: dict[str, Any] = {}
    while place < end:
        kind_at = place + 1 + payload[place]
        value_at = kind_at + 5
        if payload[kind_at] != _LONG_STRING:
            return None
        value_end = value_at + int.from_bytes(payload[kind_at + 1 : value_at])
        headers[payload[place + 1 : kind_at].decode()] = _read_text(payload[value_at:value_end])
        place = value_end
    return headers


def _read_text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


@dataclass(eq=False)
class PublishedWindow:
    """Messages whose confirms are awaited: ``first`` is the tag of the first; a result is None until the broker
    answers, then "" for a stored message or the code of the failure.
    """

    first: int
    results: list[str | None]
    done: asyncio.Future[None]

    def settle(self, tag: int, code: str) -> None:
        """Note the broker's answer to one message, unless there is one already."""
        place = tag - self.first
        if self.results[place] is None:
            self.results[place] = code


class PublisherConfirms:
    """The confirms of a publishing channel, on which nobody else publishes."""

    def __init__(self) -> None:
        self._last_tag = 0
        self._windows: deque[PublishedWindow] = deque()
        self._is_returning = False

    @property
    def next_tag(self) -> int:
        """The tag that the broker will give to the next message."""
        return self._last_tag + 1

    def expect_window(self, count: int, done: asyncio.Future[None]) -> PublishedWindow:
        """Await the confirms of the next ``count`` messages; ``done`` ends with the last of them."""
        window = PublishedWindow(self.next_tag, [None] * count, done)
        self._last_tag += count
        self._windows.append(window)
        return window

    def forget_window(self, window: PublishedWindow) -> None:
        """Await nothing of this window any more."""
        if window in self._windows:
            self._windows.remove(window)

    def take_frame(self, kind: int, payload: bytes) -> bool:
        if self._is_returning and kind != METHOD:
            self._take_returned(kind, payload)
            return True
        if kind != METHOD:
            return False
        if payload.startswith(_RETURN):
            self._is_returning = True
            return True
        self._is_returning = False
        if not payload.startswith((_ACK, _NACK)):
            return False
        code = "" if payload.startswith(_ACK) else "broker-refused"
        self._settle(int.from_bytes(payload[4:12]), code, is_multiple=bool(payload[12] & 1))
        return True

    def _take_returned(self, kind: int, payload: bytes) -> None:
        """Note a message that came back; the property ``message_id`` is its tag."""
        if kind != HEADER:
            return
        header = ContentHeader()
        header.unmarshal(payload)
        number = str(header.properties.message_id or "")
        if number.isdecimal():
            for window in self._windows:
                if 0 <= int(number) - window.first < len(window.results):
                    window.settle(int(number), NO_ADDRESS)

    def _settle(self, tag: int, code: str, *, is_multiple: bool) -> None:
        for window in list(self._windows):
            last = min(tag, window.first + len(window.results) - 1)
            first = window.first if is_multiple else tag
            for each in range(max(first, window.first), last + 1):
                window.settle(each, code)
            if None not in window.results and tag >= window.first:
                self._windows.remove(window)
                if not window.done.done():
                    window.done.set_result(None)
