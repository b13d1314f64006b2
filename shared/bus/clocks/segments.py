"""The segments of the bus's clock: linear pieces over the machine's time, one after another, known before their
start.

All machines share the real time, so processes with equal segments show the same bus time without asking each
other. All functions are pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from shared.bus.errors import Conflict, Refused

ClockMode = Literal["real", "frozen", "rate"]

FASTEST = 1000.0
"""The highest rate, in bus seconds per second: at a higher rate, an answer of a few seconds would be hours old."""

END_OF_TIME = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClockSegment:
    """From the machine's moment ``since`` on, the bus's time begins at ``told`` and runs ``rate`` seconds per
    second.

    With ``rate`` 0 the clock stands still. ``version`` rises with each change.
    """

    version: int
    since: datetime
    told: datetime
    rate: float

    def __post_init__(self) -> None:
        for name in ("since", "told"):  # the caller may use another zone; the bus uses UTC
            object.__setattr__(self, name, getattr(self, name).astimezone(UTC))

    def time_at(self, moment: datetime) -> datetime:
        """The bus's time at the machine's ``moment``."""
        return self.told + (moment - self.since) * self.rate

    @property
    def mode(self) -> ClockMode:
        if self.rate == 1 and self.told == self.since:
            return "real"
        return "rate" if self.rate else "frozen"


Timeline = tuple[ClockSegment, ...]
"""Segments ordered by version; no segment starts before its predecessor. An empty timeline is the machine's
time.
"""


def machine_segment(moment: datetime) -> ClockSegment:
    """The machine's time as a segment: the state before any change."""
    return ClockSegment(0, moment, moment, 1.0)


def segment_at(segments: Timeline, moment: datetime) -> ClockSegment:
    """The segment in force at the machine's ``moment``; before the first start, the first segment."""
    for segment in reversed(segments):
        if segment.since <= moment:
            return segment
    return segments[0] if segments else machine_segment(moment)


def next_start(segments: Timeline, moment: datetime) -> datetime | None:
    """The start of the next segment; None when there is none."""
    return next((segment.since for segment in segments if segment.since > moment), None)


def machine_moment(segments: Timeline, bus_time: datetime, now: datetime) -> datetime:
    """The last machine moment at which the bus had not passed ``bus_time``; never after ``now``.

    Before the first known segment the bus is assumed to run as the machine does.
    """
    end = now
    for segment in reversed(segments):
        if segment.since > now:
            continue
        if bus_time >= segment.told:
            return min(end, segment.since + (bus_time - segment.told) / segment.rate) if segment.rate else end
        end = segment.since
    return (
        segments[0].since - (segments[0].told - bus_time)
        if segments and segments[0].since <= now
        else min(now, bus_time)
    )


def next_segment(
    segments: Sequence[ClockSegment],
    since: datetime,
    *,
    at: datetime | None = None,
    by: timedelta = timedelta(0),
    rate: float | None = None,
) -> ClockSegment:
    """The next segment, from ``since`` on: showing ``at``, or ``by`` later than without the change; running at
    ``rate``.

    An omitted value does not change. Conflict ``clock-backwards``: the bus's time never goes back. Refused
    ``clock-too-far`` after the year 2099.
    """
    last = segments[-1] if segments else machine_segment(since)
    since = max(since, last.since)
    expected_time, new_rate = last.time_at(since), last.rate if rate is None else rate
    try:
        bus_time = expected_time + by if at is None else at.astimezone(UTC)
    except OverflowError:
        bus_time = END_OF_TIME
    if bus_time >= END_OF_TIME:
        raise Refused("clock-too-far", "the bus's time ends with the year 2099")
    if bus_time < expected_time:
        message = f"the bus will be at {expected_time.isoformat()} then, and its time does not go back"
        raise Conflict("clock-backwards", message, bus=expected_time.isoformat(), asked=bus_time.isoformat())
    return ClockSegment(last.version + 1, since, bus_time, new_rate)


def back_to_real(segments: Sequence[ClockSegment], since: datetime) -> ClockSegment:
    """The segment that returns the bus to the machine's time from ``since`` on; Conflict ``clock-backwards``."""
    since = max(since, segments[-1].since) if segments else since
    return next_segment(segments, since, at=since, rate=1.0)
