"""One post to a participant's endpoint: to a checked address of a listed host, in a fixed time, not redirected."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult

import httpx

from services.shep_gateway.doors.push.allowed_hosts import DEFAULT_PORTS, AllowedHosts
from shared.bus.errors import Refused
from shared.bus.http.tls import server_check

POST_SECONDS = 10.0
"""The time of one post, from the look-up of the name to the status of the answer."""


@dataclass(frozen=True)
class PostOutcome:
    """The HTTP status of the answer, and the code of a failure, None for a success."""

    status: int | None
    code: str | None


@dataclass(frozen=True)
class WebhookClient:
    """Posts to endpoints on the allowed hosts."""

    hosts: AllowedHosts

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> PostOutcome:
        """Post a body; a failure is an outcome with a code, never an error.

        ``push-host-refused``; ``endpoint-silent``; ``endpoint-status`` for every status but 2xx.
        """
        try:
            async with asyncio.timeout(POST_SECONDS):
                parts = self.hosts.check_url(url)
                status = await _post_to(await self.hosts.resolve(parts), parts, headers, body)
        except Refused as error:
            return PostOutcome(None, error.code)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            return PostOutcome(None, "endpoint-silent")
        return PostOutcome(status, None if 200 <= status < 300 else "endpoint-status")


async def _post_to(address: str, parts: SplitResult, headers: Mapping[str, str], body: bytes) -> int:
    """The status of the answer, whose body nobody reads."""
    host, port = f"[{address}]" if ":" in address else address, parts.port or DEFAULT_PORTS[parts.scheme]
    url = parts._replace(netloc=f"{host}:{port}").geturl()
    waits = dict.fromkeys(("connect", "read", "write", "pool"), POST_SECONDS)
    extensions = {"sni_hostname": parts.hostname or "", "timeout": waits}
    request = httpx.Request(
        "POST", url, headers={**headers, "Host": parts.netloc}, content=body, extensions=extensions
    )
    answer = await _transport_of(parts.scheme).handle_async_request(request)
    await answer.aclose()
    return answer.status_code


@cache
def _transport_of(scheme: str) -> httpx.AsyncHTTPTransport:
    """Connections without a bound, each for one post: a slow endpoint holds no place of another."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=server_check(f"{scheme}://"), trust_env=False, limits=limits)
