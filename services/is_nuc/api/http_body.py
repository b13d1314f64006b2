"""HTTP for the protocols of a public key infrastructure: short bodies, and silence on demand."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send


async def read_body(request: Request, most: int) -> bytes | None:
    """The body; None for a body longer than ``most`` bytes, of which the rest is not stored."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= most:
            parts.append(part)
    return b"".join(parts) if size <= most else None


class DroppedResponse(Response):
    """No answer: the caller waits, then the connection closes.

    The server closes a connection on which it sent less than it announced.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":  # no need to hold a caller who disconnects
                    pass
                return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
