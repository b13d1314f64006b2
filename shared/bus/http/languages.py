"""The language of an answer, by the caller's ``Accept-Language`` (RFC 9110, 12.5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

LANGUAGES = ("ru", "kk", "en")
"""The first language is the default."""
_RANGE = re.compile(
    r"(?P<range>\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:[ \t]*;[ \t]*q=(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?",
    re.IGNORECASE | re.ASCII,
)
_MOST_RANGES = 50
"""A header names a few languages; ranges beyond this number are not read."""


def preferred_language(accept_language: str) -> str:
    """The language of ``LANGUAGES`` to which the header gives the greatest weight.

    Among equal weights the first named; ``kk-KZ`` stands for ``kk``, and ``*`` for every language that is not
    named, in the order of ``LANGUAGES``. A weight of 0 excludes. A malformed range or weight is ignored. Without
    an acceptable language: the first that is not excluded, else Russian.
    """
    weights: dict[str, float] = {}
    excluded: set[str] = set()
    for tag, weight in _read_ranges(accept_language):
        language, is_of_a_region = tag.partition("-")[0], "-" in tag
        if weight > 0:
            weights[language] = max(weight, weights.get(language, 0))
        elif not is_of_a_region:
            excluded.add(language)
    others = weights.pop("*", 0)
    unnamed = [language for language in LANGUAGES if language not in weights and language not in excluded]
    weights |= dict.fromkeys(unnamed, others) if others else {}
    candidates = [language for language in weights if language in LANGUAGES and language not in excluded]
    return max(candidates, key=weights.__getitem__, default=next(iter(unnamed), LANGUAGES[0]))


def _read_ranges(accept_language: str) -> Iterator[tuple[str, float]]:
    """Each well-formed range, in lower case, with its weight."""
    for element in accept_language.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        match = _RANGE.fullmatch(element.strip(" \t"))
        if match is not None:
            yield match["range"].lower(), float(match["weight"] or "1")
