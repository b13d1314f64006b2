"""The AsyncAPI document: what AsyncAPI 3.0 says of it, what the code says, and what breaks a system."""

from __future__ import annotations

import copy
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from services.tools.publishing.asyncapi.bus_changes import list_bus_changes
from services.tools.publishing.contract_set import (
    ASYNCAPI,
    INDEX,
    ContractVersions,
    list_breaking_changes,
    render_bus,
)
from tests.ncalayer.npm_client import pack_package

Json = dict[str, Any]
Edit = Callable[[Json], object]

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "published"
SPECS, SPECS_VERSION = "@asyncapi/specs", "6.11.1"
OFFICIAL = "package/schemas/3.0.0-without-$id.json"
"""The official schema in the archive of the package; read from npm, since it is larger than what it judges."""
TEXT = (FOLDER / ASYNCAPI).read_text(encoding="utf-8")
DOCUMENT: Json = json.loads(TEXT)


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> jsonschema_rs.Draft7Validator:
    with tarfile.open(pack_package(SPECS, SPECS_VERSION, tmp_path_factory.mktemp("specs"))) as archive:
        file = archive.extractfile(OFFICIAL)
        assert file is not None
        return jsonschema_rs.Draft7Validator(json.loads(file.read()))


def edited(edit: Edit) -> Json:
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    return document


def _message(document: Json, name: str = "person-query-1") -> Json:
    message: Json = document["components"]["messages"][name]
    return message


def _schema(document: Json, name: str) -> Json:
    schema: Json = document["components"]["schemas"][name]
    return schema


def _binding(document: Json, channel: str) -> Json:
    binding: Json = document["channels"][channel]["bindings"]["amqp"]
    return binding


def _drop_message(document: Json, name: str) -> None:
    for holder in (*document["channels"].values(), document["components"]):
        del holder["messages"][name]


def _raise_message(document: Json) -> None:
    for holder in (*document["channels"].values(), document["components"]):
        holder["messages"]["person-query-2"] = holder["messages"].pop("person-query-1")


def test_document_is_that_of_the_code() -> None:
    assert render_bus(ContractVersions(FOLDER)) == TEXT, "make contracts"


@pytest.mark.servers
def test_document_keeps_to_the_official_schema(official: jsonschema_rs.Draft7Validator) -> None:
    assert [f"{list(fault.instance_path)}: {fault.message}" for fault in official.iter_errors(DOCUMENT)] == []


INVALID: list[Edit] = [
    lambda it: it.update(asyncapi="2.6.0"),
    lambda it: it["operations"]["send"].update(action="publish"),
    lambda it: _binding(it, "queue").update(exchange={"name": "egov.bus"}),
    lambda it: _binding(it, "bus")["exchange"].update(type="queue"),
    lambda it: _schema(it, "MessageHeaders").update(type="texts"),
    lambda it: it["components"]["securitySchemes"]["account"].update(type="token"),
]


@pytest.mark.servers
@pytest.mark.parametrize("edit", INVALID, ids=range(len(INVALID)))
def test_official_schema_refuses_what_is_no_asyncapi(official: jsonschema_rs.Draft7Validator, edit: Edit) -> None:
    assert not official.is_valid(edited(edit))


def test_references_lead_somewhere_and_every_published_message_has_a_place() -> None:
    def find(node: Any) -> list[str]:
        parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        own = [node["$ref"]] if isinstance(node, dict) and isinstance(node.get("$ref"), str) else []
        return own + [reference for part in parts for reference in find(part)]

    for reference in set(find(DOCUMENT)):
        part: Any = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
    published = {path.stem for path in (FOLDER / "messages").iterdir()} - {"envelope"}
    assert {*DOCUMENT["components"]["messages"]} == published
    assert all({*channel["messages"]} == published for channel in DOCUMENT["channels"].values())


BREAKING: list[tuple[str, Edit]] = [
    ("channel deadQueue: removed", lambda it: it["channels"].pop("deadQueue")),
    ("channel bus: address changed", lambda it: it["channels"]["bus"].update(address="{address}")),
    ("channel bus: bindings changed", lambda it: _binding(it, "bus")["exchange"].update(name="egov.other")),
    (
        "channel queue: queue-arguments changed",
        lambda it: it["channels"]["queue"]["x-queue-arguments"].update({"x-delivery-limit": 5}),
    ),
    (
        "channel bus: messageType is no longer UPDATE",
        lambda it: it["components"]["parameters"]["messageType"]["enum"].remove("UPDATE"),
    ),
    ("operation receive: removed", lambda it: it["operations"].pop("receive")),
    ("operation send: action changed", lambda it: it["operations"]["send"].update(action="receive")),
    ("server tls: removed", lambda it: it["servers"].pop("tls")),
    ("server plain: security changed", lambda it: it["servers"]["plain"].update(security=[])),
    ("message notice-1 removed", lambda it: _drop_message(it, "notice-1")),
    (
        "channel queue: message notice-1 removed",
        lambda it: it["channels"]["queue"]["messages"].pop("notice-1"),
    ),
    (
        "application/1: headers.hop: removed",
        lambda it: _schema(it, "MessageHeaders")["properties"].pop("hop"),
    ),
    (
        "application/1: headers.hop: made required",
        lambda it: _schema(it, "MessageHeaders")["required"].append("hop"),
    ),
    (
        "person-query/1: payload.messageData.data.iin: pattern changed",
        lambda it: _schema(it, "PersonQuery")["properties"]["iin"].update(pattern="^9[0-9]{11}$"),
    ),
    (
        "person-query/1: payload.messageInfo.sessionId: removed",
        lambda it: _schema(it, "MessageInfo")["properties"].pop("sessionId"),
    ),
    (
        "person-query/1: amqp-properties.correlation_id: removed",
        lambda it: _message(it)["x-amqp-properties"]["properties"].pop("correlation_id"),
    ),
    ("person-query/1: correlationId is at $message.header#/case now",
     lambda it: it["components"]["correlationIds"]["case"].update(location="$message.header#/case")),
    ("message person-query-1: contentType changed", lambda it: _message(it).update(contentType="text/plain")),
]  # fmt: skip
ADDITIVE: list[Edit] = [
    lambda it: it["channels"].update(more=it["channels"]["bus"]),
    lambda it: it["components"]["messages"].update({"new-1": _message(it)}),
    lambda it: _schema(it, "MessageHeaders")["properties"].update(trace={"type": "string"}),
    lambda it: _schema(it, "PersonQuery")["properties"].update(note={"type": "string"}),
    lambda it: it["info"].update(description="other words"),
    _raise_message,
]


def compare(new: Json, version: int) -> list[str]:
    """What ``make contracts`` refuses from the published document to ``new``."""
    sets = [
        {ASYNCAPI: json.dumps(document), INDEX: json.dumps({"versions": {ASYNCAPI: number}, "removed": []})}
        for document, number in ((DOCUMENT, 1), (new, version))
    ]
    return list(list_breaking_changes(*sets))


@pytest.mark.parametrize(("change", "edit"), BREAKING, ids=[change for change, _ in BREAKING])
def test_breaking_change_is_refused_until_the_version_is_raised(change: str, edit: Edit) -> None:
    changed = edited(edit)
    assert f"{ASYNCAPI}: {change}" in compare(changed, 1)
    assert compare(changed, 2) == []


@pytest.mark.parametrize("edit", ADDITIVE, ids=range(len(ADDITIVE)))
def test_addition_breaks_no_system(edit: Edit) -> None:
    changed = edited(edit)
    assert changed != DOCUMENT
    assert list(list_bus_changes(DOCUMENT, changed)) == []


def test_schemas_have_no_word_that_draft_7_does_not_know() -> None:
    """A validator of draft 7 passes over such a word in silence: what it says would hold nobody."""
    later = {
        "$defs",
        "prefixItems",
        "unevaluatedProperties",
        "unevaluatedItems",
        "dependentRequired",
        "minContains",
    }

    def words(node: Any) -> set[str]:
        parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        own = {*node} if isinstance(node, dict) else set()
        return own.union(*map(words, parts))

    assert words(DOCUMENT["components"]) & later == set()


@pytest.mark.parametrize(
    ("contract", "sender", "recipient"),
    [
        ("application-1", "portal_pep", "is_mio"),
        ("result-1", "is_mio", "portal_pep"),
        ("notice-1", "is_mio", "is_con"),
        ("person-answer-1", "nr_iin", "is_con"),
    ],
)
def test_document_tells_who_sends_a_contract_to_whom(contract: str, sender: str, recipient: str) -> None:
    told = DOCUMENT["components"]["messages"][contract]["x-flows"]
    assert {"from": sender, "to": recipient} in told
    assert {"from": recipient, "to": sender} not in told
