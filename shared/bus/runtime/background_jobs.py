"""Jobs that run beside the messages until the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.bus.logs import log

RESTART_SECONDS = 1.0


class BackgroundJobs:
    """Runs jobs until the service stops; a failed job starts again."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Run ``job`` until the job returns or ``stop`` is called; a failed job starts again after
        ``RESTART_SECONDS``. The log calls the job ``name``.
        """
        self._tasks.append(asyncio.create_task(_restart_forever(name, job)))

    async def stop(self) -> None:
        """Cancel every job and wait until all jobs have ended."""
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
