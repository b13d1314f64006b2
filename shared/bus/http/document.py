"""Composes the OpenAPI document of a system, with every error of every endpoint, and a description of every
property and parameter.

FastAPI makes a first document, and this module completes that document at the first request for it, so that the
start of a system loses no time.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from shared.bus.errors import BusError, Internal, Malformed, Unavailable
from shared.bus.http.endpoints import PROBLEM_TYPE, ErrorRenderer, Texts, render_problem, runtime_of
from shared.bus.http.glossary import MISSING, REFERENCE, ExampleComposer, Glossary, Json
from shared.bus.http.lists.paging import LINK_HEADER, has_pages
from shared.bus.http.media import URLENCODED
from shared.bus.http.problems import ANY_CODE, CODES, dependency_errors, read_declared
from shared.bus.http.requests.plain_input import LONGEST_PARAMETER

EXAMPLE_LANGUAGE = "en"
FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
"""FastAPI's error schemas, which no system uses: the systems answer with ``Problem``."""

PROBLEM: Json = {
    "title": "Problem",
    "description": "An error (RFC 9457): a stable code for programs, a text for people. Some errors have members "
    "of their own beside these.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "The code of the error as a URN."},
        "title": {
            "type": "string",
            "description": "The class of the error, which says what to do: mend the request (Malformed), prove "
            "who you are (Untrusted), do not ask again (Refused), ask for something else (NotFound), look at the "
            "present state first (Conflict), try again later (Unavailable, Throttled), tell us (Internal).",
        },
        "status": {"type": "integer", "description": "The status of HTTP, once more in the body."},
        "code": {"type": "string", "description": "The stable code of the error: it never changes."},
        "detail": {
            "type": "string",
            "description": "The error in the language of Accept-Language (ru, kk, en; Russian otherwise), or in "
            "English where it is for developers only.",
        },
        "texts": {
            "type": "object",
            "description": "The text in all three languages.",
            "properties": {
                "ru": {"type": "string", "description": "The text in Russian, always there."},
                "kk": {"type": "string", "description": "The same text in Kazakh."},
                "en": {"type": "string", "description": "The same text in English."},
            },
        },
        "fields": {
            "type": "array",
            "description": "The fields that are wrong: where each stands and what is wrong with it.",
            "items": {"type": "object"},
        },
        "fields_total": {
            "type": "integer",
            "description": "The number of all faulty fields, where ``fields`` names only the first twenty.",
        },
        "condition": {"type": "string", "description": "The condition of «условие 2» that does not hold."},
        "explanation": {
            "type": "object",
            "description": "Why a signature is refused and which variant would verify, or which entry of the "
            "register would have let a message pass; not in production.",
        },
        "retry_after": {"type": "integer", "description": "Seconds to wait before the next attempt."},
    },
}

EVENT_FIELDS = {
    "event": "The kind of the event.",
    "id": "The id of the event, for Last-Event-ID.",
    "retry": "After how many milliseconds a lost connection is made again.",
}

BOUNDED = frozenset({"maxLength", "enum", "const", "format"})
"""The words of JSON Schema that bound a text."""

FILLED = ("application/json", URLENCODED)
"""The media types of requests that a person fills in: the others are files."""

ALWAYS = (
    Malformed("request-malformed"),
    Malformed("request-too-large"),
    Malformed("request-timeout"),
    Malformed("headers-too-large"),
    Malformed("host-unknown"),
    Unavailable("system-busy"),
    Internal("internal"),
)
"""The errors of every request."""
OF_THE_RUNTIME = (
    Unavailable("service-stopped"),
    Unavailable("database-unavailable"),
    Unavailable("own-certificate-expired"),
)
"""The errors of every endpoint that uses the runtime: the system starts or stops, the database is away, or the
system's certificate has ended.
"""
STATUS_OF_THE_PROTOCOL = {
    "request-too-large": 413,
    "request-timeout": 408,
    "headers-too-large": 431,
    "host-unknown": 421,
    "content-type-unsupported": 415,
}
"""Codes with an HTTP status other than that of their error class."""


@dataclass(frozen=True)
class Described:
    """The parts of an OpenAPI document besides the routes."""

    title: str
    description: str
    texts: Texts
    render_error: ErrorRenderer = render_problem
    glossary: Glossary = field(default_factory=Glossary)
    further_errors: Mapping[str, Sequence[BusError]] = field(default_factory=dict)
    """By the name of an endpoint that several systems share: errors that only this system has."""


def compose_document(routes: Sequence[BaseRoute], described: Described) -> Json:
    """The OpenAPI document of a system with these routes."""
    document = get_openapi(title=described.title, version="1", description=described.description, routes=routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in FASTAPIS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation = document["paths"][route.path_format][method.lower()]
                operation["operationId"] = route.name
                _complete_responses(operation, route, described)
    _bound_parameters(document)
    _describe_fields(document, described.glossary)
    _show_examples(document, ExampleComposer(schemas, described.glossary))
    return document


def possible_errors(route: APIRoute, further: Sequence[BusError] = ()) -> list[BusError]:
    """All errors of an endpoint, each once: the declared ones, those of dependencies, those of every request."""
    errors = [*read_declared(route.responses), *further, *dependency_errors(route.dependant), *ALWAYS]
    if getattr(getattr(route.body_field, "field_info", None), "media_type", "") == "application/json":
        errors.append(Malformed("content-type-unsupported"))
    if _asks_runtime(route):
        errors += OF_THE_RUNTIME
    return list({(error.http_status, error.code): error for error in errors}.values())


def _asks_runtime(route: APIRoute) -> bool:
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        if dependant.call is runtime_of:
            return True
        waiting += dependant.dependencies
    return False


def _complete_responses(operation: Json, route: APIRoute, described: Described) -> None:
    responses: dict[str, Json] = operation["responses"]
    if FASTAPIS_OWN[0] in json.dumps(responses.get("422", {})):
        del responses["422"]
    for status, response in responses.items():
        response.pop(CODES, None)
        for content in response.get("content", {}).values():
            _type_content(content)
        if response.get("description") == "Successful Response":
            response["description"] = http.client.responses[int(status)]
    if has_pages(route.dependant):
        responses["200"].setdefault("headers", {})["Link"] = LINK_HEADER
    errors = possible_errors(route, described.further_errors.get(route.name, ()))
    answers = [_tell_error(error, route, described) for error in errors]
    ordered = sorted(
        (error for error in answers if error.status != 415 or error.media_type == PROBLEM_TYPE),
        key=lambda error: (error.status, error.code),
    )
    for status, told_errors in groupby(ordered, key=lambda error: error.status):
        _declare_status(responses.setdefault(str(status), {}), list(told_errors))
    operation["responses"] = dict(sorted(responses.items()))


def _type_content(content: Json) -> None:
    """Reduce a schema to the named model where FastAPI adds a guess; describe a stream as an array of events."""
    schema = content.get("schema")
    if schema is not None and "$ref" in schema:
        content["schema"] = schema = {"$ref": schema["$ref"]}
    event = content.pop("itemSchema", None)
    if event is not None:
        for name, meaning in EVENT_FIELDS.items():
            event["properties"][name]["description"] = meaning
        event["properties"]["data"] = {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "What happened, as the JSON of its schema.",
            **({"contentSchema": schema} if schema else {}),
        }
        content["schema"] = {"type": "array", "description": "Events, as they happen (SSE).", "items": event}


@dataclass(frozen=True)
class ToldError:
    """An error as the renderer of a path shows the error: status, code, error class, media type, body."""

    status: int
    code: str
    kind: str
    media_type: str
    body: Any


def _tell_error(error: BusError, route: APIRoute, described: Described) -> ToldError:
    status = STATUS_OF_THE_PROTOCOL.get(error.code)
    response = described.render_error(route.path, error, described.texts, EXAMPLE_LANGUAGE, status)
    media_type = str(response.headers["content-type"])
    body = json.loads(bytes(response.body))
    return ToldError(response.status_code, error.code, type(error).__name__, media_type, body)


def _media_type_of(error: Any) -> str:
    return str(error.media_type)


def _declare_status(response: Json, errors: Sequence[ToldError]) -> None:
    codes = ", ".join("any code" if error.code == ANY_CODE else f"`{error.code}`" for error in errors)
    response["description"] = f"{' or '.join(sorted({error.kind for error in errors}))}: {codes}."
    for media_type, alike in groupby(sorted(errors, key=_media_type_of), _media_type_of):
        of_type = list(alike)
        content = response.setdefault("content", {}).setdefault(media_type, {})
        content["schema"] = (
            _problem_schema(of_type) if media_type == PROBLEM_TYPE else _body_schema(of_type[0].body)
        )
        examples = {
            error.code: {"summary": _summary(error), "value": error.body}
            for error in of_type
            if error.code != ANY_CODE
        }
        if examples:
            content["examples"] = examples


def _problem_schema(errors: Sequence[ToldError]) -> Json:
    if any(error.code == ANY_CODE for error in errors):
        return {"$ref": f"{REFERENCE}Problem"}
    code = {
        "type": "string",
        "enum": [error.code for error in errors],
        "description": "The stable code, one of these.",
    }
    return {"allOf": [{"$ref": f"{REFERENCE}Problem"}, {"type": "object", "properties": {"code": code}}]}


def _body_schema(body: Mapping[str, Any]) -> Json:
    """The schema of an error body that is not a problem: each member has the type of the example's member."""
    types = {str: "string", int: "integer"}
    properties = {name: {"type": types[type(value)]} for name, value in body.items()}
    return {"type": "object", "required": list(body), "properties": properties}


def _summary(error: ToldError) -> str:
    body = error.body
    return str(body.get("detail") or body.get("message") or error.code)


def _bound_parameters(document: Json) -> None:
    """Show the bound of the address texts that declare no bound of their own."""
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] in ("path", "query"):
                    for schema in (parameter["schema"], *parameter["schema"].get("anyOf", ())):
                        if schema.get("type") == "string" and not BOUNDED & schema.keys():
                            schema["maxLength"] = LONGEST_PARAMETER


def _describe_fields(document: Json, glossary: Glossary) -> None:
    for name, schema in document["components"]["schemas"].items():
        _describe_properties(schema, name, glossary)
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                meaning = glossary.meanings.get(parameter["name"].lower())
                if meaning and "description" not in parameter:
                    parameter["description"] = meaning
            for schema in _inline_schemas(operation):
                _describe_properties(schema, operation["operationId"], glossary)


def _describe_properties(schema: Json, owner: str, glossary: Glossary) -> None:
    for name, part in schema.get("properties", {}).items():
        meaning = glossary.find_meaning(owner, name)
        if meaning and "description" not in part:
            part["description"] = meaning


def _show_examples(document: Json, composer: ExampleComposer) -> None:
    """Give each field, each part of a path, each body and each successful JSON answer its example."""
    for path in document["paths"].values():
        for operation in path.values():
            owner = operation["operationId"]
            for parameter in operation.get("parameters", ()):
                if parameter["required"]:
                    example = composer.compose_field(owner, parameter["name"].lower(), parameter["schema"])
                    _set_example(parameter, example)
            for content in _example_places(operation):
                _set_example(content, composer.compose_example(content["schema"], owner))
    for owner, schema in document["components"]["schemas"].items():
        for name, part in schema.get("properties", {}).items():
            example = composer.compose_field(owner, name, part)
            if example is not MISSING and not isinstance(example, dict | list):
                part["examples"] = [example]


def _example_places(operation: Json) -> Iterator[Json]:
    """The contents of an operation that show an example: what is sent, and what comes back as JSON."""
    sent = operation.get("requestBody", {}).get("content", {})
    yield from (content for media_type, content in sent.items() if media_type in FILLED)
    for status, response in operation["responses"].items():
        if status.startswith("2") and "application/json" in response.get("content", {}):
            yield response["content"]["application/json"]


def _set_example(place: Json, example: Any) -> None:
    if example is not MISSING:
        place["example"] = example


def _inline_schemas(operation: Json) -> Iterator[Json]:
    """The schemas inside an operation, at any depth, without the named models."""
    bodies: Iterable[Json] = [*operation["responses"].values(), operation.get("requestBody", {})]
    waiting = [
        content["schema"] for body in bodies for content in body.get("content", {}).values() if "schema" in content
    ]
    while waiting:
        schema = waiting.pop()
        yield schema
        waiting += [*schema.get("allOf", ()), *schema.get("properties", {}).values()]
        waiting += [schema["items"]] if "items" in schema else []
