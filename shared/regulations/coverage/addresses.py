"""The address of a clause (``п. 5, пп. 1)``) in the languages of the pages."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

from shared.regulations.coverage.yaml_files import read_yaml

PART = re.compile(r"«[^»]*»|[^,«]+")
WORD_AND_NUMBER = re.compile(r"(?P<word>«.*»|[^\d]*?)\s*(?P<number>\d+\)?)?(?P<again>\s*\(\d\))?")


def address_texts(at: str) -> dict[str, str]:
    """The address in Russian, Kazakh and English; KeyError for an unknown word."""
    parts = [part.strip() for part in PART.findall(at) if part.strip()]
    return {tag: ", ".join(_part_text(part, tag) for part in parts) for tag in ("ru", "kk", "en")}


def _part_text(part: str, tag: str) -> str:
    match = WORD_AND_NUMBER.fullmatch(part)
    if match is None:
        raise KeyError(part)
    text = _address_words()[match["word"]][tag].format(n=match["number"] or "").strip()
    return text.removeprefix("-") + (match["again"] or "")


@functools.cache
def _address_words() -> Mapping[str, Mapping[str, str]]:
    words: Mapping[str, Mapping[str, str]] = read_yaml(Path(__file__).parent / "catalogues" / "address_parts.yaml")
    return words
