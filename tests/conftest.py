"""The folders of the second tier, whose tests take longer than the first tier may."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from services.launcher.absent_modules import remember_absent_modules
from services.launcher.gc_tuning import freeze_survivors, relax_thresholds
from tests.prepared_countries import PreparedShelf, shelf_of
from tests.servers import RabbitServer, environment, rabbitmq
from tests.servers.rabbit import MANAGEMENT

HERE = Path(__file__).parent
THOROUGH = ("architecture", "attacks", "compose", "faults", "journeys", "openapi", "pki", "simulation")
"""``make check`` runs the architecture tests separately."""
FAST_ALL_THE_SAME = ("journeys/workplaces/test_instant_clerk.py",)
"""The main job, end to end."""
MANY_TESTS = 1000
"""A run of more thorough tests than these asks all systems."""
ONLY = {
    "servers": ("servers",),
    "thorough and not servers": ("thorough",),
    "thorough or servers": ("thorough", "servers"),
}
"""The selections that take only what markers name, and those markers."""


def pytest_configure(config: pytest.Config) -> None:
    """A busy machine fails no test: time limits are asserted only where they matter.

    Garbage is collected rarely, as in the product: collections took a sixth of the time of a country's tests. The
    process that runs the tests keeps the addresses of the servers from the commands that tests start.
    """
    if config.getoption("dist", "no") == "no":
        environment.withhold_servers()
    relax_thresholds()
    remember_absent_modules()
    settings.register_profile("unhurried", deadline=None, max_examples=50)
    settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def prepared_shelf(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Set the folder in which this run keeps its prepared countries."""
    PreparedShelf.folder = shelf_of(pytestconfig, tmp_path_factory)


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    """The broker of this worker, which tests may stop, kill and misconfigure for their time. A country takes a
    virtual host of its own.
    """
    with rabbitmq(tmp_path_factory.mktemp("broker"), private=True) as server:
        yield server


@pytest.fixture(scope="session")
def common_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    """The broker of all workers, for tests that take a virtual host of their own and let the broker be."""
    is_private = environment.setting(MANAGEMENT) is None
    with rabbitmq(tmp_path_factory.mktemp("broker"), private=is_private) as server:
        yield server


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A tier skips the files that hold none of its tests: importing them all takes ten seconds."""
    if collection_path.suffix != ".py":
        return None
    selected = config.option.markexpr
    is_left_out = "not thorough" in selected and _is_thorough(collection_path)
    is_wanted = selected not in ONLY or any(_may_hold(collection_path, marker) for marker in ONLY[selected])
    return True if is_left_out or not is_wanted else None


def _may_hold(path: Path, marker: str) -> bool:
    """Whether a test of the file may carry ``marker``: the file or a conftest.py on its way names the marker."""
    if marker == "thorough" and _is_thorough(path):
        return True
    above = [folder / "conftest.py" for folder in path.parents if HERE in folder.parents]
    return any(_names(file, marker) for file in (path, *above))


@cache
def _names(file: Path, marker: str) -> bool:
    return file.exists() and marker in file.read_text(encoding="utf-8").lower()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make before the fork what each worker would make.

    Look for no garbage among modules and tests, which stay: that took a twentieth of a worker's time.
    """
    thorough = sum(item.get_closest_marker("thorough") is not None for item in session.items)
    if session.config.getoption("forks", 0) and thorough > MANY_TESTS:
        _make_documents()
    freeze_survivors()


def _make_documents() -> None:
    """Make the OpenAPI documents, which take four seconds of a processor."""
    from tests.journeys.declared import AnswerBook
    from tests.openapi.documents import DISTINCT, app_of

    for name in DISTINCT:
        AnswerBook.learn(app_of(name))


@pytest.hookimpl(tryfirst=True)  # before the tier's ``-m`` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_thorough(item.path):
            item.add_marker(pytest.mark.thorough)


def _is_thorough(path: Path) -> bool:
    place = path.relative_to(HERE)
    return place.parts[0] in THOROUGH and place.as_posix() not in FAST_ALL_THE_SAME
