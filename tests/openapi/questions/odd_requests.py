"""Requests with odd values in every place of every operation, and what the systems answer to them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from tests.journeys.kit import RunningCountry
from tests.openapi.documents import DISTINCT, Json, Operation, document_of, operations_of
from tests.openapi.questions.visitors import Visitor, visitor_of

ODD = ("a\0b", "a\ud800b", 2**63)
"""Texts that PostgreSQL cannot keep: a NUL, half of a surrogate pair; a number that SQLite cannot."""
LARGE = ("Ж" * 150, 2**63 - 1)
"""Values that may fit: they are answered as documented, whatever a column holds."""
WITHOUT_END = {"stream_events"}


async def ask_odd_input(
    country: RunningCountry, *, names: Iterable[str] = DISTINCT, with_large: bool = False
) -> list[str]:
    """Call each operation of these systems, once, with odd values; returns the faults of the answers."""
    faults: list[str] = []
    seen = set()
    for name in names:
        visitor = await visitor_of(country, name)
        for operation in operations_of(document_of(name)):
            known = (operation.name, operation.content["operationId"], operation.content["description"])
            if known not in seen and operation.content["operationId"] not in WITHOUT_END:
                seen.add(known)
                faults += [f"{name} {fault}" for fault in await _ask_operation(visitor, operation, with_large)]
    return faults


async def _ask_operation(visitor: Visitor, operation: Operation, with_large: bool) -> list[str]:
    method, _, path = operation.name.partition(" ")
    faults = []
    for place, url, body, is_odd in _odd_requests(path, operation.content, LARGE if with_large else ()):
        # raw JSON: the client's own encoder would not send half of a surrogate pair
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = await visitor.ask(operation.content, method, url, headers, content=content)
        status, kind = answer.status_code, answer.headers.get("content-type", "")
        is_told = "ocsp-response" in kind or (400 <= status < 500 and "json" in kind)
        if status >= 500 or str(status) not in operation.content["responses"] or (is_odd and not is_told):
            faults.append(f"{operation.name} {place}: {status} {answer.text[:100]}")
    return faults


def _odd_requests(
    path: str, operation: Json, large: tuple[str | int, ...]
) -> Iterator[tuple[str, str, Any, bool]]:
    """The place, the address, the body, and whether the value must be refused, else only answered."""
    parameters = [one for one in operation.get("parameters", ()) if one["in"] in ("path", "query")]
    example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    address = _address(path, parameters, {})
    for parameter in parameters:
        name = parameter["name"]
        for escaped in ("%00", str(2**63)) if _is_integer(parameter["schema"]) else ("%00",):
            yield f"{name}={escaped}", _address(path, parameters, {name: escaped}), example, True
    places = list(_leaves(example)) if isinstance(example, dict) else []
    for number, names in enumerate(places):
        # one place of a body represents all places: test_bounds.py checks the models
        for odd in ODD if number == 0 else ():
            is_kept = path.startswith("/api/")  # NCANode's own API keeps and shows nothing
            yield f"{names}={odd!r}", address, _replaced(example, names, odd), is_kept
        for big in large:
            yield f"{names}={str(big)[:20]}", address, _replaced(example, names, big), False


def _address(path: str, parameters: list[Json], odd: dict[str, str]) -> str:
    query = []
    for parameter in parameters:
        name = parameter["name"]
        value = odd.get(name, quote(str(parameter.get("example", "")), safe=""))
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", value)
        elif name in odd or parameter["required"]:
            query.append(f"{name}={value}")
    return f"{path}?{'&'.join(query)}" if query else path


def _is_integer(schema: Json) -> bool:
    return any(part.get("type") == "integer" for part in (schema, *schema.get("anyOf", ())))


def _leaves(node: Any, *names: str | int) -> Iterator[tuple[str | int, ...]]:
    """The places of all texts and numbers of a JSON value."""
    if isinstance(node, dict | list):
        for name, part in node.items() if isinstance(node, dict) else enumerate(node[:1]):
            yield from _leaves(part, *names, name)
    elif node is not None and not isinstance(node, bool):
        yield names


def _replaced(body: Json, names: tuple[str | int, ...], value: Any) -> Json:
    changed = copy.deepcopy(body)
    node: Any = changed
    for name in names[:-1]:
        node = node[name]
    node[names[-1]] = value
    return changed
