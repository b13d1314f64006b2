"""Problems for browsers: an error that a browser would show as JSON becomes a page, at every layer of an app.

How the page looks is the launcher's choice (``NodeDependencies.draw_problem``). The API answers every caller with
problems.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.http.request_budgets import UNREAD_BODY

PROBLEM_TYPE = b"application/problem+json"
API = "/api/"
KEPT_HEADERS = (b"retry-after", b"allow")
TOO_LARGE = 413
MOST_DRAINED, DRAIN_SECONDS = 64 * 1024 * 1024, 20.0
"""How much of a body that is refused is read, and for how long: a browser that still sends sees no answer."""

Problem = Mapping[str, Any]
"""An error as RFC 9457 has it: the body of the JSON answer."""
ProblemDrawer = Callable[[Request, Problem], Response]
"""Draws the page of a problem; its status is that of the problem."""


class ProblemPages:
    """Wraps an app: gives callers that accept HTML a page in place of a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        draw = getattr(scope["app"].state, "draw_problem", None) if scope["type"] == "http" else None
        if draw is None or not _accepts_page(scope):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _ProblemReader(scope, receive, send, draw).send)


class _ProblemReader:
    """Holds the answer back while it is a problem, and sends the page in its place."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, draw: ProblemDrawer) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._draw = draw
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        if start["status"] == TOO_LARGE or UNREAD_BODY in self._scope:
            await _drain(self._receive)
        page = self._draw(Request(self._scope), json.loads(self._body))
        present = {name for name, _ in page.raw_headers}
        page.raw_headers += [
            (name, value) for name, value in start["headers"] if name in KEPT_HEADERS and name not in present
        ]
        await page(self._scope, self._receive, self._send)


async def _drain(receive: Receive) -> None:
    """Read what a browser still sends, within bounds, and keep nothing of it."""
    drained, has_more = 0, True
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while has_more and drained < MOST_DRAINED:
                message = await receive()
                drained, has_more = drained + len(message.get("body", b"")), bool(message.get("more_body"))


def _accepts_page(scope: Scope) -> bool:
    accepts = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
    return accepts and not scope["path"].startswith(API)


def _is_problem(start: Message) -> bool:
    return any(name == b"content-type" and value.startswith(PROBLEM_TYPE) for name, value in start["headers"])
