"""The keeper of the bus's one time: it draws the lines along which every process tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from services.is_nuc import storage
from shared.bus.clocks.clock import BusClock, Clock, rate_of
from shared.bus.clocks.clock_client import POLL_SECONDS
from shared.bus.clocks.segments import Line, Lines
from shared.bus.errors import Refused
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work

Draw = Callable[[Lines, datetime], Line]
"""The next line, from those there are and the machine's moment from which it shall hold."""


class Pace:
    """How fast the bus's time runs beside the machine's.

    What НУЦ promises (how long a list or an answer holds) is promised in the machine's time: whoever has just
    been given it must have the time to use it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def stretched(self, span: timedelta) -> timedelta:
        """What passes on the bus while ``span`` passes on the machine; never less than it."""
        return span * max(1.0, rate_of(self._clock))

    def shrunk(self, span: timedelta) -> timedelta:
        """What passes on the machine while ``span`` passes on the bus; never more than it."""
        return span / max(1.0, rate_of(self._clock))


class Timekeeper:
    """Draws, keeps and tells the lines; where the clock is the machine's own, it only tells that."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def is_sandbox(self) -> bool:
        return isinstance(self._clock, BusClock)

    @property
    def lines(self) -> Lines:
        return self._clock.lines if isinstance(self._clock, BusClock) else ()

    async def change(self, bus: Runtime, draw: Draw) -> None:
        """Keep the line that ``draw`` makes, and return when it holds: then every process goes by it.

        Refused ``clock-real``; the errors of ``shared.bus.clocks.segments.changed``.
        """
        clock = self._clock
        if not isinstance(clock, BusClock):
            raise Refused(
                "clock-real", "the bus goes by the machine's time: EGOV_CLOCK=sandbox lets it be changed"
            )
        machine = clock.machine

        def keep(work: Work) -> Lines:
            storage.next_number(work.session, storage.CLOCK)  # one after the other, whichever process draws
            lines = storage.clock_lines(work.session)
            line = draw(lines, machine.now() + clock.lead)
            storage.add_clock_line(work.session, line)
            return (*lines, line)

        lines = await bus.write(keep)
        clock.take(lines)  # another process's may be among them
        line = lines[-1]
        while (left := (line.since - machine.now()).total_seconds()) > 0:
            await machine.sleep(left)

    async def catch_up(self, bus: Runtime) -> None:
        """Learn what another process of НУЦ has drawn."""
        if isinstance(self._clock, BusClock):
            after = self._clock.version
            self._clock.take(await bus.read(lambda session: storage.clock_lines(session, after)))

    @property
    def is_shared(self) -> bool:
        """Whether other processes go by this clock, another НУЦ among them."""
        return isinstance(self._clock, BusClock) and self._clock.lead > timedelta(0)


async def keep_up(bus: Runtime) -> None:
    """Beside requests: what another НУЦ on the same database has drawn."""
    keeper = bus.use(Timekeeper)
    while keeper.is_shared:
        await keeper.catch_up(bus)
        await asyncio.sleep(POLL_SECONDS)
