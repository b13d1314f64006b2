"""Checks every answer of a country's systems against their OpenAPI documents."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, ClassVar

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.prepared_countries import PreparedShelf

UNDECLARED = "undeclared-answer"
PROBLEM = "application/problem+json"
ANY_CODE = "any"

Json = dict[str, Any]


class AnswerBook:
    """What the documents of the systems declare: the codes of the problems by path, method and status.

    A document takes as long as a hundred requests, and all countries of a test run have the same systems, so a run
    makes each document once.
    """

    _known: ClassVar[dict[str, Json]] = {}
    """By the title of the system."""

    @classmethod
    def learn(cls, app: FastAPI) -> None:
        """Keep what the document of ``app`` declares."""
        cls._known[app.title] = _read_answers(app.openapi())

    @classmethod
    def find_operation(cls, app: FastAPI, path: str, method: str) -> Json | None:
        """The codes of an operation by status; None where the document does not name the operation."""
        if app.title not in cls._known:
            cls._known[app.title] = _fetch_answers(app)
        operations: Json = cls._known[app.title][path]
        return operations.get(method)


def _fetch_answers(app: FastAPI) -> Json:
    """The declared answers of a system, made now or by another worker before."""
    assert PreparedShelf.folder is not None, "tests/conftest.py sets the folder"
    routes = sorted(route.path_format for route in app.routes if isinstance(route, APIRoute))
    digest = hashlib.sha256(json.dumps([app.title, routes]).encode()).hexdigest()[:16]
    file = PreparedShelf.folder / f"answers-{digest}.json"
    if not file.exists():
        made = file.with_suffix(f".{os.getpid()}")
        made.write_text(json.dumps(_read_answers(app.openapi())))
        made.rename(file)  # in one step: other workers read the file
    answers: Json = json.loads(file.read_text())
    return answers


def _read_answers(document: Json) -> Json:
    return {
        path: {
            method: {status: _read_codes(response) for status, response in operation["responses"].items()}
            for method, operation in operations.items()
        }
        for path, operations in document["paths"].items()
    }


def _read_codes(response: Json) -> list[str]:
    content = response.get("content", {}).get(PROBLEM, {})
    return [ANY_CODE] if "$ref" in content.get("schema", {}) else list(content.get("examples", {}))


class DeclaredAnswers:
    """Lets an answer pass that the document of the system declares, and answers 500 in the place of any other."""

    def __init__(self, app: FastAPI, inner: ASGIApp) -> None:
        self._app = app
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        refusal: list[Message] = []

        async def check_message(message: Message) -> None:
            """Send on what succeeds at once; hold a refusal until its code can be read."""
            is_start = message["type"] == "http.response.start"
            if is_start and message["status"] < 400 and self._find_fault(scope, message, b"") is None:
                await send(message)
            elif is_start or refusal:
                refusal.append(message)
                if not is_start and not message.get("more_body"):
                    await self._send_refusal(scope, refusal, send)
            else:
                await send(message)

        await self._inner(scope, receive, check_message)

    async def _send_refusal(self, scope: Scope, messages: list[Message], send: Send) -> None:
        fault = self._find_fault(scope, messages[0], b"".join(one["body"] for one in messages[1:]))
        for message in messages if fault is None else _failed_answer(fault):
            await send(message)

    def _find_fault(self, scope: Scope, start: Message, body: bytes) -> str | None:
        route = scope.get("route")
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            return None
        operation = AnswerBook.find_operation(self._app, route.path_format, scope["method"].lower())
        if operation is None:
            return None
        place = f"{self._app.title}: {scope['method']} {route.path_format}"
        codes = operation.get(str(start["status"]))
        if codes is None:
            return f"{place} does not declare the status {start['status']}: {body[:300]!r}"
        media_type = dict(start["headers"]).get(b"content-type", b"").decode().partition(";")[0]
        if media_type == PROBLEM and not {ANY_CODE, json.loads(body)["code"]} & set(codes):
            return f"{place} does not declare {json.loads(body)['code']} with {start['status']}"
        return None


def hold_to_document(app: FastAPI) -> None:
    """Have an app that runs already checked from now on."""
    app.middleware_stack = DeclaredAnswers(app, app.middleware_stack or app.build_middleware_stack())


def _failed_answer(fault: str) -> tuple[Message, Message]:
    body = json.dumps({"code": UNDECLARED, "detail": fault, "status": 500}).encode()
    headers = [(b"content-type", PROBLEM.encode()), (b"content-length", str(len(body)).encode())]
    return (
        {"type": "http.response.start", "status": 500, "headers": headers},
        {"type": "http.response.body", "body": body},
    )
