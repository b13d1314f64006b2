"""Clocks as arguments: only ``SystemClock`` reads the machine's time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from shared.bus.clocks import segments as timeline
from shared.bus.clocks.segments import ClockSegment, Timeline
from shared.bus.runtime.supervised_tasks import wait_for_first

MAX_SEGMENTS = 256
"""The number of segments that a clock keeps, from which the age of a moment is computed."""


class Clock(Protocol):
    """A clock, and waiting by it; moments are aware and in UTC."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place that may

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that moves only on command; sleepers wake when their moment has passed."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware datetime")
        self._now = start.astimezone(UTC)
        self._moved = asyncio.Condition()

    def now(self) -> datetime:
        return self._now

    async def advance(self, by: timedelta) -> None:
        """Move the time forward by ``by`` and wake the sleepers whose moment has passed."""
        async with self._moved:
            self._now += by
            self._moved.notify_all()

    async def sleep(self, seconds: float) -> None:
        until = self._now + timedelta(seconds=seconds)
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= until)


class BusClock:
    """The bus's clock: the machine's time, changed by segments that a keeper makes
    (``shared.bus.clocks.segments``).

    Without segments the clock shows the machine's time. ``add_segments`` and ``sleep`` belong to one event loop;
    ``now`` may be called from any thread. ``lead`` is how long before its start a new segment must be known.
    """

    def __init__(
        self, *segments: ClockSegment, machine: Clock | None = None, lead: timedelta = timedelta(0)
    ) -> None:
        self.machine = machine or SystemClock()
        self.lead = lead
        self._segments: Timeline = segments
        self._sleepers: set[asyncio.Event] = set()

    @property
    def segments(self) -> Timeline:
        """The known segments, the latest last."""
        return self._segments

    @property
    def current_segment(self) -> ClockSegment:
        """The segment in force now."""
        return timeline.segment_at(self._segments, self.machine.now())

    @property
    def timeline_version(self) -> int:
        """The version of the latest known segment, in force or not; 0 without segments."""
        return self._segments[-1].version if self._segments else 0

    def now(self) -> datetime:
        return self.time_at(self.machine.now())

    def time_at(self, moment: datetime) -> datetime:
        """The bus's time at a moment of the machine's time."""
        if not self._segments:
            return moment
        return timeline.segment_at(self._segments, moment).time_at(moment)

    def age_of(self, bus_time: datetime) -> timedelta:
        """The machine time that has passed since the bus showed ``bus_time``: a jump of the clock makes nothing
        older.
        """
        moment = self.machine.now()
        return moment - timeline.machine_moment(self._segments, bus_time, moment)

    def add_segments(self, segments: Iterable[ClockSegment]) -> None:
        """Add new segments, ignoring known ones, and wake the sleepers to check their time again."""
        new_segments = [segment for segment in segments if segment.version > self.timeline_version]
        if new_segments:
            self._segments = (*self._segments, *sorted(new_segments, key=lambda segment: segment.version))[
                -MAX_SEGMENTS:
            ]
            for sleeper in self._sleepers:
                sleeper.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep until the bus's time has advanced by ``seconds``, however the segments change meanwhile."""
        until = self.now() + timedelta(seconds=seconds)
        changed = asyncio.Event()
        self._sleepers.add(changed)
        try:
            while self.now() < until:
                changed.clear()
                await self._sleep_or_wake(changed, self._seconds_to(until))
        finally:
            self._sleepers.discard(changed)

    def _seconds_to(self, until: datetime) -> float | None:
        """How long the machine may sleep until the next check, in seconds; None: until a new segment arrives."""
        moment = self.machine.now()
        segment, ends = timeline.segment_at(self._segments, moment), []
        if segment.rate:
            ends.append((until - segment.time_at(moment)).total_seconds() / segment.rate)
        if (segment_start := timeline.next_start(self._segments, moment)) is not None:
            ends.append((segment_start - moment).total_seconds())
        return max(min(ends), 0.0) if ends else None

    async def _sleep_or_wake(self, changed: asyncio.Event, seconds: float | None) -> None:
        if seconds is None:
            await changed.wait()
        else:
            await wait_for_first([changed.wait(), self.machine.sleep(seconds)])


def read_both_clocks(clock: Clock, machine: Clock) -> tuple[datetime, datetime]:
    """The bus's time and the machine's at one moment: between two calls the process may stand still."""
    moment = machine.now()
    return (clock.time_at(moment) if isinstance(clock, BusClock) else clock.now()), moment


def rate_of(clock: Clock) -> float:
    """Seconds of this clock per second of the machine; 1 for every clock but ``BusClock``."""
    return clock.current_segment.rate if isinstance(clock, BusClock) else 1.0
