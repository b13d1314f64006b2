"""Workplaces on a SQLite database of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workplace.steps.desk import Workplace

OpenWorkplace = Callable[[str, str], Workplace]


@pytest.fixture
def open_workplace(tmp_path: Path) -> Iterator[OpenWorkplace]:
    """``open_workplace(system, regulation)`` gives the system with the employees that the act needs."""
    opened: list[Workplace] = []

    def open_one(name: str, regulation: str) -> Workplace:
        folder = tmp_path / name
        folder.mkdir()
        opened.append(Workplace.open(folder, name, regulation))
        return opened[-1]

    yield open_one
    for workplace in opened:
        workplace.database.dispose()
