"""The order in which the workers of a run take its tests.

Tests with servers mostly wait for other programs, and tests without servers calculate. Workers that take both by
turns keep the processors busy; one kind after the other left the processors idle for a fifth of the time. The
tests with servers of a file share names on the servers: one worker takes them all. The others are cut into pieces.
Files that kill and misconfigure a broker of their own go to two workers at most, because each worker that has one
starts a broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest

MOST_TESTS_OF_A_PIECE = 30
"""The most tests without servers that a worker takes at once: a country of a file is made anew for each piece."""
SHARE_WITH_SERVERS = 0.75
"""The part of the run in which tests with servers begin: they take long, and the small pieces come last."""
LONGEST = ("chaos", "web", "openapi", "faults", "journeys")
"""The folders whose tests with servers take the longest, which begin first."""

OWN_BROKER = "own_broker"
"""The fixture that starts a broker for the worker."""
MOST_BROKERS = 2

Piece = list[pytest.Item]
T = TypeVar("T")


def pieces_in_order(items: Sequence[pytest.Item]) -> list[Piece]:
    """All tests in pieces, in the order in which workers take them."""
    return by_turns(*pieces_of(items))


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
    return share_brokers(sorted(with_servers.values(), key=_rank)), first_pieces_first


def share_brokers(pieces: Sequence[Piece]) -> list[Piece]:
    """The same tests, those with a broker of their own first and in few pieces: they take the longest together."""
    own = [piece for piece in pieces if any(OWN_BROKER in item.fixturenames for item in piece)]  # type: ignore[attr-defined]
    others = [piece for piece in pieces if piece not in own]
    shares = [[item for piece in own[n::MOST_BROKERS] for item in piece] for n in range(MOST_BROKERS)]
    return [*filter(None, shares), *others]


def by_turns(with_servers: Sequence[T], others: Sequence[T]) -> list[T]:
    """All pieces, each kind spread evenly over its part of the run."""
    placed = [(n * SHARE_WITH_SERVERS / len(with_servers), piece) for n, piece in enumerate(with_servers)]
    placed += [(n / len(others), piece) for n, piece in enumerate(others)]
    return [piece for _, piece in sorted(placed, key=lambda one: one[0])]


def _rank(piece: Piece) -> int:
    folder = piece[0].nodeid.partition("/")[2].partition("/")[0]
    return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)


def file_of(test: str) -> str:
    """The file of a test, by the test's id."""
    return test.partition("::")[0]
