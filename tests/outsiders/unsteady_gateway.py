"""A way to a gateway that refuses its first call with 503, as a gateway does that has no room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HOP_BY_HOP = frozenset(("host", "connection", "transfer-encoding", "content-length", "upgrade", "http2-settings"))


@dataclass
class UnsteadyGateway:
    """Passes calls on to ``target``; the first one after ``refuse_next`` is refused."""

    target: httpx.AsyncClient
    url: str = ""
    refused: int = 0
    _is_refusing: asyncio.Event = field(default_factory=asyncio.Event)

    def refuse_next(self) -> None:
        self._is_refusing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call a connection."""
        try:
            writer.write(await self._answer(reader))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if self._is_refusing.is_set():
            self._is_refusing.clear()
            self.refused += 1
            return REFUSAL
        method, path, _ = first.split(" ")
        passed_on = {name: value for name, value in headers.items() if name not in HOP_BY_HOP}
        answer = await self.target.request(method, path, headers=passed_on, content=body)
        head = f"HTTP/1.1 {answer.status_code} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
        return f"{head}Content-Length: {len(answer.content)}\r\n\r\n".encode() + answer.content


@asynccontextmanager
async def unsteady_way(url: str) -> AsyncIterator[UnsteadyGateway]:
    """The way to the gateway at ``url``, on a free port."""
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as target:
        gateway = UnsteadyGateway(target)
        server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
        gateway.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield gateway
