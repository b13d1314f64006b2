"""The keeper of the bus's one time: it draws the lines along which every process tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from services.is_nuc import storage
from shared.bus.clocks.clock import BusClock, Clock, rate_of
from shared.bus.clocks.clock_client import POLL_SECONDS
from shared.bus.clocks.segments import ClockSegment, Timeline
from shared.bus.errors import Refused
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork

DrawSegment = Callable[[Timeline, datetime], ClockSegment]
"""The next line, from those there are and the machine's moment from which it shall hold."""


class ClockPace:
    """How fast the bus's time runs beside the machine's.

    What НУЦ promises (how long a list or an answer holds) is promised in the machine's time: whoever has just
    been given it must have the time to use it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def bus_span(self, span: timedelta) -> timedelta:
        """What passes on the bus while ``span`` passes on the machine; never less than it."""
        return span * max(1.0, rate_of(self._clock))

    def machine_span(self, span: timedelta) -> timedelta:
        """What passes on the machine while ``span`` passes on the bus; never more than it."""
        return span / max(1.0, rate_of(self._clock))


class ClockKeeper:
    """Draws, keeps and tells the lines; where the clock is the machine's own, it only tells that."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def is_sandbox(self) -> bool:
        return isinstance(self._clock, BusClock)

    @property
    def segments(self) -> Timeline:
        return self._clock.segments if isinstance(self._clock, BusClock) else ()

    async def change_clock(self, runtime: Runtime, draw: DrawSegment) -> None:
        """Keep the line that ``draw`` makes, and return when it holds: then every process goes by it.

        Refused ``clock-real``; the errors of ``shared.bus.clocks.segments.changed``.
        """
        clock = self._clock
        if not isinstance(clock, BusClock):
            raise Refused(
                "clock-real", "the bus goes by the machine's time: EGOV_CLOCK=sandbox lets it be changed"
            )
        machine = clock.machine

        def write_segment(uow: UnitOfWork) -> Timeline:
            storage.next_number(uow.session, storage.CLOCK)  # one after the other, whichever process draws
            known_segments = storage.find_clock_segments(uow.session)
            new_segment = draw(known_segments, machine.now() + clock.lead)
            storage.add_clock_segment(uow.session, new_segment)
            return (*known_segments, new_segment)

        segments = await runtime.write(write_segment)
        clock.add_segments(segments)  # another process's may be among them
        segment = segments[-1]
        while (seconds_left := (segment.since - machine.now()).total_seconds()) > 0:
            await machine.sleep(seconds_left)

    async def load_new_segments(self, runtime: Runtime) -> None:
        """Learn what another process of НУЦ has drawn."""
        if isinstance(self._clock, BusClock):
            after = self._clock.timeline_version
            self._clock.add_segments(
                await runtime.read(lambda session: storage.find_clock_segments(session, after))
            )

    @property
    def is_shared(self) -> bool:
        """Whether other processes go by this clock, another НУЦ among them."""
        return isinstance(self._clock, BusClock) and self._clock.lead > timedelta(0)


async def follow_clock_segments(runtime: Runtime) -> None:
    """Beside requests: what another НУЦ on the same database has drawn."""
    keeper = runtime.resource(ClockKeeper)
    while keeper.is_shared:
        await keeper.load_new_segments(runtime)
        await asyncio.sleep(POLL_SECONDS)
