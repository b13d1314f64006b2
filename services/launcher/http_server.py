"""The HTTP server of an instance: uvicorn, with limits of time and of header bytes for every connection.

uvicorn waits for ever for the header and the body of a request and for a client that does not read its answer, and
keeps headers of any size. Here the server looks at its connections twice a second: a request itself pays nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.launcher.offered_protocols import OfferIgnoringParser
from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import problem_response
from shared.bus.settings import Settings
from shared.texts.catalog import COMMON

MOST_HEADER_BYTES = 64 * 1024
"""The limit of a request without its body, in bytes; of a body in chunks, half of its size is added."""
MOST_IGNORED_BYTES = 32 * 1024 * 1024
"""The limit of what arrives after a refusal, in bytes."""
LEAST_RATE = 32 * 1024
"""The bytes of a body for which a client has a second more."""
IDLE_SECONDS = 20
"""How long a connection may stay silent between two requests: longer than clients keep a connection (httpx, 5 s),
otherwise a request meets a server that is just closing the connection.
"""
UNREAD_SECONDS = 60.0
"""How long a client may leave an answer unread."""
TICKS_A_LOOK = 5
"""uvicorn's ticks of 0.1 s between two looks at the connections; uvicorn writes the date anew every ten ticks."""
LOOK_SECONDS = TICKS_A_LOOK / 10

TOO_SLOW = (408, Malformed("request-timeout", "the request did not arrive in time"))
TOO_MANY_HEADERS = (431, Malformed("headers-too-large", f"over {MOST_HEADER_BYTES} bytes"))


class BoundedConnection(HttpToolsProtocol):
    """A connection that notes when its request began, how many bytes arrived, and since when nothing is read."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._reader = OfferIgnoringParser(self)
        self.parser = self._reader  # type: ignore[assignment]  # stands in for the parser of httptools
        self._since = self.loop.time()
        self._all_bytes = 0
        self._body_bytes = 0
        self._unread_since: float | None = None

    def data_received(self, data: bytes) -> None:
        if not self._all_bytes:
            self._since = self.loop.time()
        self._all_bytes += len(data)
        super().data_received(data)
        if self._all_bytes - self._body_bytes > MOST_HEADER_BYTES + self._body_bytes // 2:
            self._refuse(*TOO_MANY_HEADERS)
        elif self._body_bytes > MOST_IGNORED_BYTES and self._is_between_requests:
            self.transport.close()

    def on_headers_complete(self) -> None:
        if self._reader.ignores_offer:
            return
        super().on_headers_complete()
        self._since = self.loop.time()
        self._all_bytes = self._body_bytes = 0

    def on_message_complete(self) -> None:
        if not self._reader.ignores_offer:
            super().on_message_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        self._all_bytes = self._body_bytes = 0
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._unread_since = None
        super().resume_writing()

    def look_after(self, now: float, seconds: float) -> None:
        """Cut off a client that takes more than ``seconds`` for a header, or for a body with its due, or that does
        not read.
        """
        if self._unread_since is not None and now - self._unread_since > UNREAD_SECONDS:
            self.transport.abort()
        elif self._is_served:
            return
        elif self._is_held_back:
            self._since = max(self._since, now - seconds / 2)
        elif now - self._since > seconds + self._body_bytes / LEAST_RATE:
            self._refuse(*TOO_SLOW)

    @property
    def _is_between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _is_served(self) -> bool:
        """Whether the client has nothing to send: its request is whole, or the client may stay silent between two
        requests.
        """
        if self._is_between_requests:
            return self.timeout_keep_alive_task is not None
        return not self.cycle.more_body

    @property
    def _is_held_back(self) -> bool:
        """Whether the client waits for the server: the server has not asked for the body."""
        if self._is_between_requests:
            return False
        return self.flow.read_paused or self.cycle.waiting_for_100_continue

    def _refuse(self, status: int, error: BusError) -> None:
        """Close the connection, with an answer where the client waits for one."""
        if self.transport.is_closing():
            return
        if self._is_between_requests:
            can_answer = bool(self._all_bytes) and not self._body_bytes
        else:
            can_answer = not self.cycle.response_started
            self.cycle.disconnected = True  # the endpoint stops reading and does not answer beside us
            self.cycle.message_event.set()
        if can_answer:
            self.transport.write(_compose_refusal(status, error))
        self.transport.close()


def _compose_refusal(status: int, error: BusError) -> bytes:
    response = problem_response(error, COMMON, "ru", status)
    head = (
        f"HTTP/1.1 {status} {http.client.responses[status]}\r\ncontent-type: {response.media_type}\r\n"
        f"content-length: {len(response.body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + bytes(response.body)


class InstanceHttpServer(uvicorn.Server):
    """An HTTP server that watches its connections and handles no signals, because one handler of the process stops
    all servers.
    """

    def __init__(self, config: uvicorn.Config, request_seconds: float) -> None:
        super().__init__(config)
        self._request_seconds = request_seconds
        self._is_asked_to_stop = asyncio.Event()

    def ask_to_stop(self, grace: float | None = None) -> None:
        """Have ``serve`` end: no new connections, and a second (or ``grace``) for the requests that run."""
        if grace is not None:
            self.config.timeout_graceful_shutdown = grace  # type: ignore[assignment]  # asyncio takes fractions
        self.should_exit = True
        self._is_asked_to_stop.set()

    async def main_loop(self) -> None:
        """Tick twice a second and hear at once of the stop; uvicorn's own loop ticks ten times a second, and the
        eighteen servers of a process took half of its time while nobody asked anything.
        """
        counter = 0
        while not await self.on_tick(counter):
            counter += TICKS_A_LOOK
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._is_asked_to_stop.wait()

    async def on_tick(self, counter: int) -> bool:
        if self.server_state.connections:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedConnection):
                    connection.look_after(now, self._request_seconds)
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_http_server(app: FastAPI, settings: Settings, port: int) -> InstanceHttpServer:
    """The server of an instance on one of its ports; not started."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        http=BoundedConnection,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=bool(settings.listed_proxies),
        forwarded_allow_ips=settings.listed_proxies,  # uvicorn would trust this machine, or a variable
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    return InstanceHttpServer(config, settings.request_seconds)
