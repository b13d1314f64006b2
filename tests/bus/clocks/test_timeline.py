"""Segments of the clock: the time they give, the segments that may follow, and elapsed time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.clocks.segments import (
    END_OF_TIME,
    ClockSegment,
    Timeline,
    back_to_real,
    machine_moment,
    machine_segment,
    next_segment,
    next_start,
    segment_at,
)
from shared.bus.errors import Conflict, Refused

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
FIRST = machine_segment(NOON)


def test_clock_segment_goes_by_its_rate_and_one_of_no_rate_stands() -> None:
    assert ClockSegment(1, NOON, NOON + DAY, 60).time_at(NOON + SECOND) == NOON + DAY + timedelta(minutes=1)
    assert ClockSegment(1, NOON, NOON + DAY, 0).time_at(NOON + 9 * HOUR) == NOON + DAY
    assert FIRST.time_at(NOON + HOUR) == NOON + HOUR


def test_clock_segment_drawn_in_another_zone_tells_utc() -> None:
    almaty = timezone(timedelta(hours=5))
    line = ClockSegment(1, NOON.astimezone(almaty), NOON.astimezone(almaty), 1)
    assert (line.since.tzinfo, line.time_at(NOON.astimezone(almaty)).tzinfo) == (UTC, UTC)
    assert line == ClockSegment(1, NOON, NOON, 1)


def test_clock_segment_says_in_which_mode_it_is() -> None:
    assert [
        ClockSegment(1, NOON, told, rate).mode for told, rate in ((NOON, 1), (NOON, 0), (NOON, 2), (NOON + DAY, 1))
    ] == [*("real", "frozen", "rate", "rate")]


def test_clock_segment_that_is_known_before_does_not_hold_before() -> None:
    lines = (FIRST, ClockSegment(1, NOON + HOUR, NOON + DAY, 0))
    assert segment_at(lines, NOON + HOUR - SECOND) == FIRST
    assert segment_at(lines, NOON + HOUR) == lines[1]
    assert (next_start(lines, NOON), next_start(lines, NOON + HOUR)) == (NOON + HOUR, None)
    assert segment_at((), NOON).time_at(NOON) == NOON


def test_clock_change_leaves_what_is_not_asked_for_as_it_is() -> None:
    stopped = next_segment((FIRST,), NOON + HOUR, rate=0)
    assert stopped == ClockSegment(1, NOON + HOUR, NOON + HOUR, 0)
    moved = next_segment((FIRST, stopped), NOON + 2 * HOUR, by=DAY)
    assert moved == ClockSegment(2, NOON + 2 * HOUR, NOON + HOUR + DAY, 0)
    hurried = next_segment((FIRST, stopped, moved), NOON + 3 * HOUR, rate=60)
    assert hurried == ClockSegment(3, NOON + 3 * HOUR, NOON + HOUR + DAY, 60)


def test_clock_change_asked_for_while_another_waits_follows_the_other() -> None:
    waiting = ClockSegment(1, NOON + HOUR, NOON + DAY, 0)
    assert next_segment((FIRST, waiting), NOON, by=DAY) == ClockSegment(2, NOON + HOUR, NOON + 2 * DAY, 0)


def test_bus_time_does_not_go_back() -> None:
    ahead = (ClockSegment(1, NOON, NOON + DAY, 0),)
    asks: tuple[Callable[[], ClockSegment], ...] = (
        lambda: next_segment(ahead, NOON, at=NOON + DAY - SECOND),
        lambda: back_to_real(ahead, NOON + HOUR),
    )
    for ask in asks:
        with pytest.raises(Conflict) as caught:
            ask()
        assert caught.value.code == "clock-backwards"
        assert caught.value.details["bus"] == (NOON + DAY).isoformat()
    assert next_segment(ahead, NOON, at=NOON + DAY).told == NOON + DAY


def test_real_time_comes_back_once_it_has_caught_up() -> None:
    behind = (ClockSegment(1, NOON, NOON - DAY, 0),)
    assert back_to_real(behind, NOON + HOUR) == ClockSegment(2, NOON + HOUR, NOON + HOUR, 1)
    assert back_to_real(behind, NOON + HOUR).mode == "real"


@pytest.mark.parametrize("by", [timedelta(days=366 * 200), timedelta(days=366 * 9000)])
def test_clock_change_to_the_end_of_time_is_refused_and_not_run_into(by: timedelta) -> None:
    with pytest.raises(Refused) as caught:
        next_segment((FIRST,), NOON, by=by)
    assert caught.value.code == "clock-too-far"
    assert next_segment((FIRST,), NOON, at=END_OF_TIME - SECOND).told == END_OF_TIME - SECOND


def test_clock_jump_makes_nothing_older_than_it_is() -> None:
    lines = (FIRST, ClockSegment(1, NOON + HOUR, NOON + 30 * DAY, 1))
    now = NOON + HOUR + SECOND
    assert machine_moment(lines, NOON, now) == NOON
    assert machine_moment(lines, NOON + 20 * DAY, now) == NOON + HOUR, "the time jumped over"
    assert machine_moment(lines, NOON + 30 * DAY + SECOND, now) == now
    assert machine_moment(lines, NOON - DAY, now) == NOON - DAY, "before the first line that is known"


def test_standing_clocks_moment_is_now() -> None:
    lines = (FIRST, ClockSegment(1, NOON + HOUR, NOON + HOUR, 0))
    assert machine_moment(lines, NOON + HOUR, NOON + 9 * DAY) == NOON + 9 * DAY
    moved = (*lines, ClockSegment(2, NOON + 9 * DAY, NOON + 90 * DAY, 0))
    assert machine_moment(moved, NOON + HOUR, NOON + 10 * DAY) == NOON + 9 * DAY


def test_timeline_without_segments_takes_ages_from_the_machine() -> None:
    assert machine_moment((), NOON - HOUR, NOON) == NOON - HOUR
    assert machine_moment((), NOON + HOUR, NOON) == NOON


CHANGES = st.lists(
    st.tuples(
        st.timedeltas(timedelta(0), timedelta(days=2)),
        st.timedeltas(timedelta(0), timedelta(days=40)),
        st.sampled_from([None, 0.0, 0.5, 1.0, 60.0, 1000.0]),
    ),
    max_size=8,
)


@given(changes=CHANGES, asked=st.lists(st.timedeltas(timedelta(0), timedelta(days=20)), min_size=2))
def test_bus_time_never_goes_back_whatever_is_changed(
    changes: list[tuple[timedelta, timedelta, float | None]], asked: list[timedelta]
) -> None:
    lines: Timeline = (FIRST,)
    for pause, by, rate in changes:
        lines = (*lines, next_segment(lines, lines[-1].since + pause, by=by, rate=rate))
    moments = [NOON + one for one in sorted(asked)]
    told = [segment_at(lines, moment).time_at(moment) for moment in moments]
    assert told == sorted(told)
    for moment, one in zip(moments, told, strict=True):
        assert machine_moment(lines, one, moment) <= moment
        assert abs(machine_moment(lines, one, moment) - moment) < SECOND
