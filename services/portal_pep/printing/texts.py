"""The texts of a printed document, Kazakh first.

The text ``law`` is the sentence on every document of the real portal; the others are ours. A heading's code is
``heading-`` and the passport's code of the result. The text ``sandbox`` keeps synthetic documents from being
mistaken for real ones.
"""

from __future__ import annotations

from typing import NamedTuple

from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, languages=("kk", "ru"))


class BilingualText(NamedTuple):
    """A text in both state languages."""

    kk: str
    ru: str


def bilingual_text(code: str) -> BilingualText:
    """The text of a code of ``texts.yaml``; KeyError for another."""
    return BilingualText(**TEXTS[code])


def heading_of(result: str) -> BilingualText:
    """The heading for a passport's code of a result, or the general heading."""
    code = f"heading-{result}"
    return bilingual_text(code if code in TEXTS else "heading-other")
