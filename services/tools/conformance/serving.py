"""The kit as a server: an ASGI application that keeps every call with its answer, byte for byte."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from services.tools.conformance.exchanges import CarriedPart, ExchangeBook, KeptExchange
from shared.bus.clocks.clock import SystemClock

MOST_BYTES = 32 * 1024 * 1024
JSON = "application/json"
PROBLEM = "application/problem+json"

Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


@dataclass(frozen=True)
class ServedCall:
    """A call as it came: ``path`` without its escapes, ``raw_path`` with them and with the query."""

    method: str
    path: str
    raw_path: str
    query: Mapping[str, str]
    part: CarriedPart

    @property
    def body(self) -> bytes:
        return self.part.body


@dataclass(frozen=True)
class KitAnswer:
    """The kit's answer to a call; ``operation`` and ``probe`` name the exchange."""

    operation: str
    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    probe: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds to wait before the answer."""


AnswerFunction = Callable[[ServedCall], KitAnswer]


def serve_door(door: str, book: ExchangeBook, answer: AnswerFunction, after: Callable[[], None]) -> AsgiApp:
    """The application of a door; ``after`` is called when an exchange is over."""

    async def serve(
        scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await _serve_lifespan(receive, send)
            return
        call = await _read_call(scope, receive)
        began = time.perf_counter()
        exchange = book.open_exchange(door, "", SystemClock().now(), call.part)
        reply = answer(call)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        keep_answer(exchange, reply)
        exchange.seconds = time.perf_counter() - began
        headers = [(name.encode(), value.encode()) for name, value in exchange.response.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
        after()

    return serve


def keep_answer(exchange: KeptExchange, reply: KitAnswer) -> None:
    """Complete an exchange by the kit's own answer."""
    headers = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
    exchange.operation, exchange.status, exchange.probe = reply.operation, reply.status, reply.probe
    exchange.response = CarriedPart(f"HTTP/1.1 {reply.status}", headers, reply.body)
    exchange.facts.update(reply.facts)


async def _read_call(scope: Scope, receive: Callable[[], Awaitable[Any]]) -> ServedCall:
    body, has_more = b"", True
    while has_more and len(body) <= MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
    query = scope["query_string"].decode("latin-1")
    raw = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
    target = f"{raw}?{query}" if query else raw
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    part = CarriedPart(f"{scope['method']} {target} HTTP/1.1", headers, body)
    return ServedCall(scope["method"], unquote(raw), target, dict(parse_qsl(query)), part)


async def _serve_lifespan(receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
