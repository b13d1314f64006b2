"""What the protocols of a public key infrastructure need of HTTP: short bodies, and silence on demand."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send


async def read_body(request: Request, most: int) -> bytes | None:
    """The body, or None when it is longer than ``most``: the rest is not kept."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= most:
            parts.append(part)
    return b"".join(parts) if size <= most else None


class DroppedResponse(Response):
    """No answer: the caller waits, then the connection ends in the middle of a header's promise.

    The server closes a connection on which less came than was announced.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":  # who hangs up need not be kept waiting
                    pass
                return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
