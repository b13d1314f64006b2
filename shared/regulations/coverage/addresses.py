"""The address of a clause (``п. 5, пп. 1)``) in the languages of the pages."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

from shared.regulations.coverage.yaml_files import read_yaml

PART = re.compile(r"«[^»]*»|(?:[^,«]|,(?=\s*\d))+")
WORD_AND_NUMBER = re.compile(
    r"(?P<word>«.*»|[^\d]*?)\s*(?P<number>\d+\)?(?:(?:, | [^\W\d] )\d+\)?)*)?(?P<again>\s*\(\d\))?"
)
CONJUNCTION = re.compile(r"(?<= )[^\W\d](?= )")
"""The word between two numbers."""


def address_texts(at: str) -> dict[str, str]:
    """The address in Russian, Kazakh and English; KeyError for an unknown word."""
    parts = [part.strip() for part in PART.findall(at) if part.strip()]
    return {tag: ", ".join(_part_text(part, tag) for part in parts) for tag in ("ru", "kk", "en")}


def clause_in(tag: str, clause: str) -> str:
    """The place of a rule in an act as a passport names it (``п. 9, абз. 3; п. 13``) in the language of a page;
    KeyError for an unknown word.
    """
    return "; ".join(address_texts(at)[tag] for at in clause.split(";"))


def _part_text(part: str, tag: str) -> str:
    match = WORD_AND_NUMBER.fullmatch(part)
    if match is None:
        raise KeyError(part)
    words = _address_words()
    number = CONJUNCTION.sub(lambda found: words[found[0]][tag], match["number"] or "")
    text = words[match["word"]][tag].format(n=number).strip()
    return text.removeprefix("-") + (match["again"] or "")


@functools.cache
def _address_words() -> Mapping[str, Mapping[str, str]]:
    words: Mapping[str, Mapping[str, str]] = read_yaml(Path(__file__).parent / "catalogues" / "address_parts.yaml")
    return words
