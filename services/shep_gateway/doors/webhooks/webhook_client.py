"""One post to a participant's endpoint: to a checked address of a listed host, in a fixed time, not redirected."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from services.shep_gateway.doors.push.allowed_hosts import AllowedHosts
from services.shep_gateway.doors.push.checked_posts import post_to
from shared.bus.errors import Refused

POST_SECONDS = 10.0
"""The time of one post, from the look-up of the name to the status of the answer."""


BODY_SECONDS, MOST_KEPT = 1.0, 2048
"""How long, and how far, the body of an answer is read for the record."""


@dataclass(frozen=True)
class PostOutcome:
    """The HTTP status of the answer, and the code of a failure, None for a success; what came, as far as it is
    kept.
    """

    status: int | None
    code: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


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
                addresses = await self.hosts.resolve(parts)
                async with post_to(addresses, parts, headers, body, POST_SECONDS) as answer:
                    status, came = answer.status_code, dict(answer.headers)
                    content = await _read_beginning(answer)
        except Refused as error:
            return PostOutcome(None, error.code)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            return PostOutcome(None, "endpoint-silent")
        return PostOutcome(status, None if 200 <= status < 300 else "endpoint-status", came, content)


async def _read_beginning(answer: httpx.Response) -> bytes:
    """The beginning of the body, for the record: the status alone decides, however slowly the rest comes."""
    content = b""
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            async for part in answer.aiter_raw():
                content += part
                if len(content) >= MOST_KEPT:
                    break
    return content[:MOST_KEPT]
