"""One post to a participant's endpoint: to a checked address of a listed host, in a fixed time, not redirected."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from services.shep_gateway.doors.push.allowed_hosts import AllowedHosts
from services.shep_gateway.doors.push.checked_posts import post_to
from shared.bus.errors import Refused

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
                addresses = await self.hosts.resolve(parts)
                async with post_to(addresses, parts, headers, body, POST_SECONDS) as answer:
                    status = answer.status_code  # nobody reads the body
        except Refused as error:
            return PostOutcome(None, error.code)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            return PostOutcome(None, "endpoint-silent")
        return PostOutcome(status, None if 200 <= status < 300 else "endpoint-status")
