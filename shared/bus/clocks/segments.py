"""How the bus's time runs: lines over the machine's time, one after the other, known before they hold.

Machines share real time. Whoever knows the same lines therefore tells the same bus time, without asking anybody.
Everything here is a pure function of lines and moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from shared.bus.errors import Conflict, Refused

ClockMode = Literal["real", "frozen", "rate"]

FASTEST = 1000.0
"""Seconds of the bus in a second: faster, an answer that took a moment would come from another hour."""

END_OF_TIME = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClockSegment:
    """From the machine's moment ``since`` on the bus tells ``told``, and goes on by ``rate`` seconds a second.

    A ``rate`` of 0: it stands. ``version`` rises with each change.
    """

    version: int
    since: datetime
    told: datetime
    rate: float

    def __post_init__(self) -> None:
        for name in ("since", "told"):  # whoever draws a line may live in another zone: the bus tells UTC
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
"""In the order of their versions; none begins before the one that precedes it. None at all: the machine's own."""


def machine_segment(moment: datetime) -> ClockSegment:
    """The machine's own time as a line: what runs before anybody has changed anything."""
    return ClockSegment(0, moment, moment, 1.0)


def segment_at(segments: Timeline, moment: datetime) -> ClockSegment:
    """The line that holds at the machine's ``moment``; the first one before its beginning."""
    for segment in reversed(segments):
        if segment.since <= moment:
            return segment
    return segments[0] if segments else machine_segment(moment)


def next_start(segments: Timeline, moment: datetime) -> datetime | None:
    """When the next line begins to hold; None when none waits."""
    return next((segment.since for segment in segments if segment.since > moment), None)


def machine_moment(segments: Timeline, bus_time: datetime, now: datetime) -> datetime:
    """When, on the machine's time, the bus last told ``told`` or had not passed it; never after ``now``.

    Before the first line known here the bus is taken to have gone as the machine goes.
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
    """The line that shall follow from ``since``: telling ``at``, or ``by`` later than it would; at ``rate``.

    What is not said stays. Conflict ``clock-backwards``: time does not go back on the bus. Refused
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
    """The line that makes the bus tell the machine's time from ``since``; Conflict ``clock-backwards``."""
    since = max(since, segments[-1].since) if segments else since
    return next_segment(segments, since, at=since, rate=1.0)
