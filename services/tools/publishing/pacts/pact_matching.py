"""Whether a JSON value, or every value of a JSON Schema, fulfils what a reader relies on in a pact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
_STEP = re.compile(r"\.([\w-]+)|\['([^']+)'\]|\[(\*|\d+)\]")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "integer": int, "number": (int, float), "decimal": (int, float), "boolean": bool, "null": type(None),
}  # fmt: skip


def list_paths(value: Json, path: str = "$") -> Iterator[str]:
    """The path of every leaf of a value: what a pact without matching rules relies on."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from list_paths(inner, f"{path}.{name}")
    elif isinstance(value, list) and value:
        yield from list_paths(value[0], f"{path}[*]")
    else:
        yield path


def find_value_faults(value: Json, rules: Mapping[str, Json], example: Json) -> Iterator[str]:
    """What a value lacks of the rules of a pact, each as a sentence."""
    for path, rule in rules.items():
        values = list(_select(value, path))
        if not values:
            yield f"{path} is missing"
        for expected in _select(example, path):
            for actual in values:
                yield from (f"{path}: {fault}" for fault in _match_all(actual, rule, expected))
            break


def find_schema_faults(schema: Json, paths: Mapping[str, Json | None]) -> Iterator[str]:
    """What a schema does not promise of these paths, each with an example of its value (None: any value)."""
    for path, example in paths.items():
        steps, part, walked = _steps(path), schema, "$"
        for step in steps:
            walked += step if step.startswith("[") else f".{step}"
            part = _resolve(schema, part)
            if step.startswith("["):
                part = part.get("items")
            elif step not in part.get("properties", {}):
                yield f"{path}: {walked} is in no message of the contract"
                break
            elif step not in part.get("required", ()):
                yield f"{path}: {walked} may be missing"
                break
            else:
                part = part["properties"][step]
            if not isinstance(part, dict):
                break
        else:
            types = (option.get("type") for option in _alternatives(schema, part))
            kinds = {kind for kind in types if isinstance(kind, str)}
            if example is not None and kinds and not any(_is_of_kind(example, kind) for kind in kinds):
                yield f"{path}: is {' or '.join(sorted(kinds))}, and is read as {type(example).__name__}"


def select_first(value: Json, path: str) -> Json | None:
    """The first value at a path; None where nothing is."""
    return next(_select(value, path), None)


def _match_all(value: Json, rule: Json, example: Json) -> Iterator[str]:
    for matcher in rule.get("matchers", ()):
        kind = matcher.get("match")
        if kind == "regex" and not (isinstance(value, str) and re.search(matcher["regex"], value)):
            yield f"does not match {matcher['regex']}"
        elif kind == "type" and type(value) is not type(example):
            yield f"is {type(value).__name__}, and is read as {type(example).__name__}"
        elif kind in _TYPES and (not isinstance(value, _TYPES[kind]) or (kind != "boolean" and value is True)):
            yield f"is no {kind}"


def _is_of_kind(example: Json, kind: str) -> bool:
    fits: Mapping[str, type | tuple[type, ...]] = {"string": str, "object": dict, "array": list, **_TYPES}
    return kind not in fits or (isinstance(example, fits[kind]) and (kind == "boolean" or example is not True))


def _alternatives(schema: Json, part: Json) -> list[Json]:
    """What a part may be, without its references."""
    if "$ref" in part:
        return _alternatives(schema, schema["$defs"][part["$ref"].rpartition("/")[2]])
    if "anyOf" in part:
        return [option for inner in part["anyOf"] for option in _alternatives(schema, inner)]
    return [part]


def _resolve(schema: Json, part: Json) -> Json:
    """The first thing that a part may be, null aside."""
    return next((option for option in _alternatives(schema, part) if option.get("type") != "null"), {})


def _steps(path: str) -> list[str]:
    return [name or quoted or f"[{index}]" for name, quoted, index in _STEP.findall(path)]


def _select(value: Json, path: str) -> Iterator[Json]:
    values = [value]
    for step in _steps(path):
        if step == "[*]":
            values = [inner for option in values if isinstance(option, list) for inner in option]
        elif step.startswith("["):
            number = int(step[1:-1])
            values = [option[number] for option in values if isinstance(option, list) and len(option) > number]
        else:
            values = [option[step] for option in values if isinstance(option, dict) and step in option]
    yield from values
