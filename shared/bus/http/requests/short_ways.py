"""Short ways to the endpoints that systems call all the time: past the routing and the parameters of FastAPI.

FastAPI costs such an endpoint as much as its own work. The endpoint says of a request whether it is of the usual
form; every other request goes the long way, and gets its answer there. The guards of a request (its size, its
address, its host, the load) stand before both ways, and both render errors alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.errors import BusError
from shared.bus.http.requests.plain_input import read_length

MOST_BYTES = 32 * 1024
"""The bytes of a body that may go a short way; a larger one is read piece by piece."""


@dataclass(frozen=True)
class PlainRequest:
    """A request with its whole body; no header comes twice, and their names are in small letters."""

    headers: Mapping[str, str]
    query: bytes
    body: bytes


ShortCall = Callable[[Request], Awaitable[Response]]
ReadCall = Callable[[PlainRequest], ShortCall | None]
"""The call for a request of the usual form, None for any other; reading has no effect."""
ServeCall = Callable[[ShortCall, bytes, Scope, Receive, Send], Awaitable[None]]
"""Serves a call with the body of its request, which ``Receive`` brings once more."""


async def answer_call(call: ShortCall, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the response of a call, or that of its BusError (a ``ServeCall``)."""
    request = Request(scope, receive)
    try:
        response = await call(request)
    except BusError as error:
        response = await scope["app"].exception_handlers[BusError](request, error)
    await response(scope, receive, send)


@dataclass(frozen=True)
class ShortWay:
    """The short way to one endpoint at one of its paths, which has no parameters; ``serve`` does what the route of
    the endpoint does around the call.
    """

    endpoint: Callable[..., object]
    path: str
    read_call: ReadCall
    serve: ServeCall = answer_call


def install_short_ways(app: FastAPI, ways: Iterable[ShortWay], most_bytes: int) -> None:
    """Give an app these short ways, for bodies of at most ``most_bytes``."""
    by_endpoint = {(way.path, way.endpoint): way for way in ways}
    served = {
        (method, route.path): (route, by_endpoint[route.path, route.endpoint])
        for route in app.routes
        if isinstance(route, APIRoute) and (route.path, route.endpoint) in by_endpoint
        for method in route.methods or ()
    }
    if served:
        app.add_middleware(ShortWays, served=served, most_bytes=min(most_bytes, MOST_BYTES))


class ShortWays:
    """The ASGI middleware that calls an endpoint directly for a request of the usual form."""

    def __init__(
        self, app: ASGIApp, served: Mapping[tuple[str, str], tuple[APIRoute, ShortWay]], most_bytes: int
    ) -> None:
        self._app = app
        self._served = served
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_served = scope["type"] == "http" and (scope["method"], scope["path"]) in self._served
        if not is_served or scope.get("root_path") or not self._is_short(scope):
            await self._app(scope, receive, send)
            return
        messages, request = await _read_request(scope, receive)
        receive_again = _replay(messages, receive)
        route, way = self._served[scope["method"], scope["path"]]
        call = None if request is None else way.read_call(request)
        if request is None or call is None:
            await self._app(scope, receive_again, send)
            return
        scope.update(route=route, endpoint=route.endpoint, path_params={})
        await way.serve(call, request.body, scope, receive_again, send)

    def _is_short(self, scope: Scope) -> bool:
        length = read_length(scope["headers"])
        return length is not None and length <= self._most_bytes


async def _read_request(scope: Scope, receive: Receive) -> tuple[list[Message], PlainRequest | None]:
    """The messages that were received, and the request; None for one that no short way takes."""
    messages: list[Message] = []
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":  # the client has gone away
            return messages, None
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if len(headers) < len(scope["headers"]):
        return messages, None
    body = b"".join(message.get("body", b"") for message in messages)
    return messages, PlainRequest(headers, scope["query_string"], body)


def _replay(messages: list[Message], receive: Receive) -> Receive:
    """What was received already, and then the further messages."""
    waiting = iter(messages)

    async def receive_again() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return receive_again
