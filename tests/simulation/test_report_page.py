"""The report of a simulation as a page: names whole, limits in words."""

from __future__ import annotations

import pytest

from services.tools.simulation.report_page import draw_bars, write_limit


def test_bar_shows_its_whole_name_in_lines_that_do_not_overlap() -> None:
    name = "assignment-of-an-allowance-to-families-with-disabled-children and a long further name"
    drawing = draw_bars({name: 3, "short": 1})
    first, second = drawing["bars"]
    assert "".join(first["lines"]).replace(" ", "") == name.replace(" ", "")
    assert second["y"] >= first["y"] + 15 * len(first["lines"])
    assert drawing["height"] >= second["y"] + drawing["thickness"]


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("9 working_day", "9\N{NO-BREAK SPACE}working days"),
        ("1 month", "1\N{NO-BREAK SPACE}month"),
        ("10–15 minute", "10–15\N{NO-BREAK SPACE}minutes"),
        ("same_day", "the same day"),
        ("unspecified", "—"),
        (None, "—"),
    ],
)
def test_limit_is_written_in_words(limit: str | None, words: str) -> None:
    assert write_limit(limit) == words
