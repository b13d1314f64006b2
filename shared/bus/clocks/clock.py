"""Time as an argument: nothing in this project asks the machine what time it is but ``SystemClock``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from shared.bus.clocks import segments as timeline
from shared.bus.clocks.segments import ClockSegment, Timeline

MAX_SEGMENTS = 256
"""How many changes a clock remembers, to know how long ago a moment was."""


class Clock(Protocol):
    """What tells the time and waits for it; always aware, always UTC."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place that may

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """Time that moves only when told to; sleepers wake as it passes them."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware datetime")
        self._now = start.astimezone(UTC)
        self._moved = asyncio.Condition()

    def now(self) -> datetime:
        return self._now

    async def advance(self, by: timedelta) -> None:
        """Move time forward by ``by`` and wake whoever waited for a moment now past."""
        async with self._moved:
            self._now += by
            self._moved.notify_all()

    async def sleep(self, seconds: float) -> None:
        until = self._now + timedelta(seconds=seconds)
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= until)


class BusClock:
    """The bus's one time: the machine's, along lines that a keeper draws (``shared.bus.clocks.segments``).

    It tells the machine's own time until it is given a line. ``add_segments`` and ``sleep`` belong to one loop;
    ``now`` may be asked from any thread. ``lead`` is how long before it holds a new line is to be known.
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
        """The lines known here, the latest last."""
        return self._segments

    @property
    def current_segment(self) -> ClockSegment:
        """The one that holds now."""
        return timeline.segment_at(self._segments, self.machine.now())

    @property
    def timeline_version(self) -> int:
        """Of the latest line known here, whether it holds yet or not; 0 without any."""
        return self._segments[-1].version if self._segments else 0

    def now(self) -> datetime:
        return self.time_at(self.machine.now())

    def time_at(self, moment: datetime) -> datetime:
        """What it tells at a moment of the machine's time."""
        return timeline.segment_at(self._segments, moment).time_at(moment)

    def age_of(self, bus_time: datetime) -> timedelta:
        """How long ago, on the machine's own time, the bus told this moment: a jump makes nothing older."""
        moment = self.machine.now()
        return moment - timeline.machine_moment(self._segments, bus_time, moment)

    def add_segments(self, segments: Iterable[ClockSegment]) -> None:
        """Learn new lines, those known already among them; whoever sleeps looks again."""
        new_segments = [segment for segment in segments if segment.version > self.timeline_version]
        if new_segments:
            self._segments = (*self._segments, *sorted(new_segments, key=lambda segment: segment.version))[
                -MAX_SEGMENTS:
            ]
            for sleeper in self._sleepers:
                sleeper.set()

    async def sleep(self, seconds: float) -> None:
        """Until the bus's time has passed that many seconds, however the lines change meanwhile."""
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
        """How long the machine may sleep before there is something to look at; None: until a new line comes."""
        moment = self.machine.now()
        segment, ends = timeline.segment_at(self._segments, moment), []
        if segment.rate:
            ends.append((until - segment.time_at(moment)).total_seconds() / segment.rate)
        if (segment_start := timeline.next_start(self._segments, moment)) is not None:
            ends.append((segment_start - moment).total_seconds())
        return max(min(ends), 0.0) if ends else None

    async def _sleep_or_wake(self, changed: asyncio.Event, seconds: float | None) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(changed.wait())]
        if seconds is not None:
            waits.append(asyncio.ensure_future(self.machine.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


def read_both_clocks(clock: Clock, machine: Clock) -> tuple[datetime, datetime]:
    """The time of the bus and of the machine at one moment: a process may stand still between two questions."""
    moment = machine.now()
    return (clock.time_at(moment) if isinstance(clock, BusClock) else clock.now()), moment


def rate_of(clock: Clock) -> float:
    """Seconds on this clock in a second of the machine; 1 for every clock that is not told how to go."""
    return clock.current_segment.rate if isinstance(clock, BusClock) else 1.0
