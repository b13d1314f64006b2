"""НУЦ of a simulation, in a thread of its own, because the other systems share one thread and wait for НУЦ's
answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import Any, TypeVar

from services.catalog import ServiceInstance
from services.launcher.country import Deployment
from shared.bus.clocks.clock import ManualClock
from shared.bus.settings import Settings

T = TypeVar("T")


@dataclass
class SimulatedCentre:
    """A running НУЦ with an event loop and a clock of its own."""

    deployment: Deployment
    clock: ManualClock
    loop: asyncio.AbstractEventLoop

    async def advance_to(self, moment: datetime) -> None:
        """Move НУЦ's clock to a moment that is not past."""
        await self.run_in_loop(self.clock.advance(moment - self.clock.now()))

    async def run_in_loop(self, act: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine in НУЦ's event loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(act, self.loop))


@asynccontextmanager
async def run_centre(
    instance: ServiceInstance, settings: Settings, start: datetime
) -> AsyncIterator[SimulatedCentre]:
    """Run НУЦ inside the context."""
    loop, clock = asyncio.new_event_loop(), ManualClock(start)
    thread = Thread(target=loop.run_forever, name="centre")
    thread.start()
    simulated_centre = SimulatedCentre(
        Deployment([(instance, settings)], given_clock=clock, is_inline=True), clock, loop
    )
    try:
        await simulated_centre.run_in_loop(simulated_centre.deployment.start())
        yield simulated_centre
    finally:
        await simulated_centre.run_in_loop(simulated_centre.deployment.stop())
        await simulated_centre.run_in_loop(loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
