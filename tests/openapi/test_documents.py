"""The documents are what a person reads and a generator needs: valid, described, typed, with examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from services.catalog import find_instance
from services.tools.publishing.contract_set import ContractVersions, render_document
from shared.regulations.flk import form_schema
from shared.regulations.loader import load_passports
from shared.regulations.public import public_form
from tests.openapi.documents import DISTINCT, PROBLEM, Json, document_of, operations_of, schemas_in
from tests.openapi.new_parts import new_parts, new_parts_of_all

PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "contracts" / "published"
LANGUAGES = {"ru", "kk", "en"}
FEWEST_WORDS = 5
EMPTY_WORDS = {"a", "an", "i", "it", "of", "the"}
"""Words that say nothing of a field; without a plural, "is" is "i"."""


@pytest.mark.parametrize("name", DISTINCT)
def test_document_is_valid_openapi(name: str) -> None:
    validate(new_parts_of_all()[name])


def test_search_for_new_parts_keeps_what_differs_however_deep_and_what_that_refers_to() -> None:
    first = document_of("nr_iin")
    second = json.loads(json.dumps(first))
    second["components"]["schemas"]["Problem"]["type"] = "no-type"
    alike, differing = list(new_parts([first, first]))[1], list(new_parts([first, second]))[1]
    assert (alike["paths"], alike["components"]["schemas"]) == ({}, {})
    assert set(differing["paths"]) == set(first["paths"]), "each operation can answer with a problem"
    with pytest.raises(OpenAPIValidationError):
        validate(differing)


@pytest.mark.parametrize("name", DISTINCT)
def test_document_is_the_published_one(name: str) -> None:
    system = name.replace("rshep_akm", "rshep_regional")
    text = render_document(system, document_of(name), ContractVersions(PUBLISHED))
    assert (PUBLISHED / "openapi" / f"{system}.json").read_text(encoding="utf-8") == text, "make contracts"


def test_published_document_is_valid_openapi() -> None:
    document = json.loads((PUBLISHED / "openapi" / "kdp.json").read_text(encoding="utf-8"))
    validate(document)
    assert document["components"]["responses"].keys()


@pytest.mark.parametrize("name", DISTINCT)
def test_published_document_has_every_error_of_the_served_one(name: str) -> None:
    file = PUBLISHED / "openapi" / f"{name.replace('rshep_akm', 'rshep_regional')}.json"
    published = set(_published_errors(json.loads(file.read_text(encoding="utf-8"))))
    told = {
        (operation.name, status, code)
        for operation in operations_of(document_of(name))
        for status, answer in operation.responses(PROBLEM)
        for code in answer.get("examples", {})
        if "allOf" in answer["schema"]  # elsewhere any code may come
    }
    assert told == published
    assert len(told) > 50


def _published_errors(document: Json) -> Iterator[tuple[str, int, str]]:
    for operation in operations_of(document):
        for status, response in operation.content["responses"].items():
            shared = response.get("$ref", "").removeprefix("#/components/responses/")
            answer = document["components"]["responses"][shared] if shared else response
            for part in answer.get("content", {}).get(PROBLEM, {}).get("schema", {}).get("allOf", ()):
                for code in part.get("properties", {}).get("code", {}).get("enum", ()):
                    yield operation.name, int(status), code


@pytest.mark.parametrize("name", DISTINCT)
def test_document_describes_every_property_and_parameter(name: str) -> None:
    silent = [f"{place} {field}" for place, field, meaning in _descriptions(document_of(name)) if not meaning]
    assert silent == [], "say in shared/contracts/fields.yaml what it means"


@pytest.mark.parametrize("name", DISTINCT)
def test_descriptions_are_sentences_that_say_more_than_the_name(name: str) -> None:
    thin = [
        f"{place} {field}: {meaning}"
        for place, field, meaning in _descriptions(document_of(name))
        if len(meaning.split()) < FEWEST_WORDS
        or meaning.count("(") != meaning.count(")")  # cut off by the # of YAML
        or not _words_of(meaning) - _words_of(field) - EMPTY_WORDS
    ]
    assert thin == [], "say in shared/contracts/fields.yaml what it is, its unit, its shape"


def _descriptions(document: Json) -> Iterator[tuple[str, str, str]]:
    """The place, the name and the description of each parameter and property."""
    for operation in operations_of(document):
        for parameter in operation.content.get("parameters", ()):
            yield operation.name, parameter["name"], parameter.get("description", "")
    for owner, part in {**document["components"]["schemas"], **document["paths"]}.items():
        for schema in schemas_in(part):
            for field, told in schema["properties"].items():
                yield owner, field, told.get("description", "")


def _words_of(text: str) -> set[str]:
    """The words of a text or of a name in camelCase or snake_case, in small letters and without a plural."""
    apart = re.sub("([a-z])([A-Z])", r"\1 \2", text)
    return {word.lower().removesuffix("s") for word in re.findall(r"[^\W_]+", apart)}


@pytest.mark.parametrize("name", DISTINCT)
def test_document_names_each_operation_once_and_readably(name: str) -> None:
    names = [operation.content["operationId"] for operation in operations_of(document_of(name))]
    assert len(names) == len(set(names))
    assert [one for one in names if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", one)] == []


@pytest.mark.parametrize("name", DISTINCT)
def test_document_types_every_json_and_every_stream_that_is_answered(name: str) -> None:
    untyped = [
        f"{operation.name} {status}"
        for operation in operations_of(document_of(name))
        for media_type in ("application/json", "text/event-stream")
        for status, told in operation.responses(media_type)
        if not _is_typed(told.get("schema", {}))
    ]
    assert untyped == []


def _is_typed(schema: Json) -> bool:
    """Whether a generator makes more of the schema than a map of any values."""
    if schema.get("type") == "array":
        return _is_typed(schema["items"])
    if "anyOf" in schema:
        return all(map(_is_typed, schema["anyOf"]))
    return "$ref" in schema or "properties" in schema or schema.get("type") in ("string", "integer", "boolean")


@pytest.mark.parametrize("name", DISTINCT)
def test_document_shows_an_example_of_every_problem_in_the_words_of_the_system(name: str) -> None:
    instance = find_instance(name)
    assert instance is not None
    document, texts = document_of(name), instance.load_service().texts
    checker = _problem_checker(document)
    seen = set()
    for operation in operations_of(document):
        for status, told in operation.responses(PROBLEM):
            for code, example in told.get("examples", {}).items():
                problem = example["value"]
                assert (problem["code"], problem["status"]) == (code, status), operation.name
                assert problem.get("texts", {}) == texts.get(code, {}), operation.name
                assert [fault.message for fault in checker.iter_errors(problem)] == []
                seen.add(code)
    assert len(seen) > 4


def _problem_checker(document: Json) -> Any:
    resource = DRAFT202012.create_resource(document)
    registry: Any = Registry().with_resource("urn:document", resource)
    return Draft202012Validator({"$ref": "urn:document#/components/schemas/Problem"}, registry=registry)


@pytest.mark.parametrize("name", DISTINCT)
def test_document_declares_what_every_request_can_meet(name: str) -> None:
    for operation in operations_of(document_of(name)):
        statuses = set(operation.content["responses"])
        assert {"413", "500"} <= statuses, operation.name
        if operation.content.get("security"):
            assert "401" in statuses, operation.name


def test_published_regulation_is_as_its_schema_says() -> None:
    gateway, portal = document_of("shep_gateway"), document_of("portal_pep")
    passports = load_passports()
    for passport in passports:
        assert _faults(gateway, "PublicRegulation", public_form(passport)) == []
        assert _faults(portal, "FormSchema", form_schema(passport)) == []
    assert len(passports) == 44


def _faults(document: Json, name: str, value: object) -> list[str]:
    registry: Any = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    schema = {"$ref": f"urn:document#/components/schemas/{name}"}
    return [fault.message for fault in Draft202012Validator(schema, registry=registry).iter_errors(value)]


def test_stream_of_an_application_tells_the_type_of_its_events() -> None:
    document = document_of("portal_pep")
    path = "/api/v1/applications/{case_id}/events"
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"]
    event = schema["items"]["properties"]
    assert {"data", "event", "id"} <= event.keys()
    assert event["data"]["contentSchema"] == {"$ref": "#/components/schemas/CabinetNotificationView"}
    assert "CabinetNotificationView" in document["components"]["schemas"]
