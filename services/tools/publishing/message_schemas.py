"""A JSON Schema for each message contract, ``noun/1`` in ``noun-1.json``, and one for the envelope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shared.bus.http.glossary import Glossary
from shared.bus.messages.message import MessageContract, MessageInfo, imported_contracts

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]


def make_message_schemas(glossary: Glossary) -> dict[str, Json]:
    """The schemas by file name; of the contracts that are imported: load the systems first."""
    files = {f"{contract.contract.replace('/', '-')}.json": _schema_of(contract) for contract in list_contracts()}
    envelope = {"$schema": DIALECT, "$id": "urn:egov-bus:contract:envelope", **MessageInfo.model_json_schema()}
    schemas = {"envelope.json": envelope, **dict(sorted(files.items()))}
    for schema in schemas.values():
        describe_fields(((schema["title"], schema), *schema.get("$defs", {}).items()), glossary)
    return schemas


def list_contracts() -> Iterator[type[MessageContract]]:
    """The contracts that are imported, those of tests left out."""
    return (contract for contract in imported_contracts() if contract.__module__.startswith("shared."))


def _schema_of(contract: type[MessageContract]) -> Json:
    identity = {"$schema": DIALECT, "$id": f"urn:egov-bus:contract:{contract.contract}"}
    kind = contract.message_type
    carried = {} if kind is None else {"x-message-type": kind.value}
    return {**identity, **carried, **contract.model_json_schema()}


def describe_fields(models: Iterable[tuple[str, Json]], glossary: Glossary) -> None:
    """Write the meaning of each field that has none into the schemas of ``models``, given with their names."""
    for owner, part in models:
        for name, field in part.get("properties", {}).items():
            meaning = glossary.find_meaning(owner, name)
            if meaning and "description" not in field:
                field["description"] = meaning
