"""The order in which the workers of a run take its tests: a pytest plugin, ``-p tests.work_order``.

Tests with servers mostly wait for other programs, and tests without servers calculate. Workers that take both by
turns keep the processors busy; one kind after the other left the processors idle for a fifth of the time. The
tests with servers of a file share names on the servers: one worker takes them all. The others are cut into pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, TypeVar

import pytest
from xdist.scheduler import LoadScopeScheduling

MOST_TESTS_OF_A_PIECE = 30
"""The most tests without servers that a worker takes at once: a country of a file is made anew for each piece."""
SHARE_WITH_SERVERS = 0.75
"""The part of the run in which tests with servers begin: they take long, and the small pieces come last."""
LONGEST = ("chaos", "web", "openapi", "faults", "journeys")
"""The folders whose tests with servers take the longest, which begin first."""

Piece = list[pytest.Item]
T = TypeVar("T")


@pytest.hookimpl(trylast=True)  # after the tier's ``-m`` has selected
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests into the order of their pieces."""
    items[:] = [item for piece in by_turns(*pieces_of(items)) for item in piece]


def pieces_of(items: Sequence[pytest.Item]) -> tuple[list[Piece], list[Piece]]:
    """The pieces with servers, the longest first, and the pieces without, no two neighbours of one file."""
    with_servers: dict[str, Piece] = {}
    others: dict[str, Piece] = {}
    for item in items:
        kind = with_servers if item.get_closest_marker("servers") else others
        kind.setdefault(file_of(item.nodeid), []).append(item)
    cut = [
        (start, tests[start : start + MOST_TESTS_OF_A_PIECE])
        for tests in others.values()
        for start in range(0, len(tests), MOST_TESTS_OF_A_PIECE)
    ]
    first_pieces_first = [piece for _, piece in sorted(cut, key=lambda placed: placed[0])]
    return sorted(with_servers.values(), key=_rank), first_pieces_first


def by_turns(with_servers: Sequence[T], others: Sequence[T]) -> list[T]:
    """All pieces, each kind spread evenly over its part of the run."""
    placed = [(n * SHARE_WITH_SERVERS / len(with_servers), piece) for n, piece in enumerate(with_servers)]
    placed += [(n / len(others), piece) for n, piece in enumerate(others)]
    return [piece for _, piece in sorted(placed, key=lambda one: one[0])]


def _rank(piece: Piece) -> int:
    folder = piece[0].nodeid.split("/")[1]
    return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)


def file_of(test: str) -> str:
    """The file of a test, by the test's id."""
    return test.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> PieceScheduling:
    return PieceScheduling(config, log)


class PieceScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker whole pieces, in their order: tests that stand together and belong to one file."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self.pieces: dict[str, str] = {}

    def schedule(self) -> None:
        if not self.pieces:
            self.pieces = names_of_pieces(next(iter(self.registered_collections.values())))
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self.pieces[nodeid]


def names_of_pieces(tests: Sequence[str]) -> dict[str, str]:
    """The name of each test's piece."""
    runs = enumerate(groupby(tests, key=file_of))
    return {test: f"{number} {file}" for number, (file, together) in runs for test in together}
