"""Time as an argument: nothing in this project asks the machine what time it is but ``SystemClock``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from shared.bus.clocks import segments
from shared.bus.clocks.segments import Line, Lines

MOST_LINES = 256
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

    It tells the machine's own time until it is given a line. ``take`` and ``sleep`` belong to one loop; ``now``
    may be asked from any thread. ``lead`` is how long before it holds a new line is to be known.
    """

    def __init__(self, *lines: Line, machine: Clock | None = None, lead: timedelta = timedelta(0)) -> None:
        self.machine = machine or SystemClock()
        self.lead = lead
        self._lines: Lines = lines
        self._sleepers: set[asyncio.Event] = set()

    @property
    def lines(self) -> Lines:
        """The lines known here, the latest last."""
        return self._lines

    @property
    def line(self) -> Line:
        """The one that holds now."""
        return segments.holding(self._lines, self.machine.now())

    @property
    def version(self) -> int:
        """Of the latest line known here, whether it holds yet or not; 0 without any."""
        return self._lines[-1].version if self._lines else 0

    def now(self) -> datetime:
        return self.at(self.machine.now())

    def at(self, moment: datetime) -> datetime:
        """What it tells at a moment of the machine's time."""
        return segments.holding(self._lines, moment).at(moment)

    def age(self, told: datetime) -> timedelta:
        """How long ago, on the machine's own time, the bus told this moment: a jump makes nothing older."""
        moment = self.machine.now()
        return moment - segments.machine_moment(self._lines, told, moment)

    def take(self, lines: Iterable[Line]) -> None:
        """Learn new lines, those known already among them; whoever sleeps looks again."""
        new = [line for line in lines if line.version > self.version]
        if new:
            self._lines = (*self._lines, *sorted(new, key=lambda line: line.version))[-MOST_LINES:]
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
                await self._nap(changed, self._seconds_to(until))
        finally:
            self._sleepers.discard(changed)

    def _seconds_to(self, until: datetime) -> float | None:
        """How long the machine may sleep before there is something to look at; None: until a new line comes."""
        moment = self.machine.now()
        line, ends = segments.holding(self._lines, moment), []
        if line.rate:
            ends.append((until - line.at(moment)).total_seconds() / line.rate)
        if (next_line := segments.coming(self._lines, moment)) is not None:
            ends.append((next_line - moment).total_seconds())
        return max(min(ends), 0.0) if ends else None

    async def _nap(self, changed: asyncio.Event, seconds: float | None) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(changed.wait())]
        if seconds is not None:
            waits.append(asyncio.ensure_future(self.machine.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


def same_moment(clock: Clock, machine: Clock) -> tuple[datetime, datetime]:
    """The time of the bus and of the machine at one moment: a process may stand still between two questions."""
    moment = machine.now()
    return (clock.at(moment) if isinstance(clock, BusClock) else clock.now()), moment


def rate_of(clock: Clock) -> float:
    """Seconds on this clock in a second of the machine; 1 for every clock that is not told how to go."""
    return clock.line.rate if isinstance(clock, BusClock) else 1.0
