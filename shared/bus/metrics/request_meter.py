"""Measures every HTTP request of a system: how long, by which endpoint, with which status."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.metrics.service_metrics import OUTSIDE, ServiceMetrics

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
OTHER_METHOD = "other"
GONE = 499
"""The status of a request whose client went away before an answer began, as nginx writes it."""
STREAM = "egov_bus.stream"
"""Set in the scope of a request that answers for hours, which is no duration to measure."""


class RequestMeter:
    """Wraps an app; streams count while they are open."""

    def __init__(self, app: ASGIApp, metrics: ServiceMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = GONE
        began = perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            if STREAM not in scope:
                method = scope["method"] if scope["method"] in METHODS else OTHER_METHOD
                self._metrics.count_request(method, _route_of(scope), status, perf_counter() - began)


def _route_of(scope: Scope) -> str:
    """The path of the endpoint as the API writes it, ``/cases/{case_id}``."""
    path: str = getattr(scope.get("route"), "path", OUTSIDE)
    return path
