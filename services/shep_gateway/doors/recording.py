"""The routes of the doors: each call becomes an exchange, kept just before the last byte of the answer goes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Coroutine, Iterable, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from services.shep_gateway.doors.exchanges import (
    MOST_BYTES,
    CarriedBytes,
    DoorExchange,
    ExchangeLog,
    make_row,
    write_exchanges,
)
from services.shep_gateway.doors.participants import Participant
from shared.bus.errors import BusError
from shared.bus.http.endpoints import PROBLEM_TYPE
from shared.bus.http.requests.short_ways import ShortCall, answer_call
from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork

_current: ContextVar[_ExchangeRecorder] = ContextVar("exchange_recorder")
SECRET = re.compile(r"auth|cookie|token|secret|password|api-?key", re.IGNORECASE)
"""Headers with such a name are kept without their value."""
MOST_HEADERS, LONGEST_HEADER, LONGEST_TARGET = 40, 500, 300
CUT_OFF, NO_ANSWER = "body-cut-off", 0
"""The code of a call whose client went away in the middle of the body, and the status of no answer."""
EXCHANGE_HEADER = "x-exchange-id"

KeepExchange = Callable[[UnitOfWork, Response], None]


class DoorRoute(APIRoute):
    """A route of a door: ``current_exchange`` gives its endpoint the exchange under way."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        recorder = _ExchangeRecorder(scope, self.name, receive, send)
        await recorder.run(super().handle(scope, recorder.receive, recorder.send))


async def serve_door_call(call: ShortCall, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a call that came a short way, as an exchange (a ``ServeCall``)."""
    recorder = _ExchangeRecorder(scope, scope["route"].name, receive, send)
    recorder.copy_request(body)
    await recorder.run(answer_call(call, body, scope, receive, recorder.send))


def current_exchange() -> DoorExchange:
    """The exchange under way; LookupError outside of a route of a door (``route_class=DoorRoute``)."""
    return _current.get().exchange


def current_keeper() -> KeepExchange:
    """What keeps the exchange under way in the transaction of its own message, with the response that its caller
    gets once the transaction is committed; then nothing is written when the answer goes.
    """
    return _current.get().keep_in


def find_exchange() -> DoorExchange | None:
    """The exchange under way; None outside of a route of a door."""
    recorder = _current.get(None)
    return None if recorder is None else recorder.exchange


def note_participant(participant: Participant) -> None:
    """Note the proved sender of the call under way, if the call is an exchange."""
    if (exchange := find_exchange()) is not None:
        exchange.participant = participant.address


def tell_rate_limit(limit: int, remaining: int, reset_seconds: int) -> None:
    """Tell the caller in the headers of the answer how many calls the present minute leaves."""
    if (exchange := find_exchange()) is not None:
        exchange.answer_headers = {
            "ratelimit-limit": str(limit),
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": str(reset_seconds),
        }


class _ExchangeRecorder:
    """Copies the bytes of a request and its answer as they pass."""

    def __init__(self, scope: Scope, operation: str, receive: Receive, send: Send) -> None:
        self._runtime: Runtime = scope["app"].state.runtime
        self._headers = _visible_headers(scope["headers"])
        self._receive, self._send = receive, send
        self._began = time.monotonic()
        self._request, self._answer = _CopiedBody(), _CopiedBody()
        self._is_whole = self._is_kept = False
        self._start: MutableMapping[str, Any] = {"status": 500, "headers": ()}
        query = scope["query_string"].decode("latin-1")
        target = f"{scope['method']} {scope['path']}{'?' if query else ''}{query}"
        self.exchange = DoorExchange(
            door="rest" if scope["path"].startswith("/api/") else "soap",
            operation=operation,
            target=target[:LONGEST_TARGET],
            content_type=self._headers.get("content-type", ""),
            wants_strictness=self._headers.get("x-strict", "").lower() == "true",
            began_at=self._runtime.now,
        )

    async def run(self, call: Coroutine[Any, Any, None]) -> None:
        """Run the call with its exchange at hand; keep the exchange of a call that breaks off."""
        token = _current.set(self)
        try:
            await call
        except ClientDisconnect:  # nobody is there to be answered
            await self.keep(NO_ANSWER)
        except Exception:
            self.exchange.code = "internal"
            await self.keep(500)
            raise
        finally:
            _current.reset(token)

    def copy_request(self, body: bytes, *, is_whole: bool = True) -> None:
        """Copy a body, or a part of it; ``is_whole`` for the last one."""
        self._request.add(body)
        self._is_whole = is_whole

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.copy_request(message.get("body", b""), is_whole=not message.get("more_body", False))
        elif not self._is_whole:
            self.exchange.code = CUT_OFF
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = self._complete_headers(message.get("headers", ()))
            self._start = message
        elif message["type"] == "http.response.body":
            self._answer.add(message.get("body", b""))
            if not message.get("more_body"):
                await self.keep(self._start["status"])
        await self._send(message)

    def _complete_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own = {EXCHANGE_HEADER: self.exchange.id, **self.exchange.answer_headers}
        return [*headers, *((name.encode(), value.encode()) for name, value in own.items())]

    def keep_in(self, uow: UnitOfWork, response: Response) -> None:
        """Keep the exchange in a transaction (a ``KeepExchange``)."""
        headers = _visible_headers(self._complete_headers(response.raw_headers))
        answer = CarriedBytes(headers, bytes(response.body), len(response.body))
        outcome = response.status_code, self._count_milliseconds()
        uow.write_later(write_exchanges, make_row(self.exchange, self._carried_request, answer, outcome))
        uow.call_after_commit(self._note_kept)

    def _note_kept(self) -> None:
        self._is_kept = True

    @property
    def _carried_request(self) -> CarriedBytes:
        return CarriedBytes(self._headers, bytes(self._request.copy), self._request.size)

    def _count_milliseconds(self) -> int:
        return int((time.monotonic() - self._began) * 1000)

    async def keep(self, status: int) -> None:
        """Keep the exchange; a fault of the keeping is logged, and harms no answer."""
        if self._is_kept:
            return
        exchange = self.exchange
        headers = _visible_headers(self._start["headers"])
        is_problem = headers.get("content-type") == PROBLEM_TYPE and self._answer.size <= MOST_BYTES
        if exchange.code is None and is_problem:
            exchange.code = json.loads(self._answer.copy)["code"]
        if not exchange.is_worth_keeping and exchange.code is None:
            return
        answer = CarriedBytes(headers, bytes(self._answer.copy), self._answer.size)
        try:
            await self._runtime.resource(ExchangeLog).keep(
                self._runtime, exchange, self._carried_request, answer, (status, self._count_milliseconds())
            )
        except BusError as error:
            log("exchange.lost", id=exchange.id, code=error.code)


class _CopiedBody:
    """The beginning of a body, and its whole size."""

    def __init__(self) -> None:
        self.copy, self.size = bytearray(), 0

    def add(self, body: bytes) -> None:
        self.size += len(body)
        self.copy += body[: max(0, MOST_BYTES - len(self.copy))]


def visible_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers by name, without the values of secrets."""
    named = ((_read_name(name), value) for name, value in islice(headers, MOST_HEADERS))
    return {name: "…" if is_secret else value[:LONGEST_HEADER] for (name, is_secret), value in named}


@lru_cache(512)
def _read_name(name: str) -> tuple[str, bool]:
    """The name of a header in small letters, and whether its value is a secret."""
    key = name.lower()
    return key, SECRET.search(key) is not None


def _visible_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return visible_headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
