"""Admission by Little's law: who would wait too long is refused at once, and nobody else."""

from __future__ import annotations

from shared.bus.http.requests.admission import FEWEST, MOST_KINDS, Admission

MOST = 5.0


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        return self.now


def admission() -> tuple[Admission, Seconds]:
    seconds = Seconds()
    return Admission(MOST, seconds.read), seconds


def test_storm_on_one_kind_is_held_at_what_can_be_answered_in_time() -> None:
    """A door that answers ten a second, asked forty times a second for a minute."""
    door, seconds = admission()
    kind = door.find_kind("POST", "/api/v1/applications")
    waiting: list[float] = []
    refused, waits = 0, []
    for step in range(60 * 40):
        seconds.now = step / 40
        if door.try_begin(kind) is None:
            waiting.append(seconds.now)
        else:
            refused += 1
        if step % 4 == 0 and waiting:
            waits.append(seconds.now - waiting.pop(0))
            door.end(kind)
    assert max(waits) <= MOST * 1.1
    assert len(waits) >= 60 * 10 * 0.95, "the door stood idle"
    assert refused > 60 * 40 * 0.7
    other = door.find_kind("POST", "/api/v1/login")
    assert door.try_begin(other) is None, "one kind's storm closed another door"


def test_few_slow_requests_and_many_quick_ones_are_let_in() -> None:
    door, seconds = admission()
    slow, quick = door.find_kind("GET", "/api/v1/cases/1"), door.find_kind("GET", "/api/v1/services")
    for _ in range(FEWEST):
        assert door.try_begin(slow) is None
        seconds.now += 30
    for _ in range(500):
        assert door.try_begin(quick) is None
        seconds.now += 0.01
        door.end(quick)
    assert [door.try_begin(quick) for _ in range(400)] == [None] * 400, "four seconds of work"


def test_ids_make_no_kinds_and_invented_paths_share_one() -> None:
    door, _ = admission()
    assert door.find_kind("GET", "/api/v1/cases/1/steps") is door.find_kind("GET", "/api/v1/cases/2")
    assert door.find_kind("GET", "/api/v1/cases") is not door.find_kind("POST", "/api/v1/cases")
    for number in range(2 * MOST_KINDS):
        door.find_kind("GET", f"/invented-{number}")
    assert door.find_kind("GET", "/invented-a") is door.find_kind("GET", "/invented-b")


def test_stream_counts_no_longer() -> None:
    door, seconds = admission()
    kind = door.find_kind("GET", "/api/v1/changes")
    for _ in range(FEWEST):
        door.try_begin(kind)
    seconds.now = 1.0
    door.end(kind)
    door.try_begin(kind)
    seconds.now = 100.0
    assert door.try_begin(kind) is not None
    door.leave(kind)
    assert door.try_begin(kind) is None
