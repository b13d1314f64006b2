"""A post to a checked address, in the name of the host: redirects are not followed, and proxies do not apply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from urllib.parse import SplitResult

import httpx

from services.shep_gateway.doors.push.allowed_hosts import DEFAULT_PORTS
from shared.bus.http.tls import server_check

NEXT_SECONDS = 2.0
"""How long a connection may take while the host has another address."""


@asynccontextmanager
async def post_to(
    addresses: Sequence[str], parts: SplitResult, headers: Mapping[str, str], body: bytes, seconds: float
) -> AsyncIterator[httpx.Response]:
    """The answer, whose body is unread, of the first address that can be connected.

    ``seconds`` is for each wait. httpx.HTTPError of the last address when none can be connected.
    """
    answer = await _post_to_first(addresses, parts, headers, body, seconds)
    try:
        yield answer
    finally:
        await answer.aclose()


async def _post_to_first(
    addresses: Sequence[str], parts: SplitResult, headers: Mapping[str, str], body: bytes, seconds: float
) -> httpx.Response:
    *others, last = addresses
    for address in others:
        try:
            return await _post(address, parts, headers, body, _waits(seconds, min(seconds, NEXT_SECONDS)))
        except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent
            continue
    return await _post(last, parts, headers, body, _waits(seconds, seconds))


async def _post(
    address: str, parts: SplitResult, headers: Mapping[str, str], body: bytes, waits: Mapping[str, float]
) -> httpx.Response:
    host, port = f"[{address}]" if ":" in address else address, parts.port or DEFAULT_PORTS[parts.scheme]
    url = parts._replace(netloc=f"{host}:{port}").geturl()
    extensions = {"sni_hostname": parts.hostname or "", "timeout": dict(waits)}
    request = httpx.Request(
        "POST", url, headers={**headers, "Host": parts.netloc}, content=body, extensions=extensions
    )
    return await _transport_of(parts.scheme).handle_async_request(request)


def _waits(seconds: float, connect: float) -> Mapping[str, float]:
    return {"connect": connect, "read": seconds, "write": seconds, "pool": seconds}


@cache
def _transport_of(scheme: str) -> httpx.AsyncHTTPTransport:
    """Connections without a bound, each for one post: a slow endpoint holds no place of another."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=server_check(f"{scheme}://"), trust_env=False, limits=limits)
