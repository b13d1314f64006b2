"""The keeper of the bus's clock: makes the segments from which every process computes the bus's time."""

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
"""Makes the next segment from the existing ones and the machine's moment from which it applies."""


class ClockPace:
    """The speed of the bus's time compared with the machine's.

    Terms that НУЦ promises (how long a list or an answer is in force) are meant in the machine's time: the
    receiver needs machine time to use them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def bus_span(self, span: timedelta) -> timedelta:
        """The span of bus time while ``span`` passes on the machine; never less than ``span``."""
        return span * max(1.0, rate_of(self._clock))

    def machine_span(self, span: timedelta) -> timedelta:
        """The span of machine time while ``span`` passes on the bus; never more than ``span``."""
        return span / max(1.0, rate_of(self._clock))


class ClockKeeper:
    """Makes, stores and serves the clock's segments; with the machine's own clock it only serves the time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def is_sandbox(self) -> bool:
        return isinstance(self._clock, BusClock)

    @property
    def segments(self) -> Timeline:
        return self._clock.segments if isinstance(self._clock, BusClock) else ()

    async def change_clock(self, runtime: Runtime, draw: DrawSegment) -> None:
        """Store the segment that ``draw`` makes, and return once it applies in every process.

        Refused ``clock-real``, and the errors of ``draw``.
        """
        clock = self._clock
        if not isinstance(clock, BusClock):
            raise Refused("clock-real", "the bus uses the machine's time: EGOV_CLOCK=sandbox allows changes")
        machine = clock.machine

        def write_segment(uow: UnitOfWork) -> Timeline:
            storage.next_number(uow.session, storage.CLOCK)  # serialises the processes that make segments
            known_segments = storage.find_clock_segments(uow.session)
            new_segment = draw(known_segments, machine.now() + clock.lead)
            storage.add_clock_segment(uow.session, new_segment)
            return (*known_segments, new_segment)

        segments = await runtime.write(write_segment)
        clock.add_segments(segments)  # may include segments of other processes
        segment = segments[-1]
        while (seconds_left := (segment.since - machine.now()).total_seconds()) > 0:
            await machine.sleep(seconds_left)

    async def load_new_segments(self, runtime: Runtime) -> None:
        """Load the segments that another process of НУЦ has made."""
        if isinstance(self._clock, BusClock):
            after = self._clock.timeline_version
            self._clock.add_segments(
                await runtime.read(lambda session: storage.find_clock_segments(session, after))
            )

    @property
    def is_shared(self) -> bool:
        """Whether other processes follow this clock, another НУЦ among them."""
        return isinstance(self._clock, BusClock) and self._clock.lead > timedelta(0)


async def follow_clock_segments(runtime: Runtime) -> None:
    """A background job: load the segments that another НУЦ on the same database has made.

    The job runs for ever, also where there is no other НУЦ: a background job that returns counts as dead.
    """
    keeper = runtime.resource(ClockKeeper)
    while True:
        if keeper.is_shared:
            await keeper.load_new_segments(runtime)
        await asyncio.sleep(POLL_SECONDS)
