"""The hosts to which ШЭП may push: names lead nowhere that the operator did not list."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest

from services.shep_gateway.doors.push.allowed_hosts import THIS_MACHINE, AllowedHosts
from services.shep_gateway.doors.push.checked_posts import post_to
from shared.bus.errors import Refused


async def test_listed_name_that_leads_to_an_inner_address_is_refused() -> None:
    hosts = AllowedHosts.of_list("localhost")
    with pytest.raises(Refused) as caught:
        await hosts.resolve(hosts.check_url("http://localhost:9000/"))
    assert caught.value.code == "push-host-refused"


async def test_listed_name_leads_to_a_listed_network() -> None:
    hosts = AllowedHosts.of_list(THIS_MACHINE)
    found = await hosts.resolve(hosts.check_url("http://localhost:9000/"))
    assert found
    assert set(found) <= {"127.0.0.1", "::1"}


async def test_post_goes_to_the_first_address_that_can_be_connected() -> None:
    seen: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        parts = urlsplit(f"http://partner.example:{server.sockets[0].getsockname()[1]}/in")
        async with post_to(["127.0.0.9", "::1", "127.0.0.1"], parts, {}, b"", 5) as answered:
            assert answered.status_code == 204
    assert f"Host: {parts.netloc}" in seen[0]
    with pytest.raises(httpx.HTTPError):
        async with post_to(["127.0.0.9", "127.0.0.1"], parts, {}, b"", 5):
            pass


@pytest.mark.parametrize("url", ["http://10.1.2.3/", "https://10.1.255.1:8443/in", "https://Partner.example/"])
def test_host_in_the_list_is_taken(url: str) -> None:
    parts = AllowedHosts.of_list("10.1.0.0/16, partner.example").check_url(url)
    assert parts.geturl().rstrip("/") == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://10.2.0.1/", "http://sub.partner.example/", "ftp://partner.example/", "http://[::1", "http://"]
)
def test_host_outside_the_list_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        AllowedHosts.of_list("10.1.0.0/16,partner.example").check_url(url)


def test_empty_list_allows_nobody() -> None:
    hosts = AllowedHosts.of_list(" , ")
    assert hosts.is_empty
    with pytest.raises(Refused):
        hosts.check_url("http://127.0.0.1/")
