"""The job beside the messages: whatever is due is taken, also after a restart."""

from __future__ import annotations

import asyncio

from shared.bus.runtime.service_runtime import Runtime
from shared.workplace.clerks.office import LOOK_SECONDS, ClerkOffice, take_due
from shared.workplace.clerks.settling import settle
from shared.workplace.records import storage


async def work_on(bus: Runtime) -> None:
    """Look again and again; first at every case that waits, since it may have had other clerks before."""
    await bus.write(lambda work: storage.look_anew(work.session, work.now))
    while True:
        await look(bus)
        await asyncio.sleep(LOOK_SECONDS)


async def look(bus: Runtime) -> int:
    """Learn of other rules, take what is due; how many cases were looked at."""
    await bus.use(ClerkOffice).refresh(bus)
    return await take_due(bus, settle)
