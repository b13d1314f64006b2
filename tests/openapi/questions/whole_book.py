"""Every GET of every document, asked for every regulation, region, channel and language of the whole book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

import jsonschema_rs

from shared.contracts.addresses import REGIONS
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from tests.openapi.documents import DISTINCT, PROBLEM, Json, Operation, document_of, operations_of
from tests.openapi.questions.visitors import Visitor

ANY_PASSPORT = "KZ-YUZ.3"
"""The example of a parameter that takes the id of a regulation."""
LANGUAGES = ("ru", "kk", "en")


def book_operations(name: str) -> Iterator[tuple[Operation, Mapping[str, Json]]]:
    """The GETs of a system that take a regulation or a region, each with its parameters by name."""
    for operation in operations_of(document_of(name)):
        parameters = {one["name"]: one for one in operation.content.get("parameters", [])}
        is_of_book = any(_is_regulation(one) for one in parameters.values()) or "region" in parameters
        if operation.name.startswith("GET ") and is_of_book:
            yield operation, parameters


def _is_regulation(parameter: Json) -> bool:
    return parameter["in"] == "path" and parameter.get("example") == ANY_PASSPORT


def _declared_languages(parameter: Json) -> tuple[str, ...]:
    """The languages that the document names for the parameter: a diagram has those of the acts."""
    schemas = [parameter["schema"], *parameter["schema"].get("anyOf", ())]
    return next((tuple(schema["enum"]) for schema in schemas if "enum" in schema), tuple(LANGUAGES))


def book_questions(parameters: Mapping[str, Json]) -> Iterator[dict[str, str]]:
    """The values with which an operation is asked, by the name of the parameter."""
    languages = _declared_languages(parameters["lang"]) if "lang" in parameters else (None,)
    regulation = next((name for name, one in parameters.items() if _is_regulation(one)), None)
    if regulation is None:
        for region, language in product(sorted(REGIONS), languages):
            yield _present({"region": region, "lang": language})
        return
    for number, passport in enumerate(PassportBook.load().passports):
        for way, (channel, variant) in enumerate(_ways(passport, parameters)):
            language = languages[(number + way) % len(languages)]
            yield _present({regulation: passport.id, "channel": channel, "variant": variant, "lang": language})


def _ways(passport: Passport, parameters: Mapping[str, Json]) -> Iterator[tuple[str | None, str | None]]:
    if "channel" not in parameters:
        yield None, None
        return
    yield from product(passport.channels.accept, passport.variants or (None,))


def _present(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


async def ask_whole_book(visitor: Visitor) -> tuple[int, list[str]]:
    """Ask a system's GETs of the book; returns how many questions were asked, and the faults of the answers."""
    count, faults = 0, []
    for operation, parameters in book_operations(visitor.name):
        for values in book_questions(parameters):
            count += 1
            fault = await _ask(visitor, operation, parameters, values)
            if fault is not None:
                faults.append(f"{visitor.name} {operation.name} {values}: {fault}")
    return count, faults


async def _ask(
    visitor: Visitor, operation: Operation, parameters: Mapping[str, Json], values: Mapping[str, str]
) -> str | None:
    path = operation.name.removeprefix("GET ")
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    query = {name: value for name, value in values.items() if parameters[name]["in"] == "query"}
    answer = await visitor.ask(operation.content, "GET", f"http://system{path}", {}, params=query)
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code != 200:
        code = answer.json()["code"] if media_type == PROBLEM else media_type
        return None if code == "questionnaire-absent" else f"{answer.status_code} {code}"
    if media_type not in operation.content["responses"]["200"]["content"]:
        return f"media type {media_type}"
    return _schema_fault(visitor.name, operation, answer.json()) if "json" in media_type else None


def _schema_fault(name: str, operation: Operation, content: Any) -> str | None:
    return next((fault.message for fault in _checker(name, operation.name).iter_errors(content)), None)


@cache
def _checker(name: str, operation_name: str) -> jsonschema_rs.Draft202012Validator:
    """The validator of a JSON answer with status 200."""
    document = document_of(name)
    operation = next(one for one in operations_of(document) if one.name == operation_name)
    schema = operation.content["responses"]["200"]["content"]["application/json"].get("schema", {})
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


BOOK_SYSTEMS = [name for name in DISTINCT if any(book_operations(name))]
