"""Moves the clock from event to event: people apply, clerks finish, messages arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from services.tools.simulation.deployment import SimulatedDeployment, open_deployment
from services.tools.simulation.figures import count_figures
from services.tools.simulation.people import SimulatedPeople
from services.tools.simulation.plan import DAY, PlannedApplication, SimulationPlan, draw_applications
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.passport_book import PassportBook

EVENING = time(20)
"""The hour at which citizens look into their cabinets."""
ProgressListener = Callable[[datetime, int], None]
"""Gets the bus's time and the number of applications made."""


async def run_simulation(
    plan: SimulationPlan,
    folder: Path,
    *,
    late_share: float,
    environment: Mapping[str, str],
    on_progress: ProgressListener,
) -> dict[str, Any]:
    """Run the plan; returns the figures, equal for equal plans."""
    book = PassportBook.load()
    applications = draw_applications(plan, book)
    async with open_deployment(plan, folder, late_share, environment) as deployment:
        await _advance_clock(deployment, plan, applications, on_progress)
        return await count_figures(plan, applications, deployment)


async def _advance_clock(
    deployment: SimulatedDeployment,
    plan: SimulationPlan,
    applications: list[PlannedApplication],
    on_progress: ProgressListener,
) -> None:
    people = SimulatedPeople(deployment)
    moments = [(at, list(group)) for at, group in groupby(applications, key=lambda application: application.at)]
    evenings = [datetime.combine(plan.first + n * DAY, EVENING, KAZAKHSTAN) for n in range(plan.days)]
    applied_count = 0
    while True:
        dues = await deployment.read_next_dues()
        nexts = [at for at in (moments[:1] and moments[0][0], evenings[:1] and evenings[0], *dues.values()) if at]
        now = min(nexts, default=plan.end)
        if now >= plan.end:
            break
        await deployment.advance_to(now)
        if moments and moments[0][0] <= now:
            group = moments.pop(0)[1]
            await asyncio.gather(*map(people.make_application, group))
            applied_count += len(group)
        if evenings and evenings[0] <= now:
            evenings.pop(0)
            await people.answer_questions()
        await deployment.settle_due()
        on_progress(now, applied_count)
    await deployment.advance_to(plan.end - timedelta(seconds=1))
    await deployment.wait_until_quiet()
