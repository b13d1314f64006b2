"""A participant's own HTTP endpoint: keeps what is posted, and answers with the statuses that a test wants."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PostedEvent:
    """A webhook as it came over the wire."""

    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]

    def is_signed_by(self, secret: str) -> bool:
        """Whether one of the signatures is by this secret, by the rules of Standard Webhooks."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        content = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        signature = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return signature in self.headers["webhook-signature"].split(" ")


@dataclass
class WebhookReceiver:
    """A receiver that listens on this machine; ``statuses`` answer the next posts, 204 the others.

    The status 0 leaves a post without an answer.
    """

    url: str = ""
    statuses: deque[int] = field(default_factory=deque)
    posted: list[PostedEvent] = field(default_factory=list)
    secret: str | None = None
    """With a secret, a post that is not signed by it gets 401."""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_until(
        self, is_done: Callable[[list[PostedEvent]], bool], seconds: float = 10
    ) -> list[PostedEvent]:
        """Everything that was posted, as soon as ``is_done`` says so."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: is_done(self.posted))
        return list(self.posted)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        status, event = self.statuses.popleft() if self.statuses else 204, PostedEvent(headers, body)
        if self.secret is not None and not event.is_signed_by(self.secret):
            status = 401
        async with self._changed:
            self.posted.append(event)
            self._changed.notify_all()
        if status == 0:
            await reader.read()  # until the other side gives up
        else:
            writer.write(
                f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".encode()
            )
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[WebhookReceiver]:
    """A receiver on a free port."""
    receiver = WebhookReceiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/egov"
    try:
        yield receiver
    finally:
        server.close()
