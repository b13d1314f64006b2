"""The time zone of Kazakhstan: the only module where a moment becomes a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

KAZAKHSTAN = timezone(timedelta(hours=5))
"""One zone for the whole country since 1 March 2024; also used for earlier days
(docs/reference/divergences.md).
"""


def local_day(moment: datetime) -> date:
    """The calendar day in Kazakhstan at an aware moment: from 00:00 to 05:00 one day later than in UTC.

    ValueError for a moment without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("only an aware moment has a day")
    return moment.astimezone(KAZAKHSTAN).date()
