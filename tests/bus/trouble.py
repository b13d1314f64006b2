"""Faults between systems: a carrier that reorders, repeats and loses confirmations; a proxy to disconnect."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from shared.bus.carriers.transport import Delivery, MessageSubscription, QueueState, Transport, TransportMessage
from shared.bus.errors import BusError, Unavailable

CHUNK = 64 * 1024


class Unruly:
    """A carrier that keeps only its promise: at least once, any order, lost confirmations."""

    def __init__(
        self, inner: Transport, seed: int, *, shuffle: bool = True, repeat: float = 0.3, lose: float = 0.2
    ) -> None:
        self._inner = inner
        self._random = random.Random(seed)  # noqa: S311 - a repeatable disorder
        self._shuffle = shuffle
        self._repeat = repeat
        self._lose = lose

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()

    @property
    def is_connected(self) -> bool:
        return self._inner.is_connected

    @property
    def fault(self) -> BusError | None:
        return self._inner.fault

    async def subscribe(self, address: str, prefetch: int) -> MessageSubscription:
        return await self._inner.subscribe(address, prefetch)

    async def inspect_queue(self, address: str) -> QueueState | None:
        return await self._inner.inspect_queue(address)

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        order = list(range(len(messages)))
        order += [n for n in order if self._random.random() < self._repeat]
        if self._shuffle:
            self._random.shuffle(order)
        told = await self._inner.publish([messages[n] for n in order])
        results = dict(zip(order, told, strict=True))
        return [self._believed(results[n]) for n in range(len(messages))]

    def _believed(self, result: BusError | None) -> BusError | None:
        is_lost = self._random.random() < self._lose
        return Unavailable("broker-unavailable", "the confirmation was lost") if is_lost else result


class Unreachable:
    """An unreachable carrier: subscriptions stay empty, publications fail."""

    is_connected = False
    fault = None

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def subscribe(self, address: str, prefetch: int) -> MessageSubscription:
        return Silence()

    async def inspect_queue(self, address: str) -> QueueState | None:
        raise Unavailable("broker-unavailable", "not connected")

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        return [Unavailable("broker-unavailable", "not connected")] * len(messages)


class Silence:
    """A subscription without deliveries."""

    async def receive_batch(self, most: int) -> list[Delivery]:
        await asyncio.Event().wait()
        return []

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None: ...

    async def take_share(self, place: int, of: int) -> None: ...

    async def close(self) -> None: ...


class Cord:
    """A TCP proxy before a server, which can disconnect, refuse or block connections."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self.lost_commits = 0
        """The number of the next answers to COMMIT that are lost, each with its connection."""
        self.is_closed_by_loss = False
        """Whether the proxy refuses connections after a lost answer, until ``refuse`` is over."""
        self.lost = threading.Event()
        """Set once an answer to COMMIT was lost."""
        self.taken = 0
        """The number of accepted connections."""

    @property
    def url(self) -> str:
        """The server's URL through this proxy."""
        login = self._parts.netloc.rpartition("@")[0]
        return self._parts._replace(netloc=f"{login}@127.0.0.1:{self._port}").geturl()

    async def lay(self) -> None:
        """Accept connections, on the same port as before."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Close every connection at once; accept new ones."""
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def refuse(self, seconds: float) -> None:
        """Close every connection, and accept none for ``seconds``."""
        self._stop_listening()
        await self.cut()
        await asyncio.sleep(seconds)
        await self.lay()

    async def slam(self, times: int) -> None:
        """Close every connection; accept the next ``times`` connections and close each at once, as a balancer does
        whose server restarts.
        """
        self._stop_listening()
        await self.cut()
        await asyncio.to_thread(_accept_and_close, self._port, times)
        await self.lay()

    async def blackhole(self, seconds: float) -> None:
        """Keep connections open, and forward nothing for ``seconds``."""
        self._passes.clear()
        await asyncio.sleep(seconds)
        self._passes.set()

    async def remove(self) -> None:
        self._stop_listening()
        self._passes.set()
        while self._connections:
            left = set(self._connections)
            await self.cut()  # some may end meanwhile and leave the set
            await asyncio.wait(left, timeout=0.1)

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self.taken += 1
        task.add_done_callback(self._connections.discard)
        try:
            far = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far[1]}
        committing = asyncio.Event()
        await asyncio.gather(
            self._carry(reader, far[1], committing), self._carry(far[0], writer, committing, is_answer=True)
        )

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        committing: asyncio.Event,
        *,
        is_answer: bool = False,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._passes.wait()
                if is_answer and committing.is_set():  # the server has committed: its client never gets the answer
                    if self.is_closed_by_loss:
                        self._stop_listening()
                    self.lost.set()
                    break
                if not is_answer and self.lost_commits and b"COMMIT" in data:
                    self.lost_commits -= 1
                    committing.set()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
        self._writers.discard(writer)


@contextmanager
def cord_of_its_own_loop(url: str) -> Iterator[tuple[Cord, asyncio.AbstractEventLoop]]:
    """A proxy that passes bytes also while the caller's loop waits for the server."""
    cord, loop = Cord(url), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(cord.lay(), loop).result(10)
    try:
        yield cord, loop
    finally:
        asyncio.run_coroutine_threadsafe(cord.remove(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _accept_and_close(port: int, times: int) -> None:
    """A thread of its own runs this server, so that the connection ends before the client has read anything."""
    with socket.create_server(("127.0.0.1", port)) as door:
        door.settimeout(20)
        for _ in range(times):
            door.accept()[0].close()
