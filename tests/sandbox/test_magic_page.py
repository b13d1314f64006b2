"""docs/reference/magic.md shows the table that clerks and НУЦ obey."""

from __future__ import annotations

from tests.sandbox.magic_page import PAGE, make_page


def test_page_of_magic_people_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_page(), "make docs"
