"""The meanings of the fields in all systems' requests and answers: one name has one meaning (``fields.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "fields.yaml"


@cache
def read_glossary() -> Mapping[str, str]:
    """The meanings by ``field``, and by ``Model.field`` where a field of a model has a meaning of its own."""
    import yaml  # imported late: needed once, long after the start

    glossary: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return glossary
