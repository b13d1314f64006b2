"""Every task that runs beside its caller: its failure is logged, it starts again, readiness and liveness know it.

A bare ``asyncio.create_task`` may end without any report, and asyncio keeps no reference to it: no other module
makes tasks (held by ``tests/architecture/tasks/test_supervision.py``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.bus.logs import log

T = TypeVar("T")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
STEADY_SECONDS = 2.0
"""How long a task runs before its earlier failures are forgotten."""
LASTING_FAILURES = 3
"""After so many failures in a row a task counts as failing even while it runs again."""
CANCEL_AGAIN_SECONDS = 5.0
"""How long a cancelled task may clean up before it is cancelled once more."""
HOPELESS_FAILURES = 20
"""After so many failures in a row only a new process may help."""


@dataclass
class _SupervisedTask:
    """One task, with its failures in a row."""

    name: str
    task: asyncio.Task[Any] | None = None
    failures: int = 0
    is_pausing: bool = False
    began_at: float = 0.0

    @property
    def is_gone(self) -> bool:
        return self.task is None or self.task.done()

    @property
    def is_steady(self) -> bool:
        """Whether the task has run long enough since its last failure to forget this failure."""
        return not self.is_pausing and time.monotonic() - self.began_at > STEADY_SECONDS

    def has_failed(self, times: int) -> bool:
        """Whether the task has ended, or has failed so many times in a row and is not steady again."""
        return self.is_gone or (self.failures >= times and not self.is_steady)


class SupervisedTasks:
    """The tasks of one owner; ``stop`` ends all of them.

    ``longest_pause``: how many seconds pass at most before a failed task begins anew.
    """

    def __init__(self, *, longest_pause: float = LONGEST_PAUSE) -> None:
        self._longest_pause = longest_pause
        self._kept: list[_SupervisedTask] = []
        self._single: set[asyncio.Task[Any]] = set()

    def keep_running(self, name: str, job: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run ``job`` until ``stop``: a job that fails is begun anew, after a pause that doubles from
        ``FIRST_PAUSE`` to ``longest_pause``; a job that returns is done. ``name`` is what the log calls the task.
        """
        supervised = _SupervisedTask(name)
        supervised.task = task = asyncio.create_task(_restart_forever(supervised, job, self._longest_pause))
        self._kept.append(supervised)
        return task

    def run_once(self, name: str, job: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The task that runs ``job`` to its end; a failure is logged, even if no caller awaits the task."""
        task = asyncio.create_task(job)
        self._single.add(task)
        task.add_done_callback(self._single.discard)
        task.add_done_callback(lambda done: _log_failure(name, done))
        return task

    @property
    def failing_tasks(self) -> tuple[str, ...]:
        """The names of the kept tasks that do not run, or that fail again and again."""
        return tuple(kept.name for kept in self._kept if kept.is_pausing or kept.has_failed(LASTING_FAILURES))

    @property
    def hopeless_tasks(self) -> tuple[str, ...]:
        """The names of the kept tasks that ended, or failed so often that only a new process may help."""
        return tuple(kept.name for kept in self._kept if kept.has_failed(HOPELESS_FAILURES))

    async def stop(self) -> None:
        """Cancel every task and wait until all are gone."""
        kept, self._kept = self._kept, []
        tasks = [supervised.task for supervised in kept if supervised.task is not None] + list(self._single)
        await _cancel_all(tasks)


def is_being_cancelled() -> bool:
    """Whether a caller cancels the present task; otherwise a library itself raised the CancelledError."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def end_if_cancelled() -> None:
    """End the present task when a caller has cancelled it, though a library made another error of that."""
    if is_being_cancelled():
        raise asyncio.CancelledError


async def run_together(jobs: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Run all jobs at once to their end; when one fails, cancel the others, wait for them, and raise its fault."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _cancel_all(tasks)


async def wait_for_first(jobs: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Run all jobs at once until one of them ends; cancel the others and wait for them."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel_all(tasks)


async def _cancel_all(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and wait until all are gone; a library may swallow a cancellation, so cancel again."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _restart_forever(
    supervised: _SupervisedTask, job: Callable[[], Awaitable[None]], longest_pause: float
) -> None:
    while True:
        supervised.began_at = time.monotonic()
        try:
            return await job()
        except (Exception, asyncio.CancelledError) as error:
            if is_being_cancelled():  # whatever a library has made of it: who stops us waits for the end
                raise
            supervised.failures = 1 if supervised.is_steady else supervised.failures + 1
            _log_fault(supervised.name, error, supervised.failures)
        supervised.is_pausing = True
        await asyncio.sleep(min(FIRST_PAUSE * 2 ** min(supervised.failures - 1, 10), longest_pause))
        supervised.is_pausing = False


def _log_failure(name: str, task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log_fault(name, error, 1)


def _log_fault(name: str, error: BaseException, failures: int) -> None:
    log("task.failed", level=logging.ERROR, task=name, error=repr(error), failures=failures)
