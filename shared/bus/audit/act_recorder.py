"""Records every administrative act: a request with a method that changes something, to an operator's endpoint.

The act is recorded after the endpoint has answered and before the answer goes out, so that a caller who reads the
trail finds the act there. Bodies are not recorded, except the fields that an endpoint names by ``audits_fields``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qs

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.audit.audit_trail import AdministrativeAct, append_act
from shared.bus.http.endpoints import holds_operator_token, require_operator
from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_STRANGERS = 60
"""The number of strangers' attempts a minute that get entries of their own: a stranger must not fill the disk."""
LONGEST_VALUE = 200
"""The number of characters after which a value of the target is cut off."""
MOST_BYTES = 32 * 1024
"""The limit of the bytes of a body or an answer in which the recorder looks for fields."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., object])
_FIELDS = "audited_fields"


def audits_fields(*names: str) -> Callable[[AnyFunction], AnyFunction]:
    """Add these fields of the body to the entry of an endpoint's act; never a name or number of a person."""

    def mark_function(function: AnyFunction) -> AnyFunction:
        setattr(function, _FIELDS, names)
        return function

    return mark_function


def operator_routes(app: FastAPI) -> list[APIRoute]:
    """The routes behind the operator's token that change something."""
    return [
        route
        for route in app.routes
        if isinstance(route, APIRoute)
        and (route.methods or set()) - SAFE_METHODS
        and require_operator in set(_dependency_calls(route.dependant))
    ]


def install_recorder(app: FastAPI) -> None:
    """Let an app record the acts of its operator."""
    app.add_middleware(ActRecorder, system=app)


class StrangersQuota:
    """How many attempts of strangers are recorded a minute; the others are counted."""

    def __init__(self) -> None:
        self._begin: datetime | None = None
        self._count = 0
        self.skipped = 0

    def admit(self, now: datetime) -> bool:
        """Whether an attempt at ``now`` gets an entry of its own."""
        if self._begin is None or not timedelta() <= now - self._begin < timedelta(minutes=1):
            self._begin, self._count = now, 0
        self._count += 1
        if self._count > MOST_STRANGERS:
            self.skipped += 1
            return False
        return True


class ActRecorder:
    """The ASGI middleware that records administrative acts and passes other requests on unchanged."""

    def __init__(self, app: ASGIApp, system: FastAPI) -> None:
        self._app = app
        self._system = system
        self._routes: list[APIRoute] | None = None
        self._other_calls: frozenset[tuple[str, str]] = frozenset()
        """Method and path of the other endpoints without parameters in the path: most requests go to them."""
        self._quota = StrangersQuota()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = None
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            route = self._find_operator_route(scope)
        if route is None:
            await self._app(scope, receive, send)
            return
        request = _ObservedRequest(route, scope, receive)
        answer = _ObservedAnswer(send, request.request_id, partial(self._record, request))
        try:
            await self._app(scope, request.receive, answer.send)
        except Exception:
            await answer.record_once(500, "internal")
            raise

    def _find_operator_route(self, scope: Scope) -> APIRoute | None:
        if self._routes is None:
            self._routes = operator_routes(self._system)
            self._other_calls = self._list_other_calls()
        if (scope["method"], scope["path"]) in self._other_calls:
            return None
        return self._match_operator_route(scope)

    def _list_other_calls(self) -> frozenset[tuple[str, str]]:
        """The calls at paths without parameters that reach no operator's endpoint."""
        calls = {
            (method, route.path)
            for route in self._system.routes
            if isinstance(route, APIRoute) and not route.param_convertors
            for method in (route.methods or set()) - SAFE_METHODS
        }
        scopes = ({"type": "http", "method": method, "path": path} for method, path in calls)
        return frozenset(
            (scope["method"], scope["path"]) for scope in scopes if self._match_operator_route(scope) is None
        )

    def _match_operator_route(self, scope: Scope) -> APIRoute | None:
        routes = self._routes or []
        if not any(route.matches(scope)[0] is Match.FULL for route in routes):
            return None
        served = next(route for route in self._system.routes if route.matches(scope)[0] is Match.FULL)
        return served if isinstance(served, APIRoute) and served in routes else None

    async def _record(self, request: _ObservedRequest, status: int, code: str | None) -> None:
        runtime: Runtime = self._system.state.runtime
        is_operator = holds_operator_token(self._system, request.token)
        if not is_operator and not self._quota.admit(runtime.machine_clock.now()):
            return
        skipped, self._quota.skipped = self._quota.skipped, 0
        act = request.describe_act(is_operator=is_operator, status=status, code=code, skipped=skipped)
        facts: dict[str, Any] = {
            "actor": act.actor,
            "operation": act.operation,
            "outcome": act.outcome,
            "code": code,
            "request_id": act.request_id,
            "target": dict(act.target),
        }
        try:
            n, digest = await runtime.write(lambda uow: append_act(uow, runtime.tables.audit, act))
        except Exception as fault:  # the act is done: the log keeps what the trail could not take
            self._quota.skipped += skipped
            log("audit.lost", level=logging.ERROR, error=type(fault).__name__, **facts)
            return
        log("audit.act", n=n, hash=digest, **facts)


class _ObservedRequest:
    """A request to an operator's endpoint, copied while the endpoint reads the request."""

    def __init__(self, route: APIRoute, scope: Scope, receive: Receive) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        kind, _, token = headers.get(b"authorization", "").partition(" ")
        given_id = headers.get(b"x-request-id", "")
        self.token = token.strip() if kind.lower() == "bearer" else ""
        self.request_id = given_id if REQUEST_ID.fullmatch(given_id) else secrets.token_hex(16)
        self._route = route
        self._scope = scope
        self._receive = receive
        self._fields: tuple[str, ...] = getattr(route.endpoint, _FIELDS, ())
        self._body = b""

    async def receive(self) -> Message:
        """The next message to the endpoint."""
        message = await self._receive()
        if self._fields and len(self._body) < MOST_BYTES:
            self._body += message.get("body", b"")
        return message

    def describe_act(self, *, is_operator: bool, status: int, code: str | None, skipped: int) -> AdministrativeAct:
        """The act with its outcome; the entry of a stranger's attempt holds nothing of the body."""
        client = self._scope.get("client")
        values = {**self._read_path(), **self._read_query(), **(self._read_body() if is_operator else {})}
        return AdministrativeAct(
            actor="operator" if is_operator else "stranger",
            client=str(client[0])[:45] if client else None,
            operation=self._route.name[:100],
            method=self._scope["method"],
            path=self._route.path_format[:200],
            target={name: value[:LONGEST_VALUE] for name, value in values.items()},
            status=status,
            code=code,
            request_id=self.request_id,
            skipped=skipped,
        )

    def _read_path(self) -> dict[str, str]:
        _, matched = self._route.matches(self._scope)
        return {name: str(value) for name, value in matched.get("path_params", {}).items()}

    def _read_query(self) -> dict[str, str]:
        query = parse_qs(self._scope.get("query_string", b"").decode("latin-1"))
        names = [str(parameter.alias) for parameter in self._route.dependant.query_params]
        return {name: query[name][0] for name in names if name in query}

    def _read_body(self) -> dict[str, str]:
        try:
            body = json.loads(self._body) if self._fields else {}
        except (ValueError, RecursionError):
            return {}
        values: Mapping[str, Any] = body if isinstance(body, dict) else {}
        plain = {name: values[name] for name in self._fields if isinstance(values.get(name), str | int | float)}
        return {name: str(value) for name, value in plain.items()}


class _ObservedAnswer:
    """An answer that goes out once the act is recorded."""

    def __init__(self, send: Send, request_id: str, record: Callable[[int, str | None], Any]) -> None:
        self._send = send
        self._request_id = request_id
        self._record = record
        self._start: Message | None = None
        self._is_recorded = False

    async def send(self, message: Message) -> None:
        """Hold the start of the answer until its first bytes show the code of an error."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            await self.record_once(start["status"], _read_code(start["status"], message.get("body", b"")))
            header = (b"x-request-id", self._request_id.encode())
            await self._send({**start, "headers": [*start.get("headers", ()), header]})
        await self._send(message)

    async def record_once(self, status: int, code: str | None) -> None:
        """Record the act, unless that was done; a caller who goes away does not interrupt the recording."""
        if not self._is_recorded:
            self._is_recorded = True
            await asyncio.shield(self._record(status, code))


def _read_code(status: int, body: bytes) -> str | None:
    """The code of a problem; None for an answer without a fault."""
    if status < 400 or len(body) > MOST_BYTES:
        return None
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    return code[:60] if isinstance(code, str) else None


def _dependency_calls(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _dependency_calls(dependency)
