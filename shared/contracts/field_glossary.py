"""The meanings of the fields in all systems' requests and answers, with examples: one name, one meaning.

The meanings are in ``fields.yaml``, the examples in ``field_examples.yaml``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from shared.bus.http.glossary import Glossary

FOLDER = Path(__file__).parent


@cache
def read_glossary() -> Glossary:
    """The meanings and the examples."""
    return Glossary(_read_file("fields.yaml"), _read_file("field_examples.yaml"))


def _read_file(name: str) -> dict[str, Any]:
    import yaml  # asked for once, long after the start

    content: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return content
