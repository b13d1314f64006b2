"""What one request may cost a system: bytes of the body, JSON values, a place among the requests under way.

An endpoint takes ``SMALL_BODY`` bytes unless ``accepts_body`` says otherwise. Small requests with an announced
length pass at once; a large body is read only after a check of its sender, and only a few are read at a time. The
HTTP server limits the time in which a request arrives (``services.launcher.http_server``).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.errors import BusError, Malformed, Unavailable
from shared.bus.http.endpoints import ErrorRenderer, Texts
from shared.bus.http.languages import preferred_language
from shared.bus.http.requests.admission import Admission
from shared.bus.http.requests.plain_input import find_address_fault, read_length
from shared.bus.messages.message import count_values
from shared.bus.metrics.request_meter import STREAM
from shared.bus.runtime.service_runtime import Runtime

SMALL_BODY = 32 * 1024
"""The limit of a request's body in bytes, unless the endpoint accepts more."""
MOST_VALUES = 50_000
"""The limit of the arrays, objects and commas in a large JSON body: a document is a few long texts."""
LARGE_AT_ONCE = 8
"""The number of large bodies that a system takes in at once."""
LARGE_BYTES_AT_ONCE = 24 * 1024 * 1024
"""The bytes of all of them together: each is in the memory several times while it is read, checked and stored."""
LARGE_WAIT = 20.0
"""How long a large body waits for its turn, in seconds; it is not read meanwhile."""
ALWAYS_ANSWERED = frozenset({"/healthz", "/readyz"})
"""Paths that are answered however many requests are under way."""
RETRY_SECONDS = 2
LONGEST_RETRY_SECONDS = 30

UNREAD_BODY = "unread_body"
"""The key of the scope that says that a large body was refused before it was read; ``route`` is its endpoint."""

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., object])
SenderCheck = Callable[[Runtime, str], Awaitable[object]]
"""Gets the bearer token; raises Untrusted for a caller who may not send a large body."""

_BUDGET = "body_budget"
_LARGE_PLACE = "large_body_place"
"""The key of the scope under which a request keeps the size of its place."""
_KIND = "kind_load"
"""The key of the scope under which a small request keeps the load of its kind."""


@dataclass(frozen=True)
class BodyBudget:
    """The body that an endpoint accepts; ``most_bytes`` None is the maximal size of a message."""

    most_bytes: int | None
    most_values: int = MOST_VALUES
    sender_check: SenderCheck | None = None


@dataclass(frozen=True)
class RequestLimits:
    """The limits of one system, by its settings."""

    most_bytes: int
    most_requests: int
    most_seconds: float = math.inf
    """What a small request may take, as far as can be foreseen."""


class LargePlaces:
    """The places of large bodies: some in number, and in bytes; first come, first served."""

    def __init__(self) -> None:
        self._number = 0
        self._bytes = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def acquire(self, size: int) -> None:
        """Wait for a place of ``size`` bytes; one larger than all places together gets all."""
        if not self._waiting and self._has_room(size):
            self._occupy(size, 1)
            return
        place = size, asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place[1]
        except asyncio.CancelledError:
            if place[1].done() and not place[1].cancelled():
                self.release(size)
            else:
                self._waiting.remove(place)
                self._admit_waiting()
            raise

    def release(self, size: int) -> None:
        """Give a place of ``size`` bytes back."""
        self._occupy(-size, -1)
        self._admit_waiting()

    def _has_room(self, size: int) -> bool:
        is_fitting = self._bytes + size <= LARGE_BYTES_AT_ONCE or not self._number
        return self._number < LARGE_AT_ONCE and is_fitting

    def _occupy(self, size: int, number: int) -> None:
        self._bytes += size
        self._number += number

    def _admit_waiting(self) -> None:
        while self._waiting and self._has_room(self._waiting[0][0]):
            size, future = self._waiting.popleft()
            if not future.done():
                self._occupy(size, 1)
                future.set_result(None)


@dataclass
class RequestLoad:
    """The requests of a system that are under way."""

    under_way: int = 0
    large_places: LargePlaces = field(default_factory=LargePlaces)
    admission: Admission = field(default_factory=lambda: Admission(math.inf, time.monotonic))


def accepts_body(
    most_bytes: int | None = None, *, most_values: int = MOST_VALUES, sender_check: SenderCheck | None = None
) -> Callable[[AnyFunction], AnyFunction]:
    """Let an endpoint take a body of more than ``SMALL_BODY`` bytes: ``most_bytes``, or the size of a message.

    ``sender_check`` is called before the body is read.
    """

    def mark_function(function: AnyFunction) -> AnyFunction:
        setattr(function, _BUDGET, BodyBudget(most_bytes, most_values, sender_check))
        return function

    return mark_function


def budget_of(route: APIRoute) -> BodyBudget:
    """The budget of an endpoint's body."""
    budget: BodyBudget = getattr(route.endpoint, _BUDGET, BodyBudget(SMALL_BODY))
    return budget


async def _leave_load(request: Request) -> None:
    load: RequestLoad = request.app.state.request_load
    if STREAM not in request.scope:
        request.scope[STREAM] = True
        load.under_way -= 1
    if (size := request.scope.pop(_LARGE_PLACE, None)) is not None:
        load.large_places.release(size)
    if (kind := request.scope.pop(_KIND, None)) is not None:
        load.admission.leave(kind)


LongStream = Depends(_leave_load)
"""The dependency of an endpoint that answers late or for hours: such an answer is not a request under way, and its
body, which has been read, needs no place any more.
"""


def install_budgets(app: FastAPI, limits: RequestLimits, texts: Texts, render_error: ErrorRenderer) -> None:
    """Guard an app by the budgets of its endpoints."""
    app.state.request_load = RequestLoad(admission=Admission(limits.most_seconds, time.monotonic))
    app.state.request_limits = limits
    app.add_middleware(
        RequestGuard, load=app.state.request_load, limits=limits, texts=texts, render_error=render_error
    )


class RequestGuard:
    """Refuses a request over its budget: by Content-Length before reading, and while reading a streamed body.

    FastAPI's own limit would answer without a code and a text, and uvicorn's ``limit_concurrency`` also refuses
    questions about health.
    """

    def __init__(
        self, app: ASGIApp, load: RequestLoad, limits: RequestLimits, texts: Texts, render_error: ErrorRenderer
    ) -> None:
        self._app = app
        self._load = load
        self._limits = limits
        self._small = min(SMALL_BODY, limits.most_bytes)
        self._texts = texts
        self._render_error = render_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        load = self._load
        if load.under_way >= self._limits.most_requests and scope["path"] not in ALWAYS_ANSWERED:
            await self._refuse(_too_busy(), scope, receive, send)
            return
        if (fault := find_address_fault(scope)) is not None:
            error = Malformed("request-malformed", "the address is not plain text", fields=[fault])
            await self._refuse(error, scope, receive, send)
            return
        load.under_way += 1
        try:
            length = read_length(scope["headers"])
            if length is not None and length <= self._small:
                await self._serve_small(scope, receive, send)
            else:
                await self._serve_large(length, scope, receive, send)
        finally:
            if STREAM not in scope:
                load.under_way -= 1

    async def _serve_small(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request unless it would take too long, as far as can be foreseen."""
        admission = self._load.admission
        if scope["path"] in ALWAYS_ANSWERED:
            await self._app(scope, receive, send)
            return
        kind = admission.find_kind(scope["method"], scope["path"])
        if (wait := admission.try_begin(kind)) is not None:
            await self._refuse(_too_busy(wait), scope, receive, send)
            return
        scope[_KIND] = kind
        try:
            await self._app(scope, receive, send)
        finally:
            if scope.pop(_KIND, None) is not None:
                admission.end(kind)

    async def _serve_large(self, length: int | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose body is larger than small, or of unknown length."""
        route = _find_route(scope)
        budget = BodyBudget(SMALL_BODY) if route is None else budget_of(route)
        most = min(budget.most_bytes or self._limits.most_bytes, self._limits.most_bytes)
        if length is not None and length > most:
            await self._refuse(
                Malformed("request-too-large", f"over {most} bytes", most=most), scope, receive, send
            )
            return
        if most <= self._small:
            await self._app(scope, _BoundedBody(receive, most, None).receive, send)
            return
        try:
            size = most if length is None else length
            await self._admit_large(budget, size, scope)
        except BusError as error:
            scope["route"], scope[UNREAD_BODY] = route, True
            await self._refuse(error, scope, receive, send)
            return
        is_json = route is not None and route.body_field is not None
        body = _BoundedBody(receive, most, budget.most_values if is_json else None)
        scope[_LARGE_PLACE] = size
        try:
            await self._app(scope, body.receive, send)
        finally:
            if scope.pop(_LARGE_PLACE, None) is not None:
                self._load.large_places.release(size)

    async def _admit_large(self, budget: BodyBudget, size: int, scope: Scope) -> None:
        """Check the sender, then wait for a place; Untrusted, Unavailable ``system-busy``."""
        if budget.sender_check is not None:
            await budget.sender_check(scope["app"].state.runtime, _read_token(scope))
        try:
            async with asyncio.timeout(LARGE_WAIT):
                await self._load.large_places.acquire(size)
        except TimeoutError:
            raise _too_busy() from None

    async def _refuse(self, error: BusError, scope: Scope, receive: Receive, send: Send) -> None:
        tag = preferred_language(_read_header(scope, b"accept-language") or "ru")
        status = 413 if error.code == "request-too-large" else None
        await self._render_error(scope["path"], error, self._texts, tag, status)(scope, receive, send)


class _BoundedBody:
    """A body that is counted as it arrives: bytes, and JSON values unless ``most_values`` is None."""

    def __init__(self, receive: Receive, most_bytes: int, most_values: int | None) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._most_values = most_values
        self._bytes = 0
        self._values = 0

    async def receive(self) -> Message:
        """The next message; HTTPException 413 as soon as the body is over its budget."""
        message = await self._receive()
        body: bytes = message.get("body", b"")
        self._bytes += len(body)
        if self._bytes > self._most_bytes:
            raise HTTPException(413, f"over {self._most_bytes} bytes")
        if self._most_values is not None:
            self._values += count_values(body)
            if self._values > self._most_values:
                raise HTTPException(413, f"over {self._most_values} values")
        return message


def _read_header(scope: Scope, wanted: bytes) -> str:
    values: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return next((value.decode("latin-1") for name, value in values if name == wanted), "")


def _read_token(scope: Scope) -> str:
    """The sender's token: of ``Authorization``, else of the cookie of pages (``egov-<instance>``)."""
    kind, _, token = _read_header(scope, b"authorization").partition(" ")
    if kind.lower() == "bearer":
        return token
    name = f"egov-{getattr(scope['app'].state, 'instance', '')}"
    pairs = (pair.strip().partition("=") for pair in _read_header(scope, b"cookie").split(";"))
    return next((value for found, _, value in pairs if found == name), "")


def _find_route(scope: Scope) -> APIRoute | None:
    app: Any = scope["app"]
    for route in app.routes:
        if isinstance(route, APIRoute) and route.matches(scope)[0] is Match.FULL:
            return route
    return None


def _too_busy(wait: float = RETRY_SECONDS) -> Unavailable:
    seconds = min(LONGEST_RETRY_SECONDS, math.ceil(wait))
    return Unavailable("system-busy", "too many requests are under way", retry_after=seconds)
