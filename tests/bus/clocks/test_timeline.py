"""Lines of time: what they tell, what may follow them, and how long ago something was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.clocks.segments import (
    END_OF_TIME,
    Line,
    Lines,
    back_to_real,
    changed,
    coming,
    holding,
    machine_moment,
    real,
)
from shared.bus.errors import Conflict, Refused

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
FIRST = real(NOON)


def test_a_line_goes_by_its_rate_and_one_of_no_rate_stands() -> None:
    assert Line(1, NOON, NOON + DAY, 60).at(NOON + SECOND) == NOON + DAY + timedelta(minutes=1)
    assert Line(1, NOON, NOON + DAY, 0).at(NOON + 9 * HOUR) == NOON + DAY
    assert FIRST.at(NOON + HOUR) == NOON + HOUR


def test_a_line_drawn_in_another_zone_tells_utc() -> None:
    almaty = timezone(timedelta(hours=5))
    line = Line(1, NOON.astimezone(almaty), NOON.astimezone(almaty), 1)
    assert (line.since.tzinfo, line.at(NOON.astimezone(almaty)).tzinfo) == (UTC, UTC)
    assert line == Line(1, NOON, NOON, 1)


def test_a_line_says_in_which_mode_it_is() -> None:
    assert [
        Line(1, NOON, told, rate).mode for told, rate in ((NOON, 1), (NOON, 0), (NOON, 2), (NOON + DAY, 1))
    ] == [*("real", "frozen", "rate", "rate")]


def test_a_line_that_is_known_before_does_not_hold_before() -> None:
    lines = (FIRST, Line(1, NOON + HOUR, NOON + DAY, 0))
    assert holding(lines, NOON + HOUR - SECOND) == FIRST
    assert holding(lines, NOON + HOUR) == lines[1]
    assert (coming(lines, NOON), coming(lines, NOON + HOUR)) == (NOON + HOUR, None)
    assert holding((), NOON).at(NOON) == NOON


def test_what_is_not_asked_for_stays_as_it_is() -> None:
    stopped = changed((FIRST,), NOON + HOUR, rate=0)
    assert stopped == Line(1, NOON + HOUR, NOON + HOUR, 0)
    moved = changed((FIRST, stopped), NOON + 2 * HOUR, by=DAY)
    assert moved == Line(2, NOON + 2 * HOUR, NOON + HOUR + DAY, 0)
    hurried = changed((FIRST, stopped, moved), NOON + 3 * HOUR, rate=60)
    assert hurried == Line(3, NOON + 3 * HOUR, NOON + HOUR + DAY, 60)


def test_a_change_asked_for_while_another_waits_follows_it() -> None:
    waiting = Line(1, NOON + HOUR, NOON + DAY, 0)
    assert changed((FIRST, waiting), NOON, by=DAY) == Line(2, NOON + HOUR, NOON + 2 * DAY, 0)


def test_time_does_not_go_back_on_the_bus() -> None:
    ahead = (Line(1, NOON, NOON + DAY, 0),)
    asks: tuple[Callable[[], Line], ...] = (
        lambda: changed(ahead, NOON, at=NOON + DAY - SECOND),
        lambda: back_to_real(ahead, NOON + HOUR),
    )
    for ask in asks:
        with pytest.raises(Conflict) as caught:
            ask()
        assert caught.value.code == "clock-backwards"
        assert caught.value.details["bus"] == (NOON + DAY).isoformat()
    assert changed(ahead, NOON, at=NOON + DAY).told == NOON + DAY


def test_the_real_time_comes_back_once_it_has_caught_up() -> None:
    behind = (Line(1, NOON, NOON - DAY, 0),)
    assert back_to_real(behind, NOON + HOUR) == Line(2, NOON + HOUR, NOON + HOUR, 1)
    assert back_to_real(behind, NOON + HOUR).mode == "real"


@pytest.mark.parametrize("by", [timedelta(days=366 * 200), timedelta(days=366 * 9000)])
def test_the_end_of_time_is_refused_and_not_run_into(by: timedelta) -> None:
    with pytest.raises(Refused) as caught:
        changed((FIRST,), NOON, by=by)
    assert caught.value.code == "clock-too-far"
    assert changed((FIRST,), NOON, at=END_OF_TIME - SECOND).told == END_OF_TIME - SECOND


def test_a_jump_makes_nothing_older_than_it_is() -> None:
    lines = (FIRST, Line(1, NOON + HOUR, NOON + 30 * DAY, 1))
    now = NOON + HOUR + SECOND
    assert machine_moment(lines, NOON, now) == NOON
    assert machine_moment(lines, NOON + 20 * DAY, now) == NOON + HOUR, "the time jumped over"
    assert machine_moment(lines, NOON + 30 * DAY + SECOND, now) == now
    assert machine_moment(lines, NOON - DAY, now) == NOON - DAY, "before the first line that is known"


def test_while_the_clock_stands_its_moment_is_now() -> None:
    lines = (FIRST, Line(1, NOON + HOUR, NOON + HOUR, 0))
    assert machine_moment(lines, NOON + HOUR, NOON + 9 * DAY) == NOON + 9 * DAY
    moved = (*lines, Line(2, NOON + 9 * DAY, NOON + 90 * DAY, 0))
    assert machine_moment(moved, NOON + HOUR, NOON + 10 * DAY) == NOON + 9 * DAY


def test_without_lines_the_machine_says_how_long_ago_it_was() -> None:
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
def test_whatever_is_changed_time_never_goes_back(
    changes: list[tuple[timedelta, timedelta, float | None]], asked: list[timedelta]
) -> None:
    lines: Lines = (FIRST,)
    for pause, by, rate in changes:
        lines = (*lines, changed(lines, lines[-1].since + pause, by=by, rate=rate))
    moments = [NOON + one for one in sorted(asked)]
    told = [holding(lines, moment).at(moment) for moment in moments]
    assert told == sorted(told)
    for moment, one in zip(moments, told, strict=True):
        assert machine_moment(lines, one, moment) <= moment
        assert abs(machine_moment(lines, one, moment) - moment) < SECOND
