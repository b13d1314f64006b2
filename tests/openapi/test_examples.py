"""The documents fill what a person would type: each body and each answer has an example that its schema admits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from shared.bus.errors import Malformed
from shared.contracts.identifiers import check_bin, check_iin
from shared.regulations.loader import load_passports
from tests.openapi.documents import (
    DISTINCT,
    Json,
    Operation,
    document_of,
    operations_of,
    routes_of,
    schemas_in,
)

FILLED = ("application/json", "application/x-www-form-urlencoded")
"""The bodies that a person fills in; other bodies are files."""


def places_of(operation: Operation) -> Iterator[tuple[str, Json]]:
    """The places where an operation needs an example: its body, and each successful JSON answer."""
    for media_type, content in operation.content.get("requestBody", {}).get("content", {}).items():
        if media_type in FILLED:
            yield f"{operation.name} body", content
    for status, content in operation.responses("application/json"):
        if 200 <= status < 300:
            yield f"{operation.name} {status}", content


@pytest.mark.parametrize("name", DISTINCT)
def test_every_body_and_every_successful_answer_has_an_example_that_its_schema_admits(name: str) -> None:
    document, faults, count = document_of(name), [], 0
    for operation in operations_of(document):
        for place, content in places_of(operation):
            count += 1
            if "example" not in content:
                faults.append(f"{place}: none")
            else:
                faults += [f"{place}: {fault}" for fault in _faults(name, content["schema"], content["example"])]
    assert faults == [], "say in shared/contracts/field_examples.yaml what the field looks like"
    assert count > 3


@pytest.mark.parametrize("name", DISTINCT)
def test_example_of_a_body_is_taken_by_the_endpoint_itself(name: str) -> None:
    """Rules beyond the schema: fields that exclude each other, and fields in base64."""
    refused = []
    for operation, route in routes_of(name):
        if route.body_field is not None:
            example = operation.content["requestBody"]["content"]["application/json"]["example"]
            _, errors = route.body_field.validate(example, {}, loc=("body",))
            refused += [(operation.name, error["loc"], error["msg"]) for error in errors or ()]
    assert refused == []


@pytest.mark.parametrize("name", DISTINCT)
def test_every_part_of_a_path_and_every_field_has_an_example_that_its_schema_admits(name: str) -> None:
    document = document_of(name)
    faults: list[tuple[str, str, str]] = []
    for operation in operations_of(document):
        for parameter in operation.content.get("parameters", ()):
            if parameter["in"] == "path":
                example = parameter.get("example")
                faults += [
                    (operation.name, parameter["name"], fault)
                    for fault in _faults(name, parameter["schema"], example)
                ]
    for schema in schemas_in(document["components"]["schemas"]):
        for field, part in schema["properties"].items():
            for example in part.get("examples", ()):
                faults += [(str(schema.get("title")), field, fault) for fault in _faults(name, part, example)]
    assert faults == []


@pytest.mark.parametrize("name", DISTINCT)
def test_examples_tell_of_people_organisations_and_services_that_can_exist(name: str) -> None:
    services = {passport.service_type: passport.id for passport in load_passports()}
    regulations = {passport.id: passport for passport in load_passports()}
    for operation in operations_of(document_of(name)):
        for _, content in places_of(operation):
            for values in _objects_in(content["example"]):
                for value in values.values():
                    if isinstance(value, str) and re.fullmatch(r"\d{12}", value):
                        assert _is_invented(value), f"{operation.name}: {value}"
                passport = regulations.get(values.get("regulation", ""))
                assert passport or "regulation" not in values or values["regulation"] is None
                assert not passport or values.get("region", passport.region) == passport.region
                assert values.get("service_type") in (None, *services)
                if passport and "kz-" in str(values.get("authority")):
                    assert values["authority"] in {office.code for office in passport.directories.departments}


def test_body_that_a_person_tries_out_is_whole() -> None:
    """The body of an application's draft that Swagger UI shows, with the fields of the act's own form."""
    paths = document_of("portal_pep")["paths"]
    draft = paths["/api/v1/services/{service_id}/draft"]["post"]
    example = draft["requestBody"]["content"]["application/json"]["example"]
    assert {"authority", "fields", "attachments"} <= example.keys()
    assert next(one["example"] for one in draft["parameters"] if one["name"] == "service_id") == "KZ-YUZ.3"
    passport = next(one for one in load_passports() if one.id == "KZ-YUZ.3")
    assert {rule.key for rule in passport.flk if rule.mandatory} <= example["fields"].keys()


def _is_invented(number: str) -> bool:
    """Whether the number is an ИИН that no living person can have, or a БИН."""
    try:
        return check_iin(number)[6] in "012"
    except Malformed:
        return check_bin(number) == number


def _objects_in(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from _objects_in(part)
    elif isinstance(node, list):
        for part in node:
            yield from _objects_in(part)


@cache
def _registry(name: str) -> Any:
    registry: Any = Registry().with_resource("urn:document", DRAFT202012.create_resource(document_of(name)))
    return registry


def _faults(name: str, schema: Json, value: Any) -> list[str]:
    """Why the document of an instance does not admit a value where this schema stands."""
    absolute = _absolute(schema)
    checker = Draft202012Validator(absolute, registry=_registry(name), format_checker=FormatChecker())
    return [
        f"{'.'.join(map(str, fault.absolute_path))}: {fault.message[:200]}" for fault in checker.iter_errors(value)
    ]


def _absolute(node: Any) -> Any:
    """The schema with references that hold outside the document too."""
    if isinstance(node, dict):
        return {name: f"urn:document{part}" if name == "$ref" else _absolute(part) for name, part in node.items()}
    return [_absolute(part) for part in node] if isinstance(node, list) else node
