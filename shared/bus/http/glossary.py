"""What the fields of requests and answers mean, with an example each; whole examples are composed of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
REFERENCE = "#/components/schemas/"
MISSING = object()
"""No example can be composed."""


@dataclass(frozen=True)
class Glossary:
    """By the name of a field, or by ``Model.field`` where a model has one of its own."""

    meanings: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)
    """Also by the name of a model or of an operation: an example of the whole."""

    def find_meaning(self, owner: str, name: str) -> str | None:
        """The meaning of the field in the model or operation ``owner``."""
        return self.meanings.get(f"{_plain_model_name(owner)}.{name}") or self.meanings.get(name)

    def find_example(self, owner: str, name: str) -> Any:
        """The field's own example in ``owner``, else that of the name, else ``MISSING``."""
        return self.examples.get(f"{_plain_model_name(owner)}.{name}", self.examples.get(name, MISSING))


class ExampleComposer:
    """Composes examples of the schemas of one document from the examples of their fields."""

    def __init__(self, schemas: Mapping[str, Json], glossary: Glossary) -> None:
        self._schemas = schemas
        self._glossary = glossary

    def compose_example(self, schema: Json, owner: str) -> Any:
        """An example of a schema that stands in the operation ``owner``; ``MISSING`` where a part has none."""
        example = self._compose_shape(schema, owner)
        return self._glossary.examples.get(owner, MISSING) if example is MISSING else example

    def compose_field(self, owner: str, name: str, part: Json) -> Any:
        """An example of one field of a model or operation, or of one parameter."""
        examples, plain = self._glossary.examples, _plain_model_name(owner)
        if f"{plain}.{name}" in examples:
            return examples[f"{plain}.{name}"]
        shape = self._compose_shape(part, owner)
        if name not in examples:
            return shape
        return self._choose_example(examples[name], shape, self._resolve_schema(part))

    def _choose_example(self, example: Any, shape: Any, part: Json) -> Any:
        """The example of the name, unless another kind of value stands here; in a list, if a list stands here."""
        if part.get("type") == "array":
            return example if isinstance(example, list) else [example] if shape is MISSING else shape
        is_other = "const" in part or "properties" in part or example not in part.get("enum", (example,))
        return shape if is_other else example

    def _compose_shape(self, schema: Json, owner: str) -> Any:
        """The example that the schema itself gives, without an example of its name."""
        if "anyOf" in schema:
            return self._compose_shape(schema["anyOf"][0], owner)
        reference = schema.get("$ref", "")
        if _plain_model_name(reference.removeprefix(REFERENCE)) in self._glossary.examples:
            return self._glossary.examples[_plain_model_name(reference.removeprefix(REFERENCE))]
        owner = reference.removeprefix(REFERENCE) or owner
        schema = self._resolve_schema(schema)
        if "const" in schema or "enum" in schema or ("default" in schema and schema.get("type") == "boolean"):
            return schema.get("const", schema.get("default", schema.get("enum", [MISSING])[0]))
        if "properties" in schema:
            parts = {name: self.compose_field(owner, name, part) for name, part in schema["properties"].items()}
            return {name: value for name, value in parts.items() if value is not MISSING}
        if schema.get("type") == "array":
            item = self._compose_shape(schema.get("items", {}), owner)
            return MISSING if item is MISSING else [item]
        return False if schema.get("type") == "boolean" else MISSING

    def _resolve_schema(self, schema: Json) -> Json:
        """The schema behind references, and the first of several that may stand here."""
        while "$ref" in schema or "anyOf" in schema:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].removeprefix(REFERENCE)]
            else:
                schema = schema["anyOf"][0]
        return schema


def _plain_model_name(owner: str) -> str:
    """The name of a model without FastAPI's mark of its use."""
    return owner.removesuffix("-Input").removesuffix("-Output")
