"""A moment becomes a day in one module only: from 00:00 to 05:00 the day in UTC is not the day in Kazakhstan."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import modules

THE_ONE_PLACE = "shared/contracts/local_time.py"
PARTS_OF_A_DAY = {"year", "month", "day"}


def days_of_moments(tree: ast.AST) -> Iterator[int]:
    """The lines where a moment is cut to a day, or a part of the day is read from ``now``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_cut = node.func.attr == "date" and not node.args and not node.keywords
            if is_cut or node.func.attr in ("today", "utcnow", "fromtimestamp"):
                yield node.lineno
        elif (
            isinstance(node, ast.Attribute)
            and node.attr in PARTS_OF_A_DAY
            and ast.unparse(node.value).endswith(".now")
        ):
            yield node.lineno


def test_day_of_a_moment_is_told_by_local_day_alone() -> None:
    places = [
        f"{module.place}:{line}"
        for module in modules("services") + modules("shared")
        if module.place != THE_ONE_PLACE
        for line in days_of_moments(module.tree)
    ]
    assert places == [], "ask shared.contracts.local_time.local_day"


@pytest.mark.parametrize(
    "code", ["uow.now.date()", "at.astimezone(UTC).date()", "date.today()", "name = f'{uow.now.year}-1'"]
)
def test_day_cut_off_a_moment_is_noticed(code: str) -> None:
    assert list(days_of_moments(ast.parse(code))) == [1]


def test_day_of_the_one_place_is_seen() -> None:
    (module,) = (one for one in modules("shared") if one.place == THE_ONE_PLACE)
    assert list(days_of_moments(module.tree))
