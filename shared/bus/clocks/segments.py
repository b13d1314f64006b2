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

Mode = Literal["real", "frozen", "rate"]

FASTEST = 1000.0
"""Seconds of the bus in a second: faster, an answer that took a moment would come from another hour."""

END_OF_TIME = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
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

    def at(self, moment: datetime) -> datetime:
        """The bus's time at the machine's ``moment``."""
        return self.told + (moment - self.since) * self.rate

    @property
    def mode(self) -> Mode:
        if self.rate == 1 and self.told == self.since:
            return "real"
        return "rate" if self.rate else "frozen"


Lines = tuple[Line, ...]
"""In the order of their versions; none begins before the one that precedes it. None at all: the machine's own."""


def real(moment: datetime) -> Line:
    """The machine's own time as a line: what runs before anybody has changed anything."""
    return Line(0, moment, moment, 1.0)


def holding(lines: Lines, moment: datetime) -> Line:
    """The line that holds at the machine's ``moment``; the first one before its beginning."""
    for line in reversed(lines):
        if line.since <= moment:
            return line
    return lines[0] if lines else real(moment)


def coming(lines: Lines, moment: datetime) -> datetime | None:
    """When the next line begins to hold; None when none waits."""
    return next((line.since for line in lines if line.since > moment), None)


def machine_moment(lines: Lines, told: datetime, now: datetime) -> datetime:
    """When, on the machine's time, the bus last told ``told`` or had not passed it; never after ``now``.

    Before the first line known here the bus is taken to have gone as the machine goes.
    """
    end = now
    for line in reversed(lines):
        if line.since > now:
            continue
        if told >= line.told:
            return min(end, line.since + (told - line.told) / line.rate) if line.rate else end
        end = line.since
    return lines[0].since - (lines[0].told - told) if lines and lines[0].since <= now else min(now, told)


def changed(
    lines: Sequence[Line],
    since: datetime,
    *,
    at: datetime | None = None,
    by: timedelta = timedelta(0),
    rate: float | None = None,
) -> Line:
    """The line that shall follow from ``since``: telling ``at``, or ``by`` later than it would; at ``rate``.

    What is not said stays. Conflict ``clock-backwards``: time does not go back on the bus. Refused
    ``clock-too-far`` after the year 2099.
    """
    last = lines[-1] if lines else real(since)
    since = max(since, last.since)
    would, going = last.at(since), last.rate if rate is None else rate
    try:
        told = would + by if at is None else at.astimezone(UTC)
    except OverflowError:
        told = END_OF_TIME
    if told >= END_OF_TIME:
        raise Refused("clock-too-far", "the bus's time ends with the year 2099")
    if told < would:
        message = f"the bus will be at {would.isoformat()} then, and its time does not go back"
        raise Conflict("clock-backwards", message, bus=would.isoformat(), asked=told.isoformat())
    return Line(last.version + 1, since, told, going)


def back_to_real(lines: Sequence[Line], since: datetime) -> Line:
    """The line that makes the bus tell the machine's time from ``since``; Conflict ``clock-backwards``."""
    since = max(since, lines[-1].since) if lines else since
    return changed(lines, since, at=since, rate=1.0)
