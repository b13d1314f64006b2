"""docs/reference/profiles.md: what the two profiles open, as the code says."""

from __future__ import annotations

from shared.bus.profiles import OPENINGS
from tests.docs.generated.profiles_page import PAGE, make_page


def test_profiles_page_has_every_row_of_the_table_in_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert make_page() == text, "make docs"
    assert all(f"| `{opening}` |" in text for opening in OPENINGS)
