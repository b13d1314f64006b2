"""What a reader of a schema relies on, in the words of Pact: an example of the required parts, and how each is
matched.

The example holds the required members only: a reader lives without the others, and a sender may leave them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_snake

from shared.bus.http.glossary import MISSING, Glossary

Json = dict[str, Any]
MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"
DAY = r"^\d{4}-\d{2}-\d{2}$"
_FORMATS = {"date-time": (MOMENT, "2026-11-02T04:00:00Z"), "date": (DAY, "2026-11-02")}
_KINDS: Mapping[str, tuple[Json, Any]] = {
    "string": ({"match": "type"}, "text"),
    "integer": ({"match": "integer"}, 1),
    "number": ({"match": "number"}, 1),
    "boolean": ({"match": "boolean"}, True),
    "object": ({"match": "type"}, {}),
}


@dataclass
class ExpectedBody:
    """An example of a body, and the matching rules of its parts by their JSON paths."""

    example: Any
    rules: dict[str, Json] = field(default_factory=dict)

    def set_rule(self, path: str, rule: Json) -> None:
        """Match the part at a path by one rule of Pact."""
        self.rules[path] = {"combine": "AND", "matchers": [rule]}


class ExpectationComposer:
    """Composes expectations of the schemas of one document, with the examples of the fields' glossary."""

    def __init__(self, document: Json, glossary: Glossary) -> None:
        self._document = document
        self._glossary = glossary

    def compose(self, schema: Json, path: str = "$") -> ExpectedBody:
        """The expectation of a schema whose value stands at a JSON path."""
        expected = ExpectedBody(None)
        expected.example = self._fill(schema, schema.get("title", ""), "", path, expected)
        return expected

    def _fill(self, schema: Json, owner: str, name: str, path: str, expected: ExpectedBody) -> Any:
        schema = self._resolve_schema(schema)
        if "anyOf" in schema:
            return self._fill(_sent_branch(schema["anyOf"]), owner, name, path, expected)
        if "properties" in schema:
            return dict(self._fill_members(schema, path, expected))
        if schema.get("type") == "array":
            expected.set_rule(path, {"match": "type", "min": schema.get("minItems", 0)})
            return [self._fill(schema["items"], owner, name, f"{path}[*]", expected)]
        return self._fill_leaf(schema, owner, name, path, expected)

    def _fill_members(self, schema: Json, path: str, expected: ExpectedBody) -> Iterator[tuple[str, Any]]:
        for name in schema.get("required", ()):
            part = schema["properties"][name]
            if not _is_nullable(part):
                yield name, self._fill(part, schema.get("title", ""), name, f"{path}.{name}", expected)

    def _fill_leaf(self, schema: Json, owner: str, name: str, path: str, expected: ExpectedBody) -> Any:
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            words = "|".join(re.escape(word) for word in schema["enum"])
            expected.set_rule(path, {"match": "regex", "regex": f"^({words})$"})
            return schema["enum"][0]
        rule, example = _KINDS[schema["type"]]
        pattern, moment = _FORMATS.get(schema.get("format", ""), (schema.get("pattern"), None))
        if pattern is not None:
            rule = {"match": "regex", "regex": pattern}
        expected.set_rule(path, rule)
        return moment or self._find_example(schema, owner, name, pattern, example)

    def _find_example(self, schema: Json, owner: str, name: str, pattern: str | None, example: Any) -> Any:
        """The glossary's example where it is one of this schema."""
        found = self._glossary.find_example(owner, name)
        found = self._glossary.find_example(owner, to_snake(name)) if found is MISSING else found
        is_fitting = isinstance(found, type(example)) and (pattern is None or bool(re.search(pattern, str(found))))
        if found is MISSING or not is_fitting:
            if pattern is not None:
                raise LookupError(f"{owner}.{name} has a pattern and needs an example in field_examples.yaml")
            return example
        return found

    def _resolve_schema(self, schema: Json) -> Json:
        while "$ref" in schema:
            target: Any = self._document
            for word in schema["$ref"].removeprefix("#/").split("/"):
                target = target[word]
            schema = target
        return schema


def _sent_branch(branches: list[Json]) -> Json:
    """The form in which a value of several forms is sent: a decimal number goes as text."""
    return next((branch for branch in branches if branch.get("type") == "string"), branches[0])


def _is_nullable(part: Json) -> bool:
    return any(branch.get("type") == "null" for branch in part.get("anyOf", ()))
