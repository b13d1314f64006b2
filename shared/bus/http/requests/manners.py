"""HTTP manners of every path: HEAD and OPTIONS, the whole ``Allow``, CORS by setting, ``nosniff``.

An endpoint declares one method; what follows from the method (RFC 9110: HEAD of every GET, OPTIONS, ``Allow`` of a
405) is answered here, outside all other layers, so that refusals get their headers too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY_ORIGIN = "*"
EXPOSED = "ETag, Last-Modified, Link, Location, Retry-After"
"""The headers of an answer that a page of an allowed origin may read beside those that every page may."""
PREFLIGHT_SECONDS = 600
PAGE_POLICY = b"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
"""The Content-Security-Policy of a page that sets none of its own."""

Headers = list[tuple[bytes, bytes]]


class HttpManners:
    """Wraps an app; ``app.state.browser_origins`` has the origins whose pages may call the app, ``*`` for any."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origins: Collection[str] = getattr(scope["app"].state, "browser_origins", ())
        added = _cross_origin_headers(scope, origins)

        async def send_politely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _complete_headers(scope, message, added)}
            await send(message)

        method = scope["method"]
        if method == "OPTIONS" and (methods := allowed_methods(scope)):
            await _answer_options(scope, receive, send_politely, methods, bool(origins))
        elif method == "HEAD" and "GET" in allowed_methods(scope):
            await self._answer_head(scope, receive, send_politely)
        else:
            await self._app(scope, receive, send_politely)

    async def _answer_head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer like GET, without the body; a stream ends after its header."""
        is_answered = False

        async def send_header(message: Message) -> None:
            nonlocal is_answered
            if is_answered:
                raise OSError("a HEAD has its answer")  # as a client that has gone away: the stream ends
            await send(message)
            if message["type"] == "http.response.start":
                await send({"type": "http.response.body", "body": b""})
                is_answered = True

        async def send_once(message: Message) -> None:
            if is_answered and not message.get("more_body"):
                return
            await send_header(message)

        async def receive_until_answered() -> Message:
            return {"type": "http.disconnect"} if is_answered else await receive()

        try:
            await self._app({**scope, "method": "GET"}, receive_until_answered, send_once)
        except (OSError, ClientDisconnect):
            if not is_answered:
                raise


def _cross_origin_headers(scope: Scope, origins: Collection[str]) -> Headers:
    """The CORS headers of an answer to a page of an allowed origin."""
    if not origins:
        return []
    origin = _read_header(scope, b"origin")
    if ANY_ORIGIN in origins:
        allowed = [(b"access-control-allow-origin", b"*")] if origin else []
    else:
        is_allowed = origin.decode("latin-1") in origins
        allowed = [(b"access-control-allow-origin", origin)] if is_allowed else []
        allowed.append((b"vary", b"Origin"))
    exposed = [(b"access-control-expose-headers", EXPOSED.encode())] if origin else []
    return [*allowed, *exposed]


async def _answer_options(
    scope: Scope, receive: Receive, send: Send, methods: Iterable[str], is_open: bool
) -> None:
    headers = {"Allow": ", ".join(methods)}
    if is_open and _read_header(scope, b"access-control-request-method"):
        wanted = _read_header(scope, b"access-control-request-headers").decode("latin-1")
        headers["Access-Control-Allow-Methods"] = headers["Allow"]
        headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        if wanted:
            headers["Access-Control-Allow-Headers"] = wanted
    await Response(status_code=204, headers=headers)(scope, receive, send)


def allowed_methods(scope: Scope) -> list[str]:
    """The methods of a path, in the order of the alphabet; none for a path that does not exist."""
    app: Any = scope["app"]
    methods: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route | Mount) and route.matches(scope)[0] is not Match.NONE:
            methods |= (getattr(route, "methods", None) or {"GET"}) if isinstance(route, Route) else {"GET"}
    if not methods:
        return []
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))


def _complete_headers(scope: Scope, start: Message, added: Headers) -> Headers:
    headers: Headers = [*start["headers"], *added]
    if start["status"] == 405:
        allowed = ", ".join(allowed_methods(scope)).encode()
        headers = [(name, value) for name, value in headers if name.lower() != b"allow"] + [(b"allow", allowed)]
    present = {name.lower(): value for name, value in headers}
    if b"x-content-type-options" not in present:
        headers.append((b"x-content-type-options", b"nosniff"))
    is_page = present.get(b"content-type", b"").startswith(b"text/html")
    if is_page and b"content-security-policy" not in present:
        headers.append((b"content-security-policy", PAGE_POLICY))
    return headers


def _read_header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")
