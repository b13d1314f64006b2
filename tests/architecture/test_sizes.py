"""Limits on the size of functions and files."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from tests.architecture.source import GENERATED, everywhere, modules

MOST_LINES_OF_A_FUNCTION = 50
MOST_LINES_OF_A_FILE = 400
MEDIAN_FUNCTION = 10
GENERATED_MARK = "generated from its published OpenAPI document by ``make models``"
LONGER = {
    "shared/bus/persistence/tables.py bus_tables"
}  # six tables in one expression; splitting it would hide that they are alike


def first_line_of(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0]


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


def test_only_what_a_generator_wrote_is_excepted_from_the_limits() -> None:
    """The types of the client's answers, one module a system: nobody reads them from the top, and a change is made
    in the API's own models (docs/why/decisions/0036-types-of-answers-are-generated.md).
    """
    files = sorted(GENERATED.glob("*.py"))
    assert files
    by_hand = [file.name for file in files if GENERATED_MARK not in first_line_of(file)]
    assert by_hand == [], "what is written by hand keeps to the limits: put it elsewhere"


def test_functions_are_small_on_the_whole() -> None:
    lengths = [
        (one.end_lineno or 0) - one.lineno + 1
        for module in modules("services") + modules("shared")
        for one in module.functions
    ]
    assert median(lengths) <= MEDIAN_FUNCTION
