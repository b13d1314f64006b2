"""The working calendar of Kazakhstan, and the ends of limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import CLOSES, WorkingCalendar, due_moment
from shared.regulations.loader import load_passports
from shared.regulations.model import Deadline, TimeLimit

CALENDAR = WorkingCalendar()


def here(text: str) -> datetime:
    """A moment in Kazakhstan's time."""
    return datetime.fromisoformat(text).replace(tzinfo=KAZAKHSTAN)


def ends(since: str, amount: int | None, unit: Any, upper: int | None = None) -> str | None:
    """The due moment in Kazakhstan's time."""
    found = due_moment(TimeLimit(amount=amount, unit=unit, upper=upper), here(since), CALENDAR)
    if found is None:
        return None
    assert found.tzinfo is UTC
    return f"{found.astimezone(KAZAKHSTAN):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        ("2026-03-20", True),
        ("2026-03-23", False),
        ("2026-03-24", False),
        ("2026-03-25", False),
        ("2026-03-26", True),
        ("2026-01-01", False),
        ("2026-01-02", False),
        ("2026-01-05", True),
        ("2026-01-07", False),
        ("2024-05-04", True),
        ("2024-05-08", False),
        ("2025-01-05", True),
        ("2025-01-03", False),
        ("2026-11-21", False),
        ("2025-06-06", False),
        ("2025-12-16", False),
        ("2022-12-01", True),
        ("2021-12-01", False),
        ("2024-02-29", True),
    ],
    ids=str,
)
def test_calendar_day_is_worked_or_not_as_the_country_knows_it(day: str, is_worked: bool) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day)) is is_worked


def test_calendar_counts_working_days_over_nauryz() -> None:
    assert CALENDAR.working_days(date(2026, 3, 16), date(2026, 3, 29)) == 7
    assert CALENDAR.working_from(date(2026, 3, 21)) == date(2026, 3, 26)
    assert CALENDAR.working_after(date(2026, 3, 20), 1) == date(2026, 3, 26)
    assert CALENDAR.working_after(date(2026, 3, 20), 0) == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("since", "amount", "unit", "upper", "told"),
    [
        ("2026-03-20 18:20", 15, "minute", None, "2026-03-20 18:35"),
        ("2026-03-20 18:20", 20, "minute", 30, "2026-03-20 18:50"),
        ("2026-03-20 23:00", 2, "hour", None, "2026-03-21 01:00"),
        ("2026-03-19 10:00", 1, "working_day", None, "2026-03-20 18:30"),
        ("2026-03-20 10:00", 1, "working_day", None, "2026-03-26 18:30"),
        ("2026-03-21 10:00", 1, "working_day", None, "2026-03-26 18:30"),
        ("2026-03-18 10:00", 3, "working_day", 5, "2026-03-30 18:30"),
        ("2024-05-03 10:00", 1, "working_day", None, "2024-05-04 18:30"),
        ("2025-12-31 23:59", 1, "working_day", None, "2026-01-05 18:30"),
        ("2026-03-10 10:00", 10, "calendar_day", None, "2026-03-20 18:30"),
        ("2026-03-11 10:00", 10, "calendar_day", None, "2026-03-26 18:30"),
        ("2026-01-31 10:00", 1, "month", None, "2026-03-02 18:30"),
        ("2024-01-31 10:00", 1, "month", None, "2024-02-29 18:30"),
        ("2024-02-29 10:00", 12, "month", None, "2025-02-28 18:30"),
        ("2025-08-31 10:00", 1, "month", 3, "2025-12-01 18:30"),
        ("2026-02-21 10:00", 1, "month", None, "2026-03-26 18:30"),
        ("2025-12-15 10:00", 1, "month", None, "2026-01-15 18:30"),
        ("2026-03-19 10:00", None, "same_day", None, "2026-03-19 18:30"),
        ("2026-03-19 18:30", None, "same_day", None, "2026-03-19 18:30"),
        ("2026-03-19 18:31", None, "same_day", None, "2026-03-20 18:30"),
        ("2026-03-20 22:00", None, "same_day", None, "2026-03-26 18:30"),
        ("2026-03-22 09:00", None, "same_day", None, "2026-03-26 18:30"),
        ("2026-03-19 10:00", None, "unspecified", None, None),
    ],
)
def test_limit_runs_out_when_the_calendar_says(
    since: str, amount: int | None, unit: str, upper: int | None, told: str | None
) -> None:
    assert ends(since, amount, unit, upper) == told


def test_calendar_day_is_that_of_kazakhstan_and_not_of_greenwich() -> None:
    late = datetime(2026, 3, 18, 20, tzinfo=UTC)
    assert due_moment(TimeLimit(amount=1, unit="working_day"), late, CALENDAR) == here("2026-03-20 18:30")


def test_limit_never_counts_the_days_that_the_act_does_not_count() -> None:
    days: dict[str, Any] = {"amount": 3, "unit": "working_day", "text": "три рабочих дня"}
    plain, excluding = Deadline(**days), Deadline(**days, excludes=("day_of_intake", "day_of_issue"))
    since = here("2026-04-06 10:00")
    assert due_moment(plain, since, CALENDAR) == due_moment(excluding, since, CALENDAR) == here("2026-04-09 18:30")


def test_moment_without_a_zone_begins_no_term() -> None:
    with pytest.raises(ValueError, match="aware"):
        due_moment(TimeLimit(amount=1, unit="minute"), datetime(2026, 3, 2), CALENDAR)  # noqa: DTZ001 - the mistake itself


MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DATED: list[Any] = ["working_day", "calendar_day", "month"]
LIMITS = st.one_of(
    st.builds(TimeLimit, unit=st.just("same_day")),
    st.builds(TimeLimit, unit=st.sampled_from([*DATED, "minute", "hour"]), amount=st.integers(1, 30)),
)


@given(limit=LIMITS, first=MOMENTS, second=MOMENTS)
def test_limit_that_begins_later_ends_no_earlier_and_never_before_its_beginning(
    limit: TimeLimit, first: datetime, second: datetime
) -> None:
    one, other = (due_moment(limit, since, CALENDAR) for since in sorted((first, second)))
    assert one is not None
    assert other is not None
    assert one <= other
    assert one >= min(first, second)
    if limit.duration is None:
        here = one.astimezone(KAZAKHSTAN)
        assert CALENDAR.is_working(here.date())
        assert here.time() == CLOSES


@given(unit=st.sampled_from([*DATED, "minute", "hour"]), amount=st.integers(1, 29), since=MOMENTS)
def test_limit_that_is_longer_does_not_end_earlier(unit: Any, amount: int, since: datetime) -> None:
    short, long = (due_moment(TimeLimit(unit=unit, amount=n), since, CALENDAR) for n in (amount, amount + 1))
    ranged = due_moment(TimeLimit(unit=unit, amount=amount, upper=amount + 1), since, CALENDAR)
    assert short is not None
    assert long is not None
    assert short <= long == ranged


def test_limits_of_every_passport_can_be_reckoned() -> None:
    since, limits = here("2026-03-19 10:00"), set()
    for passport in load_passports():
        for variant in passport.procedures:
            limits |= {step.deadline for step in variant.steps if step.deadline is not None}
        for _, table in passport.step_tables.channel_values():
            limits |= {row.deadline for row in table.rows}
    assert {limit.unit for limit in limits} >= {"minute", "working_day", "calendar_day", "unspecified"}
    for limit in limits:
        found = due_moment(limit, since, CALENDAR)
        assert (found is None) == (limit.unit == "unspecified")
        assert found is None or since < found < since + timedelta(days=400)
