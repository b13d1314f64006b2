"""The background job of the clerks: takes every due step, also after a restart."""

from __future__ import annotations

import asyncio

from shared.bus.runtime.service_runtime import Runtime
from shared.workplace.clerks.clerk_office import LOOK_SECONDS, ClerkOffice, take_due
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.records import storage


async def run_clerks(runtime: Runtime) -> None:
    """Look for due steps again and again; first at every waiting case, which may have had other clerks before."""
    await runtime.write(lambda uow: storage.look_anew(uow.session, uow.now))
    while True:
        await settle_due_cases(runtime)
        await asyncio.sleep(LOOK_SECONDS)


async def settle_due_cases(runtime: Runtime) -> int:
    """Read changed rules and take due steps; returns the number of cases examined."""
    await runtime.resource(ClerkOffice).refresh_rules(runtime)
    return await take_due(runtime, settle_case)
