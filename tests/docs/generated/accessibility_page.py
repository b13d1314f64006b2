"""The page of the criteria: what holds each, from the list that the tests read."""

from __future__ import annotations

from tests.architecture.source import ROOT
from tests.pages.accessibility.criteria_list import read_criteria

PATH = ROOT / "docs" / "reference" / "accessibility.md"
HEAD = """# Accessibility: WCAG 2.2, A and AA

The pages of every room (`tests/pages/*_pages.py`) are held to axe at 1440 and 320 pixels: to all rules in Russian,
to the rules that read texts in Kazakh and English, because structure and colours come from one template. In three
languages no page is wider than the window; no text is cut off, no raw code is shown, no text is in another
language than the page without saying so. Each page of each room is held to every criterion of the table, in
Russian. Each check finds the fault of a page that must fail (`tests/pages/accessibility/criteria.yaml`,
`test_criteria.py`). Written by `make docs`.

Not held by a check of each page: what the words of a page mean (a person reads them), Russian on a Kazakh page by
other signs than its commonest words and endings, and the media of 1.2, of which no page has any.

| criterion | level | what holds it |
|---|---|---|
"""


def render_page() -> str:
    """The page."""
    rows = (f"| {one.number} {one.name} | {one.level} | {one.means} |\n" for one in read_criteria())
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PATH.write_text(render_page(), encoding="utf-8")
