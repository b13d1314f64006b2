"""Kazakhstan's working calendar, and the moment at which a limit of an act runs out.

A term in days or months begins on the day after the event (Civil Code, article 173). A term in months ends on the
same day of the month, or on the last day of a month that has no such day (174). A term that ends on a day off ends
on the next working day (175). What must be done in an office must be done before the office closes (176). Minutes
and hours run without a break, through nights and holidays: no act says that they stop.

The days off are those of the library ``holidays``; docs/reference/divergences.md names the days that the library
does not know.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol

from shared.contracts.local_time import KAZAKHSTAN, local_day
from shared.regulations.model import TimeLimit

OPENS, CLOSES = time(9), time(18, 30)
"""The office hours of the authorities in the acts; the lunch break, 13:00 to 14:30, ends no term."""

DAY = timedelta(days=1)
SATURDAY = 5


class YearDays(Protocol):
    """The exceptional days of a year: weekdays that are days off, and Saturdays and Sundays that are working
    days.
    """

    @property
    def days_off(self) -> frozenset[date]: ...

    @property
    def days_at_work(self) -> frozenset[date]: ...


@dataclass(frozen=True)
class CalendarYear:
    """The exceptional days of one year, held as sets."""

    days_off: frozenset[date] = frozenset()
    days_at_work: frozenset[date] = frozenset()


@lru_cache(maxsize=64)
def year_of_kazakhstan(year: int) -> CalendarYear:
    """The exceptional days of a year in Kazakhstan: public holidays, days off moved by the government, and the
    Saturdays worked for them.
    """
    from holidays.countries.kazakhstan import Kazakhstan  # imported late: the import takes a tenth of a second

    holidays_calendar = Kazakhstan(years=year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    return CalendarYear(
        days_off=frozenset(
            day for day in days if day.weekday() < SATURDAY and not holidays_calendar.is_working_day(day)
        ),
        days_at_work=frozenset(
            day for day in days if day.weekday() >= SATURDAY and holidays_calendar.is_working_day(day)
        ),
    )


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days of the authorities. Dates are dates in Kazakhstan; ``days_of_year`` gives the exceptional
    days of a year.
    """

    days_of_year: Callable[[int], YearDays] = field(default=year_of_kazakhstan)

    def is_working(self, day: date) -> bool:
        """Whether ``day`` is a working day of the authorities."""
        year_days = self.days_of_year(day.year)
        return day in year_days.days_at_work if day.weekday() >= SATURDAY else day not in year_days.days_off

    def working_from(self, day: date) -> date:
        """``day`` if it is a working day, else the next working day."""
        while not self.is_working(day):
            day += DAY
        return day

    def working_after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; ``day`` itself is not counted."""
        for _ in range(count):
            day = self.working_from(day + DAY)
        return day

    def working_days(self, first: date, last: date) -> int:
        """The number of working days from ``first`` to ``last``, both included."""
        return sum(self.is_working(first + n * DAY) for n in range((last - first).days + 1))


def due_moment(limit: TimeLimit, since: datetime, calendar: WorkingCalendar) -> datetime | None:
    """The latest moment (UTC) at which work that began at ``since`` is in time; None for an unspecified limit.

    The spans of a limit follow one another, each from the end of the one before.
    The upper end of a range counts. A limit in days or months ends when the offices close on a working day in
    Kazakhstan. «The same day» is the day of ``since`` while the offices are open, else the next working day. The
    days of intake and of issue, which some acts exclude, need no rule: counting begins on the next day anyway, and
    the result is issued after the step that has the limit. ``since`` must be aware (ValueError).
    """
    if since.tzinfo is None:
        raise ValueError("a term begins at an aware datetime")
    moment: datetime | None = since
    for span in limit.spans:
        moment = _end_of_span(span, moment, calendar) if moment is not None else None
    return moment


def _end_of_span(limit: TimeLimit, since: datetime, calendar: WorkingCalendar) -> datetime | None:
    if limit.unit == "unspecified":
        return None
    if limit.clock_time is not None:
        return (since + limit.clock_time).astimezone(UTC)
    day = local_day(since)
    if limit.unit == "same_day":
        is_over = since.astimezone(KAZAKHSTAN).time() > CLOSES
        return _closing_moment(calendar.working_from(day + is_over * DAY))
    return _closing_moment(_last_day(limit, day, calendar))


def _last_day(limit: TimeLimit, day: date, calendar: WorkingCalendar) -> date:
    count = limit.upper or limit.amount
    assert count is not None  # noqa: S101 - held by Limit
    if limit.unit == "working_day":
        return calendar.working_after(day, count)
    later = _months_later(day, count) if limit.unit == "month" else day + count * DAY
    return calendar.working_from(later)


def _months_later(day: date, count: int) -> date:
    """The same day of the month ``count`` months later, or the last day of that month."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _closing_moment(day: date) -> datetime:
    return datetime.combine(day, CLOSES, KAZAKHSTAN).astimezone(UTC)
