"""The OpenAPI document of each system as it is published: whole, without the repetitions of the served one.

The served document shows every problem of every operation with its texts in three languages: most of its bytes.
The published one has the codes only, because texts may change and codes may not. An answer of errors that several
operations share stands once, under ``components/responses``; titles that repeat a field's name are left out.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

PROBLEM = "application/problem+json"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Json = dict[str, Any]


def publish_document(document: Json, version: int) -> Json:
    """The published form of a system's document; ``document`` stays as it is."""
    published = copy.deepcopy(document)
    published["info"]["version"] = str(version)
    for _, response in _responses_of(published):
        response.get("content", {}).get(PROBLEM, {}).pop("examples", None)
    _drop_titles(published)
    shared = _share_errors(published)
    if shared:
        published.setdefault("components", {})["responses"] = dict(sorted(shared.items()))
    return published


def operations_of(document: Json) -> Iterator[tuple[str, Json]]:
    """``GET /path`` and the operation, for each of the document."""
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def _responses_of(document: Json) -> Iterator[tuple[Json, Json]]:
    for _, operation in operations_of(document):
        for response in operation["responses"].values():
            yield operation, response


def _drop_titles(node: Any) -> None:
    """Drop the titles that pydantic makes of the names of fields and parameters, at whatever depth."""
    if isinstance(node, dict):
        fields = node.get("properties")
        named = list(fields.values()) if isinstance(fields, dict) else []
        for part in (*named, node["schema"] if "in" in node and "schema" in node else {}):
            if isinstance(part, dict) and isinstance(part.get("title"), str):
                del part["title"]
        for name, part in node.items():
            if name not in ("example", "examples"):
                _drop_titles(part)
    elif isinstance(node, list):
        for part in node:
            _drop_titles(part)


def _share_errors(document: Json) -> dict[str, Json]:
    """Put a reference in the place of each answer of errors that stands twice; the answers by name."""
    counts = Counter(json.dumps(response) for _, response in _responses_of(document))
    names: dict[str, str] = {}
    shared: dict[str, Json] = {}
    for _, operation in operations_of(document):
        for status, response in operation["responses"].items():
            key = json.dumps(response)
            if counts[key] > 1 and set(response.get("content", {})) == {PROBLEM}:
                name = names.setdefault(key, f"{status}_of_{operation['operationId']}")
                shared[name] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return shared
