"""The duration and the hours of a paced clerk's work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import WorkingCalendar, due_moment
from shared.regulations.deadlines import limit_of
from shared.regulations.model import TimeLimit
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessNode
from shared.regulations.working_hours import WorkingHours
from shared.workplace.clerks.pace import ClerkPace, finish_time, make_dice, overdue_time

HOURS = WorkingHours()
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=KAZAKHSTAN)
FRIDAY_EVENING = datetime(2026, 3, 6, 18, 0, tzinfo=KAZAKHSTAN)
NIGHT = datetime(2026, 3, 3, 2, 17, tzinfo=KAZAKHSTAN)
STEP = ProcessNode("p1", "human", "procedure", "исполнитель", "…", "is_mio")
LIMITS = (
    TimeLimit(amount=20, unit="minute"),
    TimeLimit(amount=4, unit="hour"),
    TimeLimit(unit="same_day"),
    TimeLimit(amount=1, unit="working_day"),
    TimeLimit(amount=10, unit="calendar_day"),
    TimeLimit(amount=1, unit="month"),
)


def local(at: datetime) -> str:
    return f"{at.astimezone(KAZAKHSTAN):%d.%m %H:%M}"


def done(node: ProcessNode, since: datetime, pace: ClerkPace, case: str = "case") -> datetime:
    return finish_time(node, since, make_dice(pace.seed, case, node.id, 0), pace, HOURS)


def test_working_hours_carry_work_that_does_not_fit_the_day_over_to_the_next_opening() -> None:
    # the 8th of March is a Sunday in 2026, and the Monday after it is off
    assert local(HOURS.add_worked(FRIDAY_EVENING, timedelta(hours=1))) == "10.03 09:30"
    assert HOURS.worked_between(FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=4, hours=-8)) == timedelta(
        minutes=90
    )
    assert HOURS.worked_between(NIGHT, NIGHT + timedelta(hours=3)) == timedelta(0)
    assert local(HOURS.next_opening(NIGHT)) == "03.03 09:00"


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.amount} {limit.unit}")
@pytest.mark.parametrize("since", [MONDAY, FRIDAY_EVENING], ids=local)
def test_paced_clerk_is_done_within_the_limit_and_while_the_authorities_work(
    limit: TimeLimit, since: datetime
) -> None:
    node = replace(STEP, limit=limit)
    end = due_moment(limit, since, WorkingCalendar())
    assert end is not None
    moments = [done(node, since, ClerkPace(), f"case {n}") for n in range(60)]
    assert len(set(moments)) > 5
    assert all(since < at <= end for at in moments)
    assert all(HOURS.next_opening(at) == at or at.astimezone(KAZAKHSTAN).hour == 18 for at in moments)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.amount} {limit.unit}")
def test_paced_clerk_of_the_late_share_passes_the_limit_of_every_step(limit: TimeLimit) -> None:
    node = replace(STEP, limit=limit)
    end = due_moment(limit, MONDAY, WorkingCalendar())
    assert end is not None
    moments = [done(node, MONDAY, ClerkPace(late_share=1.0), f"case {n}") for n in range(30)]
    assert min(moments) > end
    assert overdue_time(node, MONDAY, HOURS) > end


def test_paced_clerks_are_late_in_about_the_share_that_was_asked_for() -> None:
    node, pace = replace(STEP, limit=TimeLimit(amount=5, unit="working_day")), ClerkPace(late_share=0.2)
    end = due_moment(TimeLimit(amount=5, unit="working_day"), MONDAY, WorkingCalendar())
    assert end is not None
    late = sum(done(node, MONDAY, pace, f"case {n}") > end for n in range(1000))
    assert 150 < late < 250


def test_paced_clerks_time_is_drawn_by_seed_case_step_and_iteration_only() -> None:
    node = replace(STEP, limit=TimeLimit(amount=10, unit="working_day"))
    first = finish_time(node, MONDAY, make_dice(7, "case", "p1", 0), ClerkPace(7), HOURS)
    assert first == finish_time(node, MONDAY, make_dice(7, "case", "p1", 0), ClerkPace(7), HOURS)
    others = {
        finish_time(node, MONDAY, dice, ClerkPace(7), HOURS)
        for dice in (make_dice(8, "case", "p1", 0), make_dice(7, "cas", "p1", 0), make_dice(7, "case", "p1", 1))
    }
    assert first not in others
    assert len(others) == 3
    assert make_dice(7, "case", "p1", 0).random() == pytest.approx(0.5538405490839236)  # on every machine


def test_paced_clerks_quarter_of_an_hour_at_night_is_counted_from_the_opening() -> None:
    node = replace(STEP, limit=TimeLimit(amount=15, unit="minute"))
    at = done(node, NIGHT, ClerkPace())
    assert "03.03 09:01" <= local(at) <= "03.03 09:15"


def test_paced_clerk_is_done_on_whole_grains_where_the_limit_is_long_enough() -> None:
    ten = ClerkPace(grain=timedelta(minutes=10))
    long, short = (replace(STEP, limit=TimeLimit(amount=n, unit="minute")) for n in (120, 9))
    assert {done(long, MONDAY, ten, str(n)).minute % 10 for n in range(40)} == {0}
    moments = [done(short, MONDAY, ten, str(n)) for n in range(40)]
    assert all(MONDAY < at <= MONDAY + timedelta(minutes=9) for at in moments)
    assert len({at.minute for at in moments}) > 3


def test_paced_clerk_takes_every_step_for_people_within_what_the_act_gives() -> None:
    since = MONDAY.astimezone(UTC)
    checked = 0
    for _, graph in PassportBook.load().all_graphs():
        for node in graph.nodes:
            limit = limit_of(node)
            if not node.is_automatic and node.end is None and limit is not None:
                end = due_moment(limit, since, HOURS.calendar)
                assert end is None or since < done(node, since, ClerkPace(), graph.passport_id) <= end, node
                checked += 1
    assert checked > 500
