"""The working hours of clerks, and arithmetic with working time.

Clerks work from the opening to the closing of the authorities on every working day, also during the lunch break
(ours: docs/reference/divergences.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from shared.contracts.local_time import KAZAKHSTAN, local_day
from shared.regulations.calendar import CLOSES, DAY, OPENS, WorkingCalendar

NOTHING = timedelta(0)


@dataclass(frozen=True)
class WorkingHours:
    """Arithmetic with working time. Arguments are aware moments; results are in UTC."""

    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)

    def next_opening(self, at: datetime) -> datetime:
        """The moment ``at`` if inside the working hours, else the next opening."""
        local = at.astimezone(KAZAKHSTAN)
        day = local_day(at)
        closes = self._closing_time(day)
        if self.calendar.is_working(day) and local < closes:
            return max(local, self._opening_time(day)).astimezone(UTC)
        return self._opening_time(self.calendar.working_from(day + DAY)).astimezone(UTC)

    def worked_between(self, first: datetime, last: datetime) -> timedelta:
        """The working time from ``first`` to ``last``; zero unless ``last`` is later."""
        total, at = NOTHING, self.next_opening(first)
        while at < last:
            closes = self._closing_time(local_day(at)).astimezone(UTC)
            total += min(closes, last) - at
            at = self.next_opening(closes)
        return total

    def add_worked(self, at: datetime, span: timedelta) -> datetime:
        """The moment at which ``span`` of working time has passed since ``at``."""
        at = self.next_opening(at)
        while (closes := self._closing_time(local_day(at)).astimezone(UTC)) - at < span:
            span -= closes - at
            at = self.next_opening(closes)
        return at + span

    def _opening_time(self, day: date) -> datetime:
        return datetime.combine(day, OPENS, KAZAKHSTAN)

    def _closing_time(self, day: date) -> datetime:
        return datetime.combine(day, CLOSES, KAZAKHSTAN)
