"""Holds every answer of a country's systems to their OpenAPI documents: what is not declared fails the test."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNDECLARED = "undeclared-answer"
PROBLEM = "application/problem+json"


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
        operation = self._app.openapi()["paths"][route.path_format].get(scope["method"].lower())
        if operation is None:
            return None
        place = f"{self._app.title}: {scope['method']} {route.path_format}"
        response = operation["responses"].get(str(start["status"]))
        if response is None:
            return f"{place} does not declare the status {start['status']}: {body[:300]!r}"
        media_type = dict(start["headers"]).get(b"content-type", b"").decode().partition(";")[0]
        if media_type == PROBLEM and not _is_declared(response, json.loads(body)["code"]):
            return f"{place} does not declare {json.loads(body)['code']} with {start['status']}"
        return None


def hold_to_document(app: FastAPI) -> None:
    """Have an app that runs already checked from now on."""
    app.middleware_stack = DeclaredAnswers(app, app.middleware_stack or app.build_middleware_stack())


def _is_declared(response: dict[str, Any], code: str) -> bool:
    content = response.get("content", {}).get(PROBLEM, {})
    return "$ref" in content.get("schema", {}) or code in content.get("examples", {})


def _failed_answer(fault: str) -> tuple[Message, Message]:
    body = json.dumps({"code": UNDECLARED, "detail": fault, "status": 500}).encode()
    headers = [(b"content-type", PROBLEM.encode()), (b"content-length", str(len(body)).encode())]
    return (
        {"type": "http.response.start", "status": 500, "headers": headers},
        {"type": "http.response.body", "body": body},
    )
