"""schemathesis asks the operations of a system what its document allows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.journeys.kit import RunningCountry
from tests.openapi.documents import DISTINCT, Json, document_of, operations_of
from tests.openapi.questions.visitors import Visitor, visitor_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SECONDS = 20.0
BYTES = ["application/pdf", "application/ocsp-request", "application/timestamp-query"]
"""Bodies of bytes that schemathesis does not know by their media types."""
schemathesis.serializer.alias(BYTES, "application/octet-stream")
WITHOUT_END = {"stream_events"}
"""A stream that is given has no end."""


@cache
def new_operations() -> tuple[tuple[str, str], ...]:
    """Each operation once, at the first system that has it: pairs of the system and the operation's id."""
    seen, new = set(), []
    for name in DISTINCT:
        for operation in operations_of(document_of(name)):
            known = (operation.name, operation.content["operationId"], operation.content["description"])
            if known not in seen and operation.content["operationId"] not in WITHOUT_END:
                seen.add(known)
                new.append((name, operation.content["operationId"]))
    return tuple(new)


async def ask_operations(country: RunningCountry, name: str, examples: int) -> str:
    """Call each operation of a system that no earlier system has; returns the faults of the answers."""
    loop, visitor = asyncio.get_running_loop(), await visitor_of(country, name)
    document = schemathesis.openapi.from_dict(document_of(name))
    wanted = {operation for system, operation in new_operations() if system == name}
    asked = [
        await asyncio.to_thread(_ask_operation, visitor, one, examples, loop)
        for one in _operations(document, wanted)
    ]
    assert len(asked) == len(wanted)
    return "\n".join(fault for fault in asked if fault)


async def _send(visitor: Visitor, case: Any) -> httpx.Response:
    """The answer to a case that schemathesis made."""
    wanted = case.as_transport_kwargs(base_url="http://system")
    request: Json = {name: wanted.get(name) for name in ("params", "json")}
    headers = dict(wanted.get("headers") or {})
    if wanted.get("data") is not None:
        is_form = isinstance(wanted["data"], dict)
        request["data" if is_form else "content"] = wanted["data"]
    if wanted.get("files") is not None:
        # schemathesis makes its parts for requests, whose multipart also takes numbers
        form = requests.Request("POST", "http://system", files=wanted["files"]).prepare()
        request["content"], headers["Content-Type"] = form.body, form.headers["Content-Type"]
    raw = case.operation.definition.raw
    return await visitor.ask(raw, wanted["method"], wanted["url"], headers, **request)


def _operations(document: Any, wanted: set[str]) -> Iterator[Any]:
    for result in document.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] in wanted:
            yield operation


def _ask_operation(visitor: Visitor, operation: Any, examples: int, loop: asyncio.AbstractEventLoop) -> str:
    """Call an operation several times; returns the faults of an answer, or nothing."""

    @seed(20_261_128)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask_once(case: Any) -> None:
        case.validate_response(
            asyncio.run_coroutine_threadsafe(_send(visitor, case), loop).result(SECONDS), checks=CHECKS
        )

    try:
        ask_once()
    except BaseExceptionGroup as group:
        return f"{operation.label}: " + "; ".join(str(fault) for fault in group.exceptions)
    return ""
