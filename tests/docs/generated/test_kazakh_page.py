"""docs/reference/kazakh.md: every Kazakh text that is ours, for a reader who speaks Kazakh."""

from __future__ import annotations

from shared.regulations.translations import load_words
from tests.docs.generated.kazakh_page import OFFICIAL, PAGE, make_page


def test_kazakh_page_lists_every_text_that_is_ours() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert make_page() == text, "make docs"
    for subject, words in load_words().items():
        for kk in (texts["kk"] for texts in words.values()):
            listed = f"| {' '.join(kk.split())} | |" in text
            assert listed or subject == OFFICIAL, kk
