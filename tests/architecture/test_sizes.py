"""Limits on the size of functions and files."""

from __future__ import annotations

from statistics import median

from tests.architecture.source import everywhere, modules

MOST_LINES_OF_A_FUNCTION = 50
MOST_LINES_OF_A_FILE = 400
MEDIAN_FUNCTION = 10
LONGER = {
    "shared/bus/persistence/tables.py bus_tables"
}  # six tables in one expression; splitting it would hide that they are alike


def test_function_is_never_long() -> None:
    long = [
        f"{module.place} {one.name}"
        for module in everywhere()
        for one in module.functions
        if (one.end_lineno or 0) - one.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert set(long) <= LONGER, "a function has 50 lines at most"


def test_file_is_never_long() -> None:
    long = [
        f"{module.place} has {module.lines} lines"
        for module in everywhere()
        if module.lines > MOST_LINES_OF_A_FILE
    ]
    assert long == [], "a file that outgrows 400 lines becomes a package of the same name"


def test_functions_are_small_on_the_whole() -> None:
    lengths = [
        (one.end_lineno or 0) - one.lineno + 1
        for module in modules("services") + modules("shared")
        for one in module.functions
    ]
    assert median(lengths) <= MEDIAN_FUNCTION
