"""The types of the client's answers are those of the published contracts."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import pytest

from tests.client.generated_models import (
    DOCUMENTS,
    MODELS,
    SYSTEMS,
    GeneratorMissing,
    install_generator,
    make_models,
)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_schema_of_the_document_has_a_type_with_its_fields(system: str) -> None:
    schemas = json.loads((DOCUMENTS / f"{system}.json").read_text(encoding="utf-8"))["components"]["schemas"]
    module = importlib.import_module(f"shared.client.models.{system}")
    objects = {name: set(schema["properties"]) for name, schema in schemas.items() if schema.get("properties")}
    typed = {name: set(getattr(module, name).__annotations__) for name in objects if hasattr(module, name)}
    assert typed == objects, "make models"


def test_no_type_stands_in_two_modules() -> None:
    places: dict[str, list[str]] = {}
    for file in MODELS.glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(file.name)
    assert len(places) > 200
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


@pytest.mark.servers
def test_types_are_what_the_generator_writes(tmp_path: Path) -> None:
    try:
        install_generator(tmp_path)
    except GeneratorMissing as missing:
        pytest.skip(str(missing))
    files = [file for file in MODELS.glob("*.py") if file.stem != "__init__"]
    written = {file.stem: file.read_text(encoding="utf-8") for file in files}
    assert make_models(tmp_path) == written, "make models"
