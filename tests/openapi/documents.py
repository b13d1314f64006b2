"""The OpenAPI documents of all systems, made as a system makes its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi.routing import APIRoute

from services.catalog import INSTANCES, find_instance
from shared.bus.service import ServiceApp

Json = dict[str, Any]
PROBLEM = "application/problem+json"
NAMES = [instance.name for instance in INSTANCES]
DISTINCT = [name for name in NAMES if name not in ("rshep_aty", "rshep_sev", "rshep_yuz")]
"""Regional gateways differ by their region only: one of them stands for all."""


@dataclass(frozen=True)
class Operation:
    """A method of a path, and its description in the document."""

    name: str
    content: Json

    def responses(self, media_type: str) -> Iterator[tuple[int, Json]]:
        """Statuses with what the document says of a media type there."""
        for status, response in self.content["responses"].items():
            if media_type in response.get("content", {}):
                yield int(status), response["content"][media_type]

    @property
    def errors(self) -> set[tuple[int, str]]:
        """The problems that the operation declares, by status and code."""
        return {(status, code) for status, told in self.responses(PROBLEM) for code in told.get("examples", {})}


@cache
def app_of(name: str) -> ServiceApp:
    """The HTTP app of an instance."""
    instance = find_instance(name)
    assert instance is not None
    return ServiceApp(instance.load_service())


def document_of(name: str) -> Json:
    """The document of an instance."""
    return app_of(name).openapi()


def routes_of(name: str) -> Iterator[tuple[Operation, APIRoute]]:
    """The operations of an instance's document, each with the route that answers it."""
    document = document_of(name)
    for route in app_of(name).routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                content = document["paths"][route.path_format][method.lower()]
                yield Operation(f"{method} {route.path_format}", content), route


def operations_of(document: Json) -> Iterator[Operation]:
    """Everything that the document lets one do."""
    for path, methods in document["paths"].items():
        for method, content in methods.items():
            yield Operation(f"{method.upper()} {path}", content)


def schemas_in(node: Any) -> Iterator[Json]:
    """Every schema with properties, at whatever depth."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and "in" not in node:
            yield node
        for name, part in node.items():
            if name == "properties":
                yield from schemas_in(list(part.values()))
            elif name not in ("example", "examples", "enum", "const"):
                yield from schemas_in(part)
    elif isinstance(node, list):
        for part in node:
            yield from schemas_in(part)
