"""A caller that goes away in the middle of its body: a stable code in the exchanges, and nothing passes."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from shared.contracts.registers import PERSON_SERVICE
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def send_half(
    country: RunningCountry, system: JoinedSystem, path: str, body: bytes, content_type: str
) -> None:
    """Send a head that promises the whole body, and the half of it; then close."""
    where = urlsplit(country.url("shep_gateway"))
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {system.token}\r\n"
        f"X-Signature: a..b\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body[: len(body) // 2])
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("path", "content_type", "door"),
    [
        ("/api/v1/messages", "application/json", "rest"),
        ("/api/v1/messages/signed", "application/octet-stream", "rest"),
        ("/bip-sync-wss-gost/", "text/xml", "soap"),
    ],
)
async def test_body_that_is_cut_off_has_a_code_and_passes_nowhere(
    country: RunningCountry, path: str, content_type: str, door: str
) -> None:
    name = f"cut-off-{len(path)}"
    system = await join(country, name, asks=[PERSON_SERVICE])
    gateway = country.operator("shep_gateway")
    content = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}
    body = json.dumps({"service_id": PERSON_SERVICE, "content": content}).encode()
    before = (await gateway.get("/api/v1/exchanges", door=door))[:1]
    await send_half(country, system, path, body, content_type)
    (newest, *_) = await eventually(
        lambda: gateway.get("/api/v1/exchanges", door=door), lambda rows: rows[:1] != before
    )
    assert newest["code"] == "body-cut-off"
    assert await gateway.list_journal(sender=name) == []
