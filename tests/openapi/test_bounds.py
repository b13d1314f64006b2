"""Every text and number that a system takes has a bound; the document shows the bound and the models keep it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.openapi.documents import DISTINCT, Json, document_of, operations_of, routes_of, schemas_in

ODD_TEXTS = ("a\0b", "a\x1b[2Jb", "a\u202eb", "a\ud800b")
ODD_NUMBERS = (2**63, -(2**63) - 1, 10**400)
BOUNDS = {"maxLength", "enum", "const", "format", "contentEncoding"}
ENDLESS = re.compile(r"[*+]|,\}")
"""The parts of a pattern that repeat without end."""


@pytest.mark.parametrize("name", DISTINCT)
def test_document_bounds_every_text_and_number_that_is_sent(name: str) -> None:
    document = document_of(name)
    loose = [
        f"{operation.name} {parameter['name']}"
        for operation in operations_of(document)
        for parameter in operation.content.get("parameters", ())
        if _is_loose(parameter["schema"], is_header=parameter["in"] == "header")
    ]
    for model in _sent_models(document):
        for owner in schemas_in(document["components"]["schemas"][model]):
            loose += [f"{model} {field}" for field, schema in owner["properties"].items() if _is_loose(schema)]
    assert loose == [], "give the field a bound: max_length, or a type of shared/bus/http/requests"


def _is_loose(schema: Json, *, is_header: bool = False) -> bool:
    """Whether a text or a number has no bound; the server bounds the texts of headers."""
    parts = [*schema.get("anyOf", ()), *schema.get("allOf", ())]
    parts += [part for part in (schema.get("items"), schema.get("additionalProperties")) if isinstance(part, dict)]
    if any(_is_loose(part, is_header=is_header) for part in parts):
        return True
    if schema.get("type") == "string":
        return not is_header and not BOUNDS & schema.keys() and bool(ENDLESS.search(schema.get("pattern", "*")))
    least, most = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
    is_number = schema.get("type") in ("integer", "number") and not {"enum", "const"} & schema.keys()
    return is_number and not (least & schema.keys() and most & schema.keys())


def _sent_models(document: Json) -> set[str]:
    """The names of all models that are parts of request bodies."""
    waiting: list[Any] = [one.content.get("requestBody", {}) for one in operations_of(document)]
    names: set[str] = set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in names:
                names.add(name)
                waiting.append(document["components"]["schemas"][name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return names


@pytest.mark.parametrize("name", DISTINCT)
def test_model_of_every_body_refuses_odd_texts_and_numbers_at_any_depth(name: str) -> None:
    """NCANode's own API keeps nothing and shows nothing: of its texts only half pairs are refused, by pydantic."""
    silent = [
        f"{operation.name}: {odd!r}"
        for operation, route in routes_of(name)
        if route.body_field is not None and "ncanode" not in route.endpoint.__module__
        for odd in (*ODD_TEXTS, *ODD_NUMBERS, float("inf"))
        if not _is_refused(route.body_field, {"deep": [{"inside": odd}]})
    ]
    assert silent == [], "make its model a RequestModel, or annotate the type with PlainBody"


def _is_refused(body_field: Any, body: Json) -> bool:
    _, faults = body_field.validate(body, {}, loc=("body",))
    kinds = [fault["type"] for fault in faults or ()]
    return len(kinds) == 1 and kinds[0] in {"text_not_plain", "number_too_large", "finite_number"}
