"""How long a paced clerk needs, and in which hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.book import PassportBook
from shared.regulations.calendar import Calendar, due
from shared.regulations.deadlines import limit_of
from shared.regulations.model import Limit
from shared.regulations.process.graph import Node
from shared.workplace.clerks.hours import Hours
from shared.workplace.clerks.pace import Pace, chance, finish, overdue

HOURS = Hours()
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=KAZAKHSTAN)
FRIDAY_EVENING = datetime(2026, 3, 6, 18, 0, tzinfo=KAZAKHSTAN)
NIGHT = datetime(2026, 3, 3, 2, 17, tzinfo=KAZAKHSTAN)
STEP = Node("p1", "human", "procedure", "исполнитель", "…", "is_mio")
LIMITS = (
    Limit(amount=20, unit="minute"),
    Limit(amount=4, unit="hour"),
    Limit(unit="same_day"),
    Limit(amount=1, unit="working_day"),
    Limit(amount=10, unit="calendar_day"),
    Limit(amount=1, unit="month"),
)


def local(at: datetime) -> str:
    return f"{at.astimezone(KAZAKHSTAN):%d.%m %H:%M}"


def done(node: Node, since: datetime, pace: Pace, case: str = "case") -> datetime:
    return finish(node, since, chance(pace.seed, case, node.id, 0), pace, HOURS)


def test_work_that_does_not_fit_the_day_goes_on_when_the_authorities_open_again() -> None:
    # the 8th of March is a Sunday in 2026, and the Monday after it is off
    assert local(HOURS.after(FRIDAY_EVENING, timedelta(hours=1))) == "10.03 09:30"
    assert HOURS.between(FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=4, hours=-8)) == timedelta(minutes=90)
    assert HOURS.between(NIGHT, NIGHT + timedelta(hours=3)) == timedelta(0)
    assert local(HOURS.opening(NIGHT)) == "03.03 09:00"


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.amount} {limit.unit}")
@pytest.mark.parametrize("since", [MONDAY, FRIDAY_EVENING], ids=local)
def test_a_paced_clerk_is_done_within_the_limit_and_while_the_authorities_work(
    limit: Limit, since: datetime
) -> None:
    node = replace(STEP, limit=limit)
    end = due(limit, since, Calendar())
    assert end is not None
    moments = [done(node, since, Pace(), f"case {n}") for n in range(60)]
    assert len(set(moments)) > 5
    assert all(since < at <= end for at in moments)
    assert all(HOURS.opening(at) == at or at.astimezone(KAZAKHSTAN).hour == 18 for at in moments)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.amount} {limit.unit}")
def test_of_the_share_that_is_late_every_step_passes_its_limit(limit: Limit) -> None:
    node = replace(STEP, limit=limit)
    end = due(limit, MONDAY, Calendar())
    assert end is not None
    moments = [done(node, MONDAY, Pace(late_share=1.0), f"case {n}") for n in range(30)]
    assert min(moments) > end
    assert overdue(node, MONDAY, HOURS) > end


def test_about_the_share_that_was_asked_for_is_late() -> None:
    node, pace = replace(STEP, limit=Limit(amount=5, unit="working_day")), Pace(late_share=0.2)
    end = due(Limit(amount=5, unit="working_day"), MONDAY, Calendar())
    assert end is not None
    late = sum(done(node, MONDAY, pace, f"case {n}") > end for n in range(1000))
    assert 150 < late < 250


def test_the_seed_the_case_the_step_and_the_lap_draw_the_time_and_nothing_else_does() -> None:
    node = replace(STEP, limit=Limit(amount=10, unit="working_day"))
    first = finish(node, MONDAY, chance(7, "case", "p1", 0), Pace(7), HOURS)
    assert first == finish(node, MONDAY, chance(7, "case", "p1", 0), Pace(7), HOURS)
    others = {
        finish(node, MONDAY, dice, Pace(7), HOURS)
        for dice in (chance(8, "case", "p1", 0), chance(7, "cas", "p1", 0), chance(7, "case", "p1", 1))
    }
    assert first not in others
    assert len(others) == 3
    assert chance(7, "case", "p1", 0).random() == pytest.approx(0.5538405490839236)  # on every machine


def test_a_quarter_of_an_hour_that_begins_at_night_is_counted_from_the_opening() -> None:
    node = replace(STEP, limit=Limit(amount=15, unit="minute"))
    at = done(node, NIGHT, Pace())
    assert "03.03 09:01" <= local(at) <= "03.03 09:15"


def test_a_clerk_is_done_on_whole_grains_where_the_limit_is_long_enough_for_them() -> None:
    ten = Pace(grain=timedelta(minutes=10))
    long, short = (replace(STEP, limit=Limit(amount=n, unit="minute")) for n in (120, 9))
    assert {done(long, MONDAY, ten, str(n)).minute % 10 for n in range(40)} == {0}
    moments = [done(short, MONDAY, ten, str(n)) for n in range(40)]
    assert all(MONDAY < at <= MONDAY + timedelta(minutes=9) for at in moments)
    assert len({at.minute for at in moments}) > 3


def test_every_step_of_every_act_that_waits_for_people_is_done_within_what_the_act_gives() -> None:
    since = MONDAY.astimezone(UTC)
    checked = 0
    for _, graph in PassportBook.load().all_graphs():
        for node in graph.nodes:
            limit = limit_of(node)
            if not node.is_automatic and node.end is None and limit is not None:
                end = due(limit, since, HOURS.calendar)
                assert end is None or since < done(node, since, Pace(), graph.passport) <= end, node
                checked += 1
    assert checked > 500
