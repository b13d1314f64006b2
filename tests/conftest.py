"""The folders of the second tier, whose tests take longer than the first tier may."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.prepared_countries import PreparedShelf, shelf_of

HERE = Path(__file__).parent
THOROUGH = ("architecture", "compose", "journeys", "openapi", "pki", "simulation")
"""``make check`` runs the architecture tests separately."""
FAST_ALL_THE_SAME = ("journeys/workplaces/test_instant_clerk.py",)
"""The main job, end to end."""


def pytest_configure() -> None:
    """A busy machine fails no test: time limits are asserted only where they matter."""
    settings.register_profile("unhurried", deadline=None, max_examples=50)
    settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def prepared_shelf(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Set the folder in which this run keeps its prepared countries."""
    PreparedShelf.folder = shelf_of(pytestconfig, tmp_path_factory)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The first tier skips files that it leaves out: rewriting a file's assertions takes a tenth of a second."""
    is_left_out = "not thorough" in config.option.markexpr and collection_path.suffix == ".py"
    return True if is_left_out and _is_thorough(collection_path) else None


@pytest.hookimpl(tryfirst=True)  # before the tier's ``-m`` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_thorough(item.path):
            item.add_marker(pytest.mark.thorough)


def _is_thorough(path: Path) -> bool:
    place = path.relative_to(HERE)
    return place.parts[0] in THOROUGH and place.as_posix() not in FAST_ALL_THE_SAME
