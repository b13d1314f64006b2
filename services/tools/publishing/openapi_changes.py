"""Which change of an OpenAPI document breaks the clients of its system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.tools.publishing.openapi_files import PROBLEM, operations_of
from services.tools.publishing.schema_changes import Direction, SchemaComparison, resolve

Json = dict[str, Any]


def list_openapi_changes(old: Json, new: Json) -> Iterator[str]:
    """The breaking changes from one document of a system to the next."""
    comparison, operations = SchemaComparison(old, new), dict(operations_of(new))
    for name, before in operations_of(old):
        after = operations.get(name)
        if after is None:
            yield f"{name}: removed"
            continue
        yield from _list_parameters(before, after, name, comparison)
        yield from _list_bodies(before, after, name, comparison)
        yield from _list_answers(old, new, before, after, name, comparison)
        yield from _list_errors(_errors_of(old, before), _errors_of(new, after), name)
        yield from _list_proofs(before, after, name)


def _list_parameters(before: Json, after: Json, name: str, comparison: SchemaComparison) -> Iterator[str]:
    old_ones, new_ones = _parameters_of(before), _parameters_of(after)
    for key, parameter in old_ones.items():
        if key not in new_ones:
            yield f"{name}: parameter {key} removed"
            continue
        if new_ones[key].get("required") and not parameter.get("required"):
            yield f"{name}: parameter {key} made required"
        schemas = parameter.get("schema", {}), new_ones[key].get("schema", {})
        yield from comparison.list_changes(*schemas, f"{name}: parameter {key}", Direction.SENT)
    for key in sorted(new_ones.keys() - old_ones.keys()):
        if new_ones[key].get("required"):
            yield f"{name}: parameter {key} added as required"


def _parameters_of(operation: Json) -> dict[str, Json]:
    return {f"{one['name']} ({one['in']})": one for one in operation.get("parameters", ())}


def _list_bodies(before: Json, after: Json, name: str, comparison: SchemaComparison) -> Iterator[str]:
    was, now = before.get("requestBody", {}), after.get("requestBody", {})
    if now.get("required") and not was.get("required"):
        yield f"{name}: body made required"
    old_types, new_types = was.get("content", {}), now.get("content", {})
    for media_type, content in old_types.items():
        if media_type not in new_types:
            yield f"{name}: a body of {media_type} is no longer taken"
            continue
        schemas = content.get("schema", {}), new_types[media_type].get("schema", {})
        yield from comparison.list_changes(*schemas, f"{name}: body", Direction.SENT)


def _list_answers(
    old: Json, new: Json, before: Json, after: Json, name: str, comparison: SchemaComparison
) -> Iterator[str]:
    for status, answer in before["responses"].items():
        if status[0] not in "123":
            continue
        if status not in after["responses"]:
            yield f"{name}: answer {status} removed"
            continue
        was, now = resolve(old, answer), resolve(new, after["responses"][status])
        for header in sorted(was.get("headers", {}).keys() - now.get("headers", {}).keys()):
            yield f"{name}: header {header} of answer {status} removed"
        for media_type, content in was.get("content", {}).items():
            if media_type not in now.get("content", {}):
                yield f"{name}: answer {status} is no longer {media_type}"
                continue
            schemas = content.get("schema", {}), now["content"][media_type].get("schema", {})
            yield from comparison.list_changes(*schemas, f"{name}: answer {status}", Direction.ANSWERED)


def _errors_of(document: Json, operation: Json) -> set[str]:
    """``404 case-unknown`` for each problem of the operation; of other errors the status only."""
    errors: set[str] = set()
    for status, answer in operation["responses"].items():
        if status[0] in "45":
            schema = resolve(document, answer).get("content", {}).get(PROBLEM, {}).get("schema", {})
            codes = resolve(document, schema).get("properties", {}).get("code", {}).get("enum")
            errors |= {f"{status} {code}" for code in codes} if codes else {status}
    return errors


def _list_errors(before: set[str], after: set[str], name: str) -> Iterator[str]:
    for error in sorted(before - after):
        yield f"{name}: error {error} removed"


def _list_proofs(before: Json, after: Json, name: str) -> Iterator[str]:
    """Who may call: a proof that is newly asked for, or no longer taken."""
    was, now = ({key for way in one.get("security", ()) for key in way} for one in (before, after))
    if now and not was:
        yield f"{name}: asks for a proof of the caller now ({', '.join(sorted(now))})"
    for way in sorted(was - now) if now else ():
        yield f"{name}: the proof {way} is no longer taken"
