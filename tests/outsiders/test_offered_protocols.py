"""Clients that offer HTTP/2 with their first request, as Java's HttpClient does, are answered by HTTP/1.1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB"
BODY = b'{"xml": "a text to be stamped"}'
STAMP = (
    f"POST /tsp/create HTTP/1.1\r\n{OFFER}\r\nHost: nuc\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY
HEALTH = f"GET /actuator/health HTTP/1.1\r\nHost: nuc\r\n{OFFER}\r\n\r\n".encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """НУЦ alone."""
    async with running(tmp_path_factory.mktemp("offers"), names=("is_nuc",)) as made:
        yield made


async def exchange(country: RunningCountry, parts: Sequence[bytes], answers: int) -> list[tuple[int, Any]]:
    """Status and body of the answers to bytes that arrive in these parts, on one connection."""
    address = urlsplit(country.url("is_nuc"))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    got = []
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        for _ in range(answers):
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode().lower()
            length = int(head.partition("content-length: ")[2].split("\r\n")[0])
            body = (await reader.readexactly(length)).decode()
            got.append((int(head.split()[1]), json.loads(body) if "json" in head else body))
    finally:
        writer.close()
    return got


@pytest.mark.parametrize("size", [1, 7, len(STAMP) - len(BODY) + 3, len(STAMP)])
async def test_request_that_offers_another_protocol_keeps_its_body(country: RunningCountry, size: int) -> None:
    parts = [STAMP[start : start + size] for start in range(0, len(STAMP), size)]
    ((status, stamped),) = await exchange(country, parts, 1)
    assert (status, stamped["message"]) == (200, "OK")


async def test_requests_after_the_offer_are_answered_on_the_same_connection(country: RunningCountry) -> None:
    answers = await exchange(country, [HEALTH + STAMP, HEALTH], 3)
    assert [status for status, _ in answers] == [200] * 3
    assert answers[0][1] == answers[2][1] == {"status": "UP"}


async def test_tunnel_is_refused_although_it_offers_another_protocol(country: RunningCountry) -> None:
    tunnel = HEALTH.replace(b"GET /actuator/health", b"CONNECT nuc:80")
    assert await exchange(country, [tunnel], 1) == [(400, "Invalid HTTP request received.")]
