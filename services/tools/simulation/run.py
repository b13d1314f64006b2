"""Moves the clock from event to event: people come, clerks are done, messages go where they go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from services.tools.simulation.deployment import World, opened
from services.tools.simulation.figures import figures
from services.tools.simulation.people import People
from services.tools.simulation.plan import DAY, Arrival, Plan, arrivals
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.book import PassportBook

EVENING = time(20)
"""When citizens look into their cabinets."""
Told = Callable[[datetime, int], None]
"""Hears the bus's time and how many have applied."""


async def simulate(
    plan: Plan, folder: Path, *, late_share: float, environment: Mapping[str, str], told: Told
) -> dict[str, Any]:
    """Run the plan; the figures, the same for the same plan."""
    book = PassportBook.load()
    coming = arrivals(plan, book)
    async with opened(plan, folder, late_share, environment) as world:
        await _pass(world, plan, coming, told)
        return await figures(plan, coming, world)


async def _pass(world: World, plan: Plan, coming: list[Arrival], told: Told) -> None:
    people = People(world)
    moments = [(at, list(some)) for at, some in groupby(coming, key=lambda one: one.at)]
    evenings = [datetime.combine(plan.first + n * DAY, EVENING, KAZAKHSTAN) for n in range(plan.days)]
    applied = 0
    while True:
        dues = await world.next_dues()
        nexts = [at for at in (moments[:1] and moments[0][0], evenings[:1] and evenings[0], *dues.values()) if at]
        now = min(nexts, default=plan.end)
        if now >= plan.end:
            break
        await world.go_to(now)
        if moments and moments[0][0] <= now:
            some = moments.pop(0)[1]
            await asyncio.gather(*map(people.apply, some))
            applied += len(some)
        if evenings and evenings[0] <= now:
            evenings.pop(0)
            await people.look_in()
        await world.settle()
        told(now, applied)
    await world.go_to(plan.end - timedelta(seconds=1))
    await world.quiet()
