"""What a document has and no document before: the systems share most parts, and to examine a part takes long."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from tests.openapi.documents import DISTINCT, Json, document_of

NAMED_WITHOUT_REFERENCE = "securitySchemes"
"""The components that operations name without a reference: each document keeps all of them."""

Place = tuple[str, ...]


@cache
def new_parts_of_all() -> Mapping[str, Json]:
    """By instance a document of the paths and components that no earlier instance has."""
    return dict(zip(DISTINCT, new_parts(map(document_of, DISTINCT)), strict=True))


def new_parts(documents: Iterable[Json]) -> Iterator[Json]:
    """Each document without the parts that an earlier one has too: the same path or component at the same place,
    with all that it refers to. What is left is a whole document: what its parts refer to stays.
    """
    seen = set()
    for document in documents:
        kept: set[Place] = set()
        for place in _places(document):
            references = _references_from(document, place)
            parts = [[one, _part_at(document, one)] for one in sorted({place, *references})]
            known = json.dumps([place, parts], sort_keys=True)
            if known not in seen:
                seen.add(known)
                kept |= {place, *references}
        yield _only(document, kept)


def _places(document: Json) -> Iterator[Place]:
    """The places of the paths and of the components."""
    yield from (("paths", path) for path in document["paths"])
    for kind, components in document["components"].items():
        yield from (("components", kind, name) for name in components)


def _part_at(document: Json, place: Place) -> Any:
    part: Any = document
    for name in place:
        part = part[name]
    return part


def _references_from(document: Json, place: Place) -> set[Place]:
    """Every component that the part at ``place`` refers to, directly or not."""
    reached: set[Place] = set()
    waiting = [place]
    while waiting:
        for one in _references_in(_part_at(document, waiting.pop())):
            if one not in reached:
                reached.add(one)
                waiting.append(one)
    return reached


def _references_in(node: Any) -> Iterator[Place]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield tuple(reference.removeprefix("#/").split("/"))
        for part in node.values():
            yield from _references_in(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references_in(part)


def _only(document: Json, kept: set[Place]) -> Json:
    components = {
        kind: {
            name: part
            for name, part in parts.items()
            if kind == NAMED_WITHOUT_REFERENCE or ("components", kind, name) in kept
        }
        for kind, parts in document["components"].items()
    }
    paths = {path: item for path, item in document["paths"].items() if ("paths", path) in kept}
    return {**document, "paths": paths, "components": components}
