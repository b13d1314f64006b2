"""A change that breaks a reader is named with contract and place; a new version of the contract lets it pass."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from services.tools.publishing.contract_set import INDEX, list_breaking_changes

Json = dict[str, Any]
Edit = Callable[[Json], object]

PROBLEM: Json = {
    "properties": {
        "code": {"type": "string", "enum": ["case-unknown", "case-closed"]},
        "status": {"type": "integer"},
    }
}
OPENAPI: Json = {
    "info": {"title": "a system", "version": "1"},
    "paths": {
        "/cases/{id}": {
            "post": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 40}},
                    {"name": "since", "in": "query", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
                },
                "responses": {
                    "200": {
                        "headers": {"Link": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/View"}}},
                    },
                    "404": {"$ref": "#/components/responses/404"},
                },
            },
            "get": {"responses": {"204": {}}},
        }
    },
    "components": {
        "responses": {"404": {"content": {"application/problem+json": {"schema": PROBLEM}}}},
        "schemas": {
            "Order": {
                "required": ["iin"],
                "properties": {
                    "iin": {"type": "string", "maxLength": 12},
                    "kind": {"type": "string", "enum": ["new", "copy"]},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "View": {
                "required": ["status", "lines"],
                "properties": {
                    "status": {"type": "string", "enum": ["open", "done"]},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
                },
            },
        },
    },
}
MESSAGE: Json = {
    "title": "Application",
    "required": ["iin"],
    "properties": {
        "iin": {"type": "string", "pattern": "^[0-9]{12}$"},
        "place": {"$ref": "#/$defs/Place"},
        "marks": {"type": "array", "items": {"type": "integer"}, "maxItems": 5},
    },
    "$defs": {"Place": {"properties": {"region": {"type": "string", "enum": ["KZ-YUZ", "KZ-SEV"]}}}},
}
ID = '<xs:element name="id" type="xs:string"/>'
ROUTE = '<xs:element name="route" type="xs:string" minOccurs="0" maxOccurs="3"/>'
SCHEMA = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a">
  <xs:element name="call" type="xs:string"/>
  <xs:complexType name="Info"><xs:sequence>{ID}{ROUTE}</xs:sequence></xs:complexType>
  <xs:simpleType name="State"><xs:restriction base="xs:string">
    <xs:maxLength value="30"/><xs:enumeration value="ON_DELIVERY"/><xs:enumeration value="DELIVERED"/>
  </xs:restriction></xs:simpleType>
</xs:schema>"""
FILES = {"openapi/a.json": json.dumps(OPENAPI), "messages/application-1.json": json.dumps(MESSAGE)}
FILES["channels/a.xsd"] = SCHEMA


def compare_sets(
    new: dict[str, str], versions: dict[str, int] | None = None, removed: tuple[str, ...] = ()
) -> list[str]:
    """What breaks from the files above to ``new``."""
    old = {**FILES, INDEX: json.dumps({"versions": dict.fromkeys(FILES, 1), "removed": []})}
    index = {"versions": dict.fromkeys(new, 1) | (versions or {}), "removed": list(removed)}
    return list(list_breaking_changes(old, {**new, INDEX: json.dumps(index)}))


def edit_file(file: str, edit: Edit) -> dict[str, str]:
    """The files with one of them changed."""
    content = copy.deepcopy(json.loads(FILES[file]))
    edit(content)
    return {**FILES, file: json.dumps(content)}


def _post(document: Json) -> Json:
    operation: Json = document["paths"]["/cases/{id}"]["post"]
    return operation


def _order(document: Json) -> Json:
    schema: Json = document["components"]["schemas"]["Order"]
    return schema


def _view(document: Json) -> Json:
    schema: Json = document["components"]["schemas"]["View"]
    return schema


def _codes(document: Json) -> list[str]:
    answer = document["components"]["responses"]["404"]["content"]["application/problem+json"]
    codes: list[str] = answer["schema"]["properties"]["code"]["enum"]
    return codes


POST = "POST /cases/{id}"
BREAKING_OPENAPI: list[tuple[str, Edit]] = [
    ("GET /cases/{id}: removed", lambda it: it["paths"]["/cases/{id}"].pop("get")),
    (f"{POST}: parameter since (query) removed", lambda it: _post(it)["parameters"].pop()),
    (
        f"{POST}: parameter since (query) made required",
        lambda it: _post(it)["parameters"][1].update(required=True),
    ),
    (
        f"{POST}: parameter page (query) added as required",
        lambda it: _post(it)["parameters"].append({"name": "page", "in": "query", "required": True}),
    ),
    (
        f"{POST}: parameter id (path): maxLength is 20 now, was 40",
        lambda it: _post(it)["parameters"][0]["schema"].update(maxLength=20),
    ),
    (f"{POST}: body made required", lambda it: _post(it)["requestBody"].update(required=True)),
    (
        f"{POST}: a body of application/json is no longer taken",
        lambda it: _post(it)["requestBody"].update(content={"application/jose": {}}),
    ),
    (f"{POST}: body.kind: removed", lambda it: _order(it)["properties"].pop("kind")),
    (f"{POST}: body.kind: made required", lambda it: _order(it)["required"].append("kind")),
    (f"{POST}: body.kind: no longer copy", lambda it: _order(it)["properties"]["kind"]["enum"].remove("copy")),
    (
        f"{POST}: body.iin: type changed from string to integer",
        lambda it: _order(it)["properties"]["iin"].update(type="integer"),
    ),
    (
        f"{POST}: body.note: null is no longer one of its forms",
        lambda it: _order(it)["properties"]["note"]["anyOf"].pop(),
    ),
    (f"{POST}: body: further fields are refused now", lambda it: _order(it).update(additionalProperties=False)),
    (f"{POST}: answer 200 removed", lambda it: _post(it)["responses"].pop("200")),
    (f"{POST}: header Link of answer 200 removed", lambda it: _post(it)["responses"]["200"].pop("headers")),
    (f"{POST}: answer 200.lines: removed", lambda it: _view(it)["properties"].pop("lines")),
    (f"{POST}: answer 200.status: may be absent now", lambda it: _view(it)["required"].remove("status")),
    (f"{POST}: answer 200.lines[].kind: removed", lambda it: _order(it)["properties"].pop("kind")),
    (
        f"{POST}: answer 200.lines[].note: integer is a new form, which readers do not know",
        lambda it: _order(it)["properties"]["note"]["anyOf"].append({"type": "integer"}),
    ),
    (f"{POST}: error 404 case-closed removed", lambda it: _codes(it).remove("case-closed")),
    (f"{POST}: asks for a proof of the caller now (token)", lambda it: _post(it).update(security=[{"token": []}])),
]
BREAKING_MESSAGE: list[tuple[str, Edit]] = [
    ("Application.place: removed", lambda it: it["properties"].pop("place")),
    ("Application.place: made required", lambda it: it["required"].append("place")),
    ("Application.iin: may be absent now", lambda it: it["required"].clear()),
    ("Application.iin: pattern changed", lambda it: it["properties"]["iin"].update(pattern="^[0-9]{11}$")),
    ("Application.marks: maxItems is 4 now, was 5", lambda it: it["properties"]["marks"].update(maxItems=4)),
    (
        "Application.marks[]: type changed from integer to string",
        lambda it: it["properties"]["marks"]["items"].update(type="string"),
    ),
    (
        "Application.place.region: no longer KZ-SEV",
        lambda it: it["$defs"]["Place"]["properties"]["region"]["enum"].pop(),
    ),
]
BREAKING_SCHEMA = [
    ("/element call: removed", '<xs:element name="call" type="xs:string"/>', ""),
    ("/element call: type changed", 'name="call" type="xs:string"', 'name="call" type="xs:int"'),
    ("/: targetNamespace changed from urn:a to urn:b", '"urn:a"', '"urn:b"'),
    ("/: elementFormDefault changed from none to qualified", '"urn:a"', '"urn:a" elementFormDefault="qualified"'),
    ("sequence/element route: made required", 'minOccurs="0" ', ""),
    ("sequence/element route: at most 1 now, was 3", ' maxOccurs="3"', ""),
    ("/element zone: added as required", "</xs:sequence>", '<xs:element name="zone"/></xs:sequence>'),
    ("sequence: the order changed to element route, element id", ID + ROUTE, ROUTE + ID),
    ("restriction/maxLength: changed from 30 to 20", '"30"', '"20"'),
    ("restriction/enumeration DELIVERED: removed", '<xs:enumeration value="DELIVERED"/>', ""),
    (
        "restriction/pattern: narrows the values",
        "</xs:restriction>",
        '<xs:pattern value="[A-Z]+"/></xs:restriction>',
    ),
]
ADDITIVE: list[tuple[str, Edit]] = [
    ("openapi/a.json", lambda it: it["paths"].update({"/new": {"get": {"responses": {"200": {}}}}})),
    ("openapi/a.json", lambda it: _post(it)["parameters"].append({"name": "page", "in": "query"})),
    ("openapi/a.json", lambda it: _order(it)["properties"].update(phone={"type": "string"})),
    ("openapi/a.json", lambda it: _order(it)["properties"]["kind"]["enum"].append("change")),
    ("openapi/a.json", lambda it: _order(it)["properties"]["iin"].update(maxLength=14)),
    ("openapi/a.json", lambda it: _view(it)["required"].append("note")),
    ("openapi/a.json", lambda it: _codes(it).append("case-moved")),
    ("openapi/a.json", lambda it: it["info"].update(title="another title")),
    ("messages/application-1.json", lambda it: it["properties"].update(phone={"type": "string"})),
    ("messages/application-1.json", lambda it: it["properties"]["marks"].update(maxItems=9)),
]


@pytest.mark.parametrize(("change", "edit"), BREAKING_OPENAPI, ids=[change for change, _ in BREAKING_OPENAPI])
def test_breaking_change_of_a_document_is_named(change: str, edit: Edit) -> None:
    changed = edit_file("openapi/a.json", edit)
    assert f"openapi/a.json: {change}" in compare_sets(changed)
    assert compare_sets(changed, {"openapi/a.json": 2}) == []


@pytest.mark.parametrize(("change", "edit"), BREAKING_MESSAGE, ids=[change for change, _ in BREAKING_MESSAGE])
def test_breaking_change_of_a_message_is_named(change: str, edit: Edit) -> None:
    assert compare_sets(edit_file("messages/application-1.json", edit)) == [
        f"messages/application-1.json: {change}"
    ]


@pytest.mark.parametrize(("change", "old", "new"), BREAKING_SCHEMA, ids=[row[0] for row in BREAKING_SCHEMA])
def test_breaking_change_of_a_channel_is_named(change: str, old: str, new: str) -> None:
    changed = SCHEMA.replace(old, new)
    (told,) = compare_sets({**FILES, "channels/a.xsd": changed})
    assert change in told


@pytest.mark.parametrize(("file", "edit"), ADDITIVE)
def test_addition_breaks_no_reader(file: str, edit: Edit) -> None:
    changed = edit_file(file, edit)
    assert changed[file] != FILES[file]
    assert compare_sets(changed) == []


def test_addition_to_a_channel_breaks_no_client() -> None:
    wider = SCHEMA.replace("</xs:sequence>", '<xs:element name="zone" minOccurs="0"/></xs:sequence>')
    wider = wider.replace('"30"', '"40"').replace(
        "<xs:enumeration", '<xs:enumeration value="LOST"/><xs:enumeration', 1
    )
    assert compare_sets({**FILES, "channels/a.xsd": wider}) == []


def test_contract_goes_when_a_later_version_is_there_or_when_it_is_said() -> None:
    name = "messages/application-1.json"
    without = {file: text for file, text in FILES.items() if file != name}
    assert compare_sets(without) == [f"{name}: removed"]
    assert compare_sets({**without, "messages/application-2.json": "{}"}) == []
    assert compare_sets(without, removed=(name,)) == []
