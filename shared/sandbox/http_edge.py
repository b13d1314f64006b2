"""The HTTP side of a system under rules: no answer, a late one, half of one, a wrong one, two calls."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.errors import Unavailable
from shared.bus.http.endpoints import render_problem
from shared.bus.http.languages import preferred_language
from shared.contracts.addresses import PORTAL
from shared.sandbox.matching import ExchangeFacts, find_iin
from shared.sandbox.rule_book import ActiveRule, RuleBook
from shared.sandbox.rules import EffectKind, ExchangePlace, SystemDoor

CONTROLS = (
    "/api/v1/sandbox",
    "/api/v1/faults",
    "/api/v1/conduct",
    "/api/v1/clerks",
    "/api/v1/clock",
    "/api/v1/audit",
    "/console",
    "/static",
    "/healthz",
)
"""What is never disturbed: by these an operator ends a rule, and a supervisor sees that the process lives."""
MOST_LOOKED_AT = 64 * 1024
"""The bytes of a request that are read for the ИИН in it."""
RETRY_SECONDS = 5
_CASE_IN_PATH = re.compile(r"/(?:applications|cases)/([^/]+)$")
"""The paths of the portal that show the state of a case."""
_NUMBER_IN_PATH = re.compile(r"/(\d{12})(?:/|$)")
_SOAP_PATHS = ("/bip-sync", "/bip-async", "/SmartBridgeService", "/shep/")


class DisturbedApp:
    """The ASGI app of a system with the rules for it before it."""

    def __init__(self, inner: ASGIApp, book: RuleBook, instance: str) -> None:
        self._inner = inner
        self._book = book
        self._instance = instance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._book.polled and scope["type"] == "http":
            self._note_poll(scope)
        if (
            scope["type"] != "http"
            or not self._book.has_rules(self._instance, ExchangePlace.HTTP)
            or scope["path"].startswith(CONTROLS)
        ):
            await self._inner(scope, receive, send)
            return
        messages = await _read_some(receive)
        hit = self._book.draw(self._instance, ExchangePlace.HTTP, read_facts(scope, messages))
        receive_again = _replay(messages, receive)
        if hit is None:
            await self._inner(scope, receive_again, send)
        else:
            await self._disturb(hit, scope, messages, receive_again, send)

    def _note_poll(self, scope: Scope) -> None:
        found = _CASE_IN_PATH.search(scope["path"])
        if found is None or scope["method"] != "GET" or self._instance != PORTAL:
            return
        if found[1] in self._book.polled:
            self._book.note_poll(self._instance, ExchangeFacts(case_id=found[1], path=scope["path"]))

    async def _disturb(
        self, hit: ActiveRule, scope: Scope, messages: list[Message], receive: Receive, send: Send
    ) -> None:
        match hit.effect.kind:
            case EffectKind.DOWN:
                await _answer_down(hit, scope, receive, send)
            case EffectKind.DROP:
                await _end_unanswered(send)
            case EffectKind.SLOW:
                await asyncio.sleep(hit.draw_delay())
                await self._inner(scope, receive, send)
            case EffectKind.DUPLICATE:
                await _call_again(self._inner, hit.effect.copies or 2, scope, messages, receive, send)
            case EffectKind.CORRUPT:
                await self._inner(scope, receive, _spoiling(send))
            case EffectKind.HALF_BODY:
                await self._inner(scope, receive, _halving(send))
            case EffectKind.WRONG_ANSWER:
                await _answer_wrongly(hit, send)


def read_facts(scope: Scope, messages: list[Message]) -> ExchangeFacts:
    """What a request says of itself: its path, its door, the ИИН in it."""
    path: str = scope["path"]
    in_path = _NUMBER_IN_PATH.search(path)
    body = b"".join(message.get("body", b"") for message in messages)
    return ExchangeFacts(
        path=path, door=_door_of(path), iin=in_path[1] if in_path else find_iin(body), message_id=path
    )


def _door_of(path: str) -> SystemDoor:
    if path.startswith(_SOAP_PATHS):
        return SystemDoor.SOAP
    return SystemDoor.REST if path.startswith("/api/") else SystemDoor.PAGES


async def _read_some(receive: Receive) -> list[Message]:
    """The messages of a request, up to ``MOST_LOOKED_AT`` bytes of its body."""
    messages: list[Message] = []
    size = 0
    while size < MOST_LOOKED_AT:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return messages


def _replay(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(tuple(messages))

    async def receive_again() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return receive_again


async def _answer_down(hit: ActiveRule, scope: Scope, receive: Receive, send: Send) -> None:
    error = Unavailable("system-down", f"rule {hit.rule.id}: the system is down", retry_after=RETRY_SECONDS)
    headers = dict(scope["headers"])
    tag = preferred_language(headers.get(b"accept-language", b"ru").decode("latin-1"))
    await render_problem(scope["path"], error, scope["app"].state.texts, tag)(scope, receive, send)


async def _end_unanswered(send: Send) -> None:
    """End the connection in the middle of an answer: HTTP servers have no other way to say nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _call_again(
    app: ASGIApp, copies: int, scope: Scope, messages: list[Message], receive: Receive, send: Send
) -> None:
    """Let the system handle a request several times; the client sees the answer to the first."""
    await app({**scope, "state": dict(scope.get("state", {}))}, receive, send)

    async def discard(_: MutableMapping[str, Any]) -> None:
        return None

    for _ in range(copies - 1):
        await app({**scope, "state": dict(scope.get("state", {}))}, _replay(messages, receive), discard)


async def _answer_wrongly(hit: ActiveRule, send: Send) -> None:
    body = json.dumps(hit.effect.answer or {}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": hit.effect.status or 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _spoiling(send: Send) -> Send:
    """Change one byte of the first part of the answer's body."""
    is_spoilt = False

    async def send_spoilt(message: Message) -> None:
        nonlocal is_spoilt
        body: bytes = message.get("body", b"")
        if message["type"] == "http.response.body" and body and not is_spoilt:
            is_spoilt, place = True, len(body) // 2
            message = {**message, "body": body[:place] + bytes([body[place] ^ 0x01]) + body[place + 1 :]}
        await send(message)

    return send_spoilt


def _halving(send: Send) -> Send:
    """Send half of the answer's body under the length of the whole."""

    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.body":
            body: bytes = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2]}
        await send(message)

    return send_half
