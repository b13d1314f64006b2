"""What runs beside the messages until the stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.bus.logs import log

RESTART_SECONDS = 1.0


class BackgroundJobs:
    """Jobs that end with their service, not with a failure of their own."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Run ``job`` until ``stop``; one that fails is begun anew after ``RESTART_SECONDS``, one that returns is
        done. ``name`` is what the log calls the job."""
        self._tasks.append(asyncio.create_task(_restart_forever(name, job)))

    async def stop(self) -> None:
        """Cancel every job and wait until all are gone."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _restart_forever(name: str, job: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await job()
        except Exception as error:
            log("beside.failed", job=name, error=repr(error))
            await asyncio.sleep(RESTART_SECONDS)
