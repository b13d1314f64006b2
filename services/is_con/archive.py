"""Moves uncollected results to the archive when their month ends by the bus's clock."""

from __future__ import annotations

import asyncio

from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.workplace.records import shelf

IDLE_SECONDS = 1.0


async def put_away(runtime: Runtime) -> None:
    """Look for overdue results until the service stops."""
    while True:
        now = runtime.now
        if await runtime.read(lambda session: shelf.is_overdue(session, now)):  # noqa: B023 - awaited here
            await runtime.write(_put_away)
        await asyncio.sleep(IDLE_SECONDS)


def _put_away(uow: UnitOfWork) -> None:
    log("shelf.archived", count=shelf.put_away(uow.session, uow.now))
