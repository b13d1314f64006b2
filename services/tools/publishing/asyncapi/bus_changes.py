"""Which change of the AsyncAPI document breaks the systems on the bus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.tools.publishing.asyncapi.bus_document import PROPERTIES
from services.tools.publishing.asyncapi.channels import ARGUMENTS, BOUND
from services.tools.publishing.schema_changes import Direction, SchemaComparison, has_successor, resolve

Json = dict[str, Any]

FIXED = {
    "server": ("host", "protocol", "protocolVersion", "security"),
    "channel": ("address", "bindings", ARGUMENTS, BOUND),
    "operation": ("action", "channel", "bindings"),
    "message": ("name", "contentType", "bindings"),
}
"""By the kind of an entry, the members that no reader finds changed."""


def list_bus_changes(old: Json, new: Json) -> Iterator[str]:
    """The breaking changes from one document of the bus to the next."""
    yield from _list_entries("server", old["servers"], new["servers"])
    yield from _list_entries("channel", old["channels"], new["channels"])
    yield from _list_entries("operation", old["operations"], new["operations"])
    for name, channel in old["channels"].items():
        if name in new["channels"]:
            yield from _list_addresses(old, new, name)
            yield from _list_lost(f"channel {name}: message", channel, new["channels"][name])
    before, after = old["components"], new["components"]
    yield from _list_lost("message", before, after)
    kept = {name: one for name, one in before["messages"].items() if name in after["messages"]}
    yield from _list_entries("message", kept, after["messages"])
    comparison = SchemaComparison(old, new)
    for name, message in kept.items():
        yield from _list_message(old, new, comparison, message, after["messages"][name])


def _list_entries(kind: str, before: Json, after: Json) -> Iterator[str]:
    for name, entry in before.items():
        if name not in after:
            yield f"{kind} {name}: removed"
            continue
        for member in FIXED[kind]:
            if entry.get(member) != after[name].get(member):
                yield f"{kind} {name}: {member.removeprefix('x-')} changed"


def _list_lost(place: str, before: Json, after: Json) -> Iterator[str]:
    """The messages that are gone without a later version."""
    for name in before["messages"]:
        if name not in after["messages"] and not has_successor(name, after["messages"]):
            yield f"{place} {name} removed"


def _list_addresses(old: Json, new: Json, name: str) -> Iterator[str]:
    """The values that may no longer stand in the address of the channel ``name``."""
    before, after = (document["channels"][name].get("parameters", {}) for document in (old, new))
    for parameter, given in before.items():
        was, now = resolve(old, given), resolve(new, after.get(parameter, {}))
        allowed: list[str] = was.get("enum", [])
        if lost := sorted(set(allowed) - set(now.get("enum", allowed))):
            yield f"channel {name}: {parameter} is no longer {', '.join(lost)}"
        elif "enum" in now and not allowed:
            yield f"channel {name}: {parameter} is one of {', '.join(now['enum'])} now"


def _list_message(old: Json, new: Json, comparison: SchemaComparison, before: Json, after: Json) -> Iterator[str]:
    name = before["name"]
    for part in ("headers", PROPERTIES, "payload"):
        place = f"{name}: {part.removeprefix('x-')}"
        yield from comparison.list_changes(before.get(part), after.get(part), place, Direction.BOTH)
    was, now = (resolve(document, one["correlationId"]) for document, one in ((old, before), (new, after)))
    if was["location"] != now["location"]:
        yield f"{name}: correlationId is at {now['location']} now"
