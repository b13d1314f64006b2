"""A few processes, with limits of time and memory, for strangers' files of unknown cost."""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from anyio import BrokenWorkerProcess, CapacityLimiter, fail_after, to_process

T = TypeVar("T")

AT_ONCE = 2
MOST_SECONDS = 10.0
"""The time of one task in seconds of processor time, so that a busy machine refuses no file."""
PATIENCE = 6
"""The limit by the wall clock, as a multiple of the processor time."""
MOST_MEMORY = 1024 * 1024 * 1024
"""The limit of a process's address space, in bytes."""


class WorkerProcesses:
    """Runs functions outside this process, a few at a time; the first run takes the start of a process longer.

    A process is kept for the next run and ended after five idle minutes, or when its time is up. ``most_seconds``
    are a processor's, rounded up; by the wall clock a piece of work may take six times as long.
    """

    def __init__(self, at_once: int = AT_ONCE, most_seconds: float = MOST_SECONDS) -> None:
        self._at_once = at_once
        self._most_seconds = most_seconds
        self._places: CapacityLimiter | None = None

    async def run(self, act: Callable[..., T], *arguments: Any) -> T:
        """The result of ``act``, a function of a module, whose arguments and result can be pickled.

        TimeoutError when ``act`` takes too long or its process ends early, for example because memory is short.
        """
        if self._places is None:
            self._places = CapacityLimiter(self._at_once)
        async with self._places:
            with fail_after(PATIENCE * self._most_seconds):
                began = time.monotonic()
                try:
                    with suppress(BrokenWorkerProcess):
                        return await self._run_once(act, *arguments)
                    if time.monotonic() - began >= self._most_seconds:
                        raise TimeoutError  # the process worked until its end
                    # the process was kept, and another program has ended it since
                    return await self._run_once(act, *arguments)
                except (BrokenWorkerProcess, MemoryError):
                    raise TimeoutError from None

    async def _run_once(self, act: Callable[..., T], *arguments: Any) -> T:
        return await to_process.run_sync(_run_bounded, self._most_seconds, act, *arguments, cancellable=True)


def _run_bounded(most_seconds: float, act: Callable[..., T], *arguments: Any) -> T:
    """Run ``act`` in a process that the system ends when the limits are reached."""
    if sys.platform == "linux":  # elsewhere address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + most_seconds), most))
    return act(*arguments)
