"""What the fields of all systems' requests and answers mean: one name, one meaning (``fields.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "fields.yaml"


@cache
def read_glossary() -> Mapping[str, str]:
    """The meaning by the name of a field, or by ``Model.field`` where a model has one of its own."""
    import yaml  # asked for once, long after the start

    glossary: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return glossary
