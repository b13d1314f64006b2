"""The load proves itself: against a server that is known to stand still, the figures must show it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest_asyncio

from services.tools.load.connections import ConnectionPool, write_request
from services.tools.load.generator import CallFailed, OpenLoop
from services.tools.load.results import LoadRecorder
from services.tools.load.schedule import LoadPlan

FROZEN_SECONDS = 2.0


class StandingServer:
    """An HTTP server that answers at once, except for two seconds in which nothing moves."""

    def __init__(self) -> None:
        self.freezes_at: float | None = None
        self.calls = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._answer_all(reader, writer)
        writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            self.calls += 1
            await self._stand_still()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async def _stand_still(self) -> None:
        if self.freezes_at is not None and (left := self.freezes_at + FROZEN_SECONDS - time.monotonic()) > 0:
            await asyncio.sleep(left if left < FROZEN_SECONDS else 0)


class PlainCalls:
    def __init__(self, pool: ConnectionPool, *, fails: bool = False) -> None:
        self.pool, self.fails = pool, fails

    async def send(self, number: int) -> None:
        answer = await self.pool.call(write_request("GET", self.pool.url, "/", {}))
        if self.fails and number % 2:
            raise CallFailed("of-the-test")
        assert answer.status == 200


@pytest_asyncio.fixture
async def server() -> AsyncIterator[tuple[StandingServer, ConnectionPool]]:
    standing = StandingServer()
    listening = await asyncio.start_server(standing.serve, "127.0.0.1", 0)
    pool = ConnectionPool(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    yield standing, pool
    await pool.close()
    listening.close()


async def test_server_that_stood_still_shows_in_the_high_percentiles(
    server: tuple[StandingServer, ConnectionPool],
) -> None:
    standing, pool = server
    recorder = LoadRecorder()
    standing.freezes_at = time.monotonic() + 1.0
    await OpenLoop(LoadPlan(rate=100, seconds=6), PlainCalls(pool), recorder).run()
    figures = recorder.summarize()
    assert figures["answered"] == 600
    assert figures["latency_ms"]["p99"] > 1500, "a third of the calls were to begin while the server stood still"
    assert figures["latency_ms"]["p50"] < 300
    worst = max(figures["seconds"], key=lambda second: second["p99"] or 0)
    assert worst["second"] in (0, 1, 2, 3)


async def test_slow_answers_hold_up_no_later_call(server: tuple[StandingServer, ConnectionPool]) -> None:
    standing, pool = server
    standing.freezes_at = time.monotonic()
    recorder = LoadRecorder()
    await OpenLoop(LoadPlan(rate=200, seconds=0.5), PlainCalls(pool), recorder).run()
    assert standing.calls == 100, "all calls had begun before the first was answered"


async def test_errors_are_counted_by_their_code(server: tuple[StandingServer, ConnectionPool]) -> None:
    _, pool = server
    recorder = LoadRecorder()
    await OpenLoop(LoadPlan(rate=100, seconds=0.2), PlainCalls(pool, fails=True), recorder).run()
    assert recorder.summarize()["errors"] == {"of-the-test": 10}


async def test_server_that_is_not_there_is_an_error_of_each_call() -> None:
    pool = ConnectionPool("http://127.0.0.1:9")
    recorder = LoadRecorder()
    await OpenLoop(LoadPlan(rate=50, seconds=0.2), PlainCalls(pool), recorder).run()
    figures = recorder.summarize()
    assert figures["answered"] == 0
    assert list(figures["errors"]) == ["connection-ConnectionRefusedError"]
