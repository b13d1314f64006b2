"""The words of a printed document, Kazakh first.

The text ``law`` is the sentence that every document of the real portal bears; the others are ours. ``heading-…``
goes on with the code that the passport gives the result. By the text ``sandbox`` nobody shall take a document of
the synthetic country for a real one.
"""

from __future__ import annotations

from typing import NamedTuple

from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, languages=("kk", "ru"))


class BilingualText(NamedTuple):
    """The same in both languages of the state."""

    kk: str
    ru: str


def bilingual_text(code: str) -> BilingualText:
    """The text of a code of ``texts.yaml``; KeyError for another."""
    return BilingualText(**TEXTS[code])


def heading_of(result: str) -> BilingualText:
    """The heading over a result with this code of a passport, or the heading over any result."""
    code = f"heading-{result}"
    return bilingual_text(code if code in TEXTS else "heading-other")
