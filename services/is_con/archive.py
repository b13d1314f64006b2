"""Moves results that nobody came for to the archive, as their month ends on the clock of the bus."""

from __future__ import annotations

import asyncio

from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work
from shared.workplace.records import shelf

IDLE_SECONDS = 1.0


async def put_away(bus: Runtime) -> None:
    """Look again and again until the service stops."""
    while True:
        now = bus.now
        if await bus.read(lambda session: shelf.is_overdue(session, now)):  # noqa: B023 - awaited here
            await bus.write(_put_away)
        await asyncio.sleep(IDLE_SECONDS)


def _put_away(work: Work) -> None:
    log("shelf.archived", count=shelf.put_away(work.session, work.now))
