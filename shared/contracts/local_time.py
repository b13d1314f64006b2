"""The time by which people in Kazakhstan live: the one place where a moment becomes a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

KAZAKHSTAN = timezone(timedelta(hours=5))
"""One zone for the whole country since 1 March 2024; used for earlier days too (docs/reference/divergences.md)."""


def local_day(moment: datetime) -> date:
    """The day of the calendar in Kazakhstan at an aware moment: from 00:00 to 05:00 it is one later than in UTC.

    ValueError for a moment without a zone, which is no moment at all.
    """
    if moment.tzinfo is None:
        raise ValueError("only an aware moment has a day")
    return moment.astimezone(KAZAKHSTAN).date()
