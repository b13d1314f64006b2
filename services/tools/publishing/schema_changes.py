"""Which change of a JSON Schema breaks its readers or writers.

What is *sent* to a system must stay enough, what a system *answers* must stay understood; a message between
systems must be both. A new optional field, a new value of an enumeration and a wider bound break nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

Json = dict[str, Any]

UPPER = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
LOWER = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
_NUMBERED = re.compile(r"(?P<noun>.+)-(?P<number>\d+)(?:\.json)?")


class Direction(Enum):
    """Who reads values of a schema: the system (``SENT``), its clients (``ANSWERED``), or both sides."""

    SENT = "sent"
    ANSWERED = "answered"
    BOTH = "both"


class SchemaComparison:
    """Compares schemas of two versions of a document, whose references it follows."""

    def __init__(self, old_document: Json, new_document: Json) -> None:
        self._old_document, self._new_document = old_document, new_document
        self._compared: set[tuple[str, str, Direction]] = set()

    def list_changes(self, old: Any, new: Any, place: str, direction: Direction) -> Iterator[str]:
        """The breaking changes between two schemas, each as a sentence that begins with ``place``."""
        old, new = _schema_of(old), _schema_of(new)
        if "$ref" in old and "$ref" in new:
            pair = (old["$ref"], new["$ref"], direction)
            if pair in self._compared:
                return
            self._compared.add(pair)
        old, new = resolve(self._old_document, old), resolve(self._new_document, new)
        if "anyOf" in old or "anyOf" in new:
            yield from self._list_branches(old, new, place, direction)
            return
        yield from _list_types(old, new, place, direction)
        yield from _list_values(old, new, place, direction)
        if direction is not Direction.ANSWERED:
            yield from _list_bounds(old, new, place)
        yield from self._list_properties(old, new, place, direction)
        yield from self._list_parts(old, new, place, direction)

    def _list_branches(self, old: Json, new: Json, place: str, direction: Direction) -> Iterator[str]:
        """Compare ``anyOf``: branches of the same name, or of the same type."""
        before, after = _branches_of(old), _branches_of(new)
        for name, branch in before.items():
            if name in after:
                yield from self.list_changes(branch, after[name], place, direction)
            else:
                yield f"{place}: {name} is no longer one of its forms"
        for name in after.keys() - before.keys():
            if direction is not Direction.SENT:
                yield f"{place}: {name} is a new form, which readers do not know"

    def _list_properties(self, old: Json, new: Json, place: str, direction: Direction) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in before.items():
            if name not in after:
                yield f"{place}.{name}: removed"
                continue
            yield from self.list_changes(field, after[name], f"{place}.{name}", direction)
        if direction is not Direction.ANSWERED:
            for name in sorted(is_required - was_required):
                yield f"{place}.{name}: {'made required' if name in before else 'added as required'}"
        if direction is not Direction.SENT:
            for name in sorted((was_required - is_required) & after.keys()):
                yield f"{place}.{name}: may be absent now"

    def _list_parts(self, old: Json, new: Json, place: str, direction: Direction) -> Iterator[str]:
        for word in ("items", "contentSchema", "additionalProperties"):
            if word in old and word in new and old[word] is not False:
                yield from self.list_changes(old[word], new[word], f"{place}[]", direction)
        was_open, is_open = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if direction is not Direction.ANSWERED and was_open is not False and is_open is False:
            yield f"{place}: further fields are refused now"
        before, after = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(before) != len(after):
            yield f"{place}: has {len(after)} places and no longer {len(before)}"
        for number, (item, other) in enumerate(zip(before, after, strict=False)):
            yield from self.list_changes(item, other, f"{place}[{number}]", direction)


def has_successor(name: str, names: Iterable[str]) -> bool:
    """Whether a contract ``noun-1`` (or its file ``noun-1.json``) has a later version among ``names``."""
    place = _NUMBERED.fullmatch(name)
    others = (_NUMBERED.fullmatch(one) for one in names)
    return place is not None and any(
        one["noun"] == place["noun"] and int(one["number"]) > int(place["number"]) for one in others if one
    )


def resolve(document: Json, schema: Json) -> Json:
    """The schema behind references, with the members of ``allOf`` merged into it."""
    while "$ref" in schema:
        part: Any = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            part = part[name]
        schema = _schema_of(part)
    if "allOf" not in schema:
        return schema
    merged: Json = {name: value for name, value in schema.items() if name != "allOf"}
    for member in schema["allOf"]:
        plain = resolve(document, member)
        properties = {**merged.get("properties", {}), **plain.get("properties", {})}
        required = [*merged.get("required", ()), *plain.get("required", ())]
        merged = {**merged, **plain, "properties": properties, "required": required}
    return merged


def _schema_of(schema: Any) -> Json:
    """The schema as a mapping: ``true`` allows everything."""
    return schema if isinstance(schema, dict) else {}


def _branches_of(schema: Json) -> Mapping[str, Json]:
    branches = schema.get("anyOf", [schema])
    return {str(one.get("$ref") or one.get("const") or one.get("type") or one): one for one in branches}


def _types_of(schema: Json) -> set[str]:
    kinds = schema.get("type", [])
    types = {kinds} if isinstance(kinds, str) else set(kinds)
    return types | ({"integer"} if "number" in types else set())


def _list_types(old: Json, new: Json, place: str, direction: Direction) -> Iterator[str]:
    before, after = _types_of(old), _types_of(new)
    is_narrower = bool(after) and (not before or bool(before - after))
    is_wider = bool(before) and (not after or bool(after - before))
    is_another = bool(before and after) and not before & after
    if is_another or (is_narrower and direction is not Direction.ANSWERED):
        yield f"{place}: type changed from {_name(before)} to {_name(after)}"
    elif is_wider and direction is not Direction.SENT:
        yield f"{place}: may be {_name(after - before)} now"
    was, now = old.get("format"), new.get("format")
    if now and now != was and (was or direction is not Direction.ANSWERED):
        yield f"{place}: form changed from {was or 'any'} to {now}"


def _list_values(old: Json, new: Json, place: str, direction: Direction) -> Iterator[str]:
    before, after = _values_of(old), _values_of(new)
    if before is None and after is not None and direction is not Direction.ANSWERED:
        yield f"{place}: only {_name(after)} now"
    if before is not None and after is not None and (lost := before - after):
        yield f"{place}: no longer {_name(lost)}"


def _values_of(schema: Json) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {str(value) for value in values}


def _list_bounds(old: Json, new: Json, place: str) -> Iterator[str]:
    for word in UPPER:
        if word in new and (word not in old or old[word] > new[word]):
            yield f"{place}: {word} is {new[word]} now, was {old.get(word, 'unbounded')}"
    for word in LOWER:
        if word in new and (word not in old or old[word] < new[word]):
            yield f"{place}: {word} is {new[word]} now, was {old.get(word, 'unbounded')}"
    if "pattern" in new and old.get("pattern") != new["pattern"]:
        yield f"{place}: pattern changed"


def _name(words: set[str]) -> str:
    return ", ".join(sorted(words)) or "any"
