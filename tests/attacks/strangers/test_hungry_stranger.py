"""Threat: a stranger without a name or a key makes a system spend what others need.

Huge and endless requests, requests that arrive byte by byte, many at once: each costs its sender something and the
others nothing. The portal runs with the limits of a real one, except that its patience with slow clients is short.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
SECONDS = 0.5
AT_ONCE = 6
LIMITS = {
    "EGOV_MAX_MESSAGE_BYTES": str(16 * MIB),
    "EGOV_REQUEST_SECONDS": str(SECONDS),
    "EGOV_MAX_REQUESTS": str(AT_ONCE),
}
LOGIN, SUBMISSION = "/api/v1/login", "/api/v1/applications"
PATIENCE = 1.0
"""How long another caller waits at most for an answer while the attack goes on, in seconds."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """НУЦ and the portal are enough for a stranger."""
    folder = tmp_path_factory.mktemp("hungry")
    async with running(folder, names=("is_nuc", "portal_pep"), environment=LIMITS) as made:
        yield made


@dataclass
class Answer:
    """An answer: its status, its headers by names in small letters, the problem."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    problem: dict[str, Any] = field(default_factory=dict)


@dataclass
class Stranger:
    """A bare connection, on which one can be as rude as one likes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def push(self, *parts: bytes, pause: float = 0) -> None:
        """Send the parts until the system closes the connection."""
        for part in parts:
            try:
                self.writer.write(part)
                await self.writer.drain()
            except ConnectionError:
                return
            if pause:
                await asyncio.sleep(pause)

    async def hear(self, seconds: float = 4) -> Answer | None:
        """The answer; None when the connection is closed without one. TimeoutError after ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                content = await self.reader.readexactly(int(headers["content-length"]))
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        return Answer(int(first.split()[1]), headers, json.loads(content))


@asynccontextmanager
async def stranger(country: RunningCountry, instance: str = "portal_pep") -> AsyncIterator[Stranger]:
    """A connection of a caller whom the system does not know."""
    address = urlsplit(country.url(instance))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield Stranger(reader, writer)
    finally:
        writer.close()


def header(path: str, length: int | None = None, **more: str) -> bytes:
    """The header of a POST of JSON, of unknown length by default."""
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = (f"{name.replace('_', '-')}: {value}" for name, value in more.items())
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: egov", "Content-Type: application/json", size, *lines, "", ""]
    ).encode()


@asynccontextmanager
async def others_served(country: RunningCountry) -> AsyncIterator[None]:
    """Fails unless another caller is answered within ``PATIENCE``, again and again, while the block runs."""
    slowest, clock = 0.0, asyncio.get_running_loop().time

    async def keep_asking() -> None:
        nonlocal slowest
        while True:
            begin = clock()
            answer = await country.answer("portal_pep", "GET", "/api/v1/time")
            assert answer.status_code == 200
            slowest = max(slowest, clock() - begin)
            await asyncio.sleep(0.01)

    await country.answer("portal_pep", "GET", "/api/v1/time")
    asking = asyncio.create_task(keep_asking())
    await asyncio.sleep(0)
    try:
        yield
        await country.answer("portal_pep", "GET", "/api/v1/time")
        assert not asking.done(), asking.result()
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert slowest < PATIENCE


def many_fields() -> bytes:
    """16 MiB of fields that no login has: a validator reports each field."""
    return b'{"iin":"1","password":"12345678"' + b"".join(b',"%07x":0' % n for n in range(16 * MIB // 13)) + b"}"


async def test_login_of_sixteen_mebibytes_is_refused_and_others_are_answered_meanwhile(
    country: RunningCountry,
) -> None:
    body = many_fields()
    async with others_served(country), stranger(country) as attacker:
        await attacker.push(header(LOGIN, len(body)), body)
        answer = await attacker.hear(60)
    assert answer is not None
    assert (answer.status, answer.problem["code"]) == (413, "request-too-large")


@pytest.mark.parametrize("path", [SUBMISSION, "/api/v1/services/KZ-YUZ.3/draft", "/api/v1/applications/1/steps/2"])
@pytest.mark.parametrize("length", [16 * MIB, None])
async def test_document_of_somebody_who_is_not_logged_in_is_refused_before_it_is_read(
    country: RunningCountry, path: str, length: int | None
) -> None:
    async with stranger(country) as attacker:
        await attacker.push(header(path, length, Authorization="Bearer made-up"))
        answer = await attacker.hear()
    assert answer is not None
    assert (answer.status, answer.problem["code"]) == (401, "login-needed")


async def test_problem_names_twenty_faulty_fields_and_tells_how_many_there_are(country: RunningCountry) -> None:
    fields = {"x" * 1000 + str(n): 0 for n in range(25)}
    answer = await country.answer("portal_pep", "POST", LOGIN, json={"iin": "1", "password": "2", **fields})
    problem = answer.json()
    assert (answer.status_code, len(problem["fields"]), problem["fields_total"]) == (422, 20, 25)
    assert len(answer.content) < 8192


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: egov\r\n\r\n"
UNFINISHED: dict[str, tuple[bytes, bytes]] = {
    "a request line": (b"POST /api/v1/lo", b"g"),
    "a header": (header(LOGIN, 100)[:-2] + b"X: ", b"x"),
    "a body": (header(LOGIN, 100) + b"{", b" "),
    "a body of chunks": (header(LOGIN) + b"1\r\n{\r\n", b"1\r\n \r\n"),
    "a second request": (HEALTH, b"\r\n"),
}
"""The beginning of a request, and the part that is then sent again and again."""


@pytest.mark.parametrize("begin", UNFINISHED)
async def test_request_that_arrives_byte_by_byte_is_cut_off(country: RunningCountry, begin: str) -> None:
    first, drop = UNFINISHED[begin]
    async with stranger(country) as attacker:
        await attacker.push(first)
        if first == HEALTH:
            assert await attacker.hear() is not None
        dripping = asyncio.create_task(attacker.push(*[drop] * 99, pause=0.03))
        answer = await attacker.hear(2 * SECONDS + 1)
        dripping.cancel()
    assert answer is not None
    assert (answer.status, answer.problem["code"]) == (408, "request-timeout")
    assert answer.headers["connection"] == "close"


async def test_connection_on_which_nothing_is_said_is_closed(country: RunningCountry) -> None:
    async with stranger(country) as attacker:
        assert await attacker.hear(2 * SECONDS + 1) is None


async def test_body_that_is_slow_but_comes_steadily_is_taken(country: RunningCountry) -> None:
    body = b'{"iin":"123456789012","password":"12345678"' + b" " * 30_000 + b"}"
    async with stranger(country) as citizen:
        await citizen.push(header(LOGIN, len(body)), body[:20_000])
        await asyncio.sleep(SECONDS + 0.3)
        await citizen.push(body[20_000:])
        answer = await citizen.hear()
    assert answer is not None
    assert (answer.status, answer.problem["code"]) == (401, "authorization-refused")


def endless_header() -> Iterator[bytes]:
    yield header(LOGIN, 2)[:-2] + b"X-Long: "
    yield from [b"x" * 65536] * 64


def endless_headers() -> Iterator[bytes]:
    yield header(LOGIN, 2)[:-2]
    yield from [b"x: y\r\n" * 4096] * 64


def endless_trailer() -> Iterator[bytes]:
    yield header(LOGIN) + b"2\r\n{}\r\n0\r\nX: "
    yield from [b"x" * 65536] * 64


def tiny_chunks() -> Iterator[bytes]:
    yield header(SUBMISSION)
    yield from [b"1;" + b"x" * 1000 + b"\r\n \r\n"] * 2000


@pytest.mark.parametrize("flood", [endless_header, endless_headers, endless_trailer, tiny_chunks])
async def test_flood_of_header_bytes_is_refused_before_it_fills_the_memory(
    country: RunningCountry, flood: Callable[[], Iterator[bytes]]
) -> None:
    async with stranger(country) as attacker:
        sending = asyncio.create_task(attacker.push(*flood()))
        answer = await attacker.hear()
        sending.cancel()
    assert answer is None or answer.status in (401, 413, 431)
    if answer is not None and answer.status == 431:
        assert answer.problem["code"] == "headers-too-large"


async def test_crowd_of_unfinished_requests_leaves_health_answered_and_others_told_when_to_come_again(
    country: RunningCountry,
) -> None:
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(stranger(country)) for _ in range(AT_ONCE)]
        for attacker in crowd:
            await attacker.push(header(LOGIN, 100) + b"{")
        for _ in range(100):  # a busy machine takes its time to read the beginnings of them all
            await asyncio.sleep(0.05)
            refused = await country.answer("portal_pep", "GET", "/api/v1/time")
            if refused.status_code != 200:
                break
        health = [await country.answer("portal_pep", "GET", path) for path in ("/healthz", "/readyz")]
    assert (refused.status_code, refused.json()["code"]) == (503, "system-busy")
    assert int(refused.headers["Retry-After"]) >= 1
    assert set(refused.json()["texts"]) == {"ru", "kk", "en"}
    assert [answer.status_code for answer in health] == [200, 200]
    await asyncio.sleep(0.05)
    assert (await country.answer("portal_pep", "GET", "/api/v1/time")).status_code == 200
