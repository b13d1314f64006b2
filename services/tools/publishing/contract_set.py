"""The files of all published contracts with their versions, and what breaks between two sets of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.catalog import INSTANCES, ServiceInstance
from services.tools.publishing.asyncapi.bus_changes import list_bus_changes
from services.tools.publishing.asyncapi.bus_document import make_bus_document
from services.tools.publishing.channel_files import make_channel_files
from services.tools.publishing.description_changes import list_description_changes
from services.tools.publishing.json_text import render_json
from services.tools.publishing.message_schemas import make_message_schemas
from services.tools.publishing.openapi_changes import list_openapi_changes
from services.tools.publishing.openapi_files import publish_document
from services.tools.publishing.pacts.message_flows import list_flows
from services.tools.publishing.pacts.pact_changes import list_pact_changes
from services.tools.publishing.pacts.pact_files import make_pact_files
from services.tools.publishing.schema_changes import Direction, SchemaComparison, has_successor
from shared.bus.service import ServiceApp
from shared.contracts.field_glossary import read_glossary
from shared.regulations.passport_book import PassportBook

INDEX = "contracts.json"
"""Every file with its version, and the contracts that are gone for good."""
VERSIONS = "versions.yaml"
"""Written by hand: versions other than 1, and what was removed on purpose."""
ASYNCAPI = "asyncapi.json"
"""The bus over AMQP."""
CHANNELS, OPENAPI, MESSAGES, PACTS = "channels", "openapi", "messages", "pacts"


class ContractVersions:
    """The versions of the contracts: 1 unless the file ``versions.yaml`` says more."""

    def __init__(self, folder: Path) -> None:
        import yaml

        content = yaml.safe_load((folder / VERSIONS).read_text(encoding="utf-8"))
        self._versions: dict[str, int] = content["versions"]
        self.removed: list[str] = content["removed"]

    def find(self, file: str) -> int:
        """The version of a published file."""
        return self._versions.get(file, 1)

    def render_index(self, files: Mapping[str, str]) -> str:
        """The text of the index of these files."""
        versions = {file: self.find(file) for file in sorted(files)}
        return render_json({"versions": versions, "removed": sorted(self.removed)})


def make_contracts(versions: ContractVersions) -> dict[str, str]:
    """The text of every published file by its place in the folder, the index with them."""
    files = {f"{CHANNELS}/{name}": text for name, text in make_channel_files().items()}
    for name, instance in published_systems().items():
        document = ServiceApp(instance.load_service()).openapi()
        files[f"{OPENAPI}/{name}.json"] = render_document(name, document, versions)
    files |= {**make_messages(), **make_pacts()}
    files[ASYNCAPI] = render_bus(versions)
    return {**files, INDEX: versions.render_index(files)}


def make_messages() -> dict[str, str]:
    """The schemas of the message contracts by their place in the folder."""
    for instance in INSTANCES:
        instance.load_service()
    schemas = make_message_schemas(read_glossary())
    return {f"{MESSAGES}/{name}": render_json(schema) for name, schema in schemas.items()}


def make_pacts() -> dict[str, str]:
    """The Pact files of all pairs of systems by their place in the folder."""
    for instance in INSTANCES:
        instance.load_service()
    pacts = make_pact_files(PassportBook.load(), read_glossary())
    return {f"{PACTS}/{name}": text for name, text in pacts.items()}


def render_bus(versions: ContractVersions) -> str:
    """The text of the AsyncAPI document."""
    for instance in INSTANCES:
        instance.load_service()
    return render_json(
        make_bus_document(read_glossary(), versions.find(ASYNCAPI), list_flows(PassportBook.load()))
    )


def published_systems() -> dict[str, ServiceInstance]:
    """One instance of each system by the name of its document: regional gateways differ by their region only."""
    named = {
        instance.service if instance.module == "app" else instance.name: instance
        for instance in reversed(INSTANCES)
    }
    return dict(sorted(named.items()))


def render_document(name: str, document: dict[str, Any], versions: ContractVersions) -> str:
    """The text of the published OpenAPI document of the system ``name``."""
    return render_json(publish_document(document, versions.find(f"{OPENAPI}/{name}.json")))


def list_breaking_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """What breaks a reader between two sets of files, where no new version of the contract says so.

    Each text begins with the file. A message contract has its version in its name: ``noun-1.json`` may go once
    ``noun-2.json`` is there.
    """
    old_index, new_index = (json.loads(files[INDEX]) for files in (old, new))
    for file, version in old_index["versions"].items():
        if file not in new_index["versions"]:
            if file not in new_index["removed"] and not has_successor(file, new_index["versions"]):
                yield f"{file}: removed"
        elif old[file] != new[file] and new_index["versions"][file] <= version:
            for change in _list_changes(file, old[file], new[file]):
                yield f"{file}: {change}"


def _list_changes(file: str, old: str, new: str) -> Iterator[str]:
    folder = file.partition("/")[0]
    if folder == CHANNELS:
        return list_description_changes(old, new)
    before, after = json.loads(old), json.loads(new)
    if file == ASYNCAPI:
        return list_bus_changes(before, after)
    if folder == PACTS:
        return list_pact_changes(before, after)
    if folder == OPENAPI:
        return list_openapi_changes(before, after)
    return SchemaComparison(before, after).list_changes(before, after, before["title"], Direction.BOTH)
