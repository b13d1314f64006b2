"""The threads of transactions and queries: one thread that writes and a few that read, or the loop's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.bus.runtime.supervised_tasks import SupervisedTasks

T = TypeVar("T")

READERS = 4
MOST_IN_TURN = 32
"""The short calls that one turn runs: the first of them waits for the last."""


class WorkerThreads:
    """``is_inline``: everything runs in the loop's own thread, which stands still meanwhile. Where many services
    share a process and no caller waits for an answer, this avoids the threads' contention for the interpreter."""

    def __init__(self, *, is_inline: bool = False) -> None:
        self.is_inline = is_inline
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")

    async def run_in_writer(self, act: Callable[..., T], *arguments: Any) -> T:
        """Run ``act`` in the writer's thread and return the result; calls run one after another."""
        return await self._run_in(self._writer, act, *arguments)

    async def run_in_reader(self, act: Callable[..., T], *arguments: Any) -> T:
        """Run ``act`` beside the writer and return the result."""
        return await self._run_in(self._readers, act, *arguments)

    def shutdown(self) -> None:
        """Wait for the running calls and accept no more: later calls raise RuntimeError."""
        self._writer.shutdown()
        self._readers.shutdown()

    async def _run_in(self, threads: Executor, act: Callable[..., T], *arguments: Any) -> T:
        if self.is_inline:
            await asyncio.sleep(0)  # other services run first, so that their messages arrive together
            return act(*arguments)
        return await asyncio.get_running_loop().run_in_executor(threads, act, *arguments)


@dataclass(frozen=True, slots=True)
class CallFault:
    """The exception of a short call."""

    error: Exception


RunTurn = Callable[[Sequence[Callable[..., Any]]], list[Any]]
"""Runs calls one after another; returns the result of each, or its CallFault."""


class ShortTurns:
    """Runs short calls beside the writer, all that are there in one turn of a thread: a change of threads costs
    more than a short call.
    """

    def __init__(self, threads: WorkerThreads, run_turn: RunTurn) -> None:
        self._threads = threads
        self._run_turn = run_turn
        self._waiting: list[tuple[Callable[..., Any], asyncio.Future[Any]]] = []
        self._is_running = False
        self._tasks = SupervisedTasks()

    async def run(self, call: Callable[..., T]) -> T:
        """The result of ``call``, or its exception."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, future))
        if not self._is_running:
            self._is_running = True
            self._tasks.run_once("kernel.turn", self._run_turns())
        return await future

    async def _run_turns(self) -> None:
        try:
            while self._waiting:
                turn, self._waiting = self._waiting[:MOST_IN_TURN], self._waiting[MOST_IN_TURN:]
                await self._finish_turn(turn)
        finally:
            self._is_running = False

    async def _finish_turn(self, turn: list[tuple[Callable[..., Any], asyncio.Future[Any]]]) -> None:
        try:
            results = await self._threads.run_in_reader(self._run_turn, [call for call, _ in turn])
        except BaseException as error:  # the threads accept no more calls, or the loop ends
            fault = error if isinstance(error, Exception) else RuntimeError("the turn was cancelled")
            results = [CallFault(fault)] * len(turn)
            if not isinstance(error, Exception):
                _settle_calls(turn, results)
                raise
        _settle_calls(turn, results)


def run_each(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of calls without arguments (a ``RunTurn``)."""
    return [catch_fault(call) for call in calls]


def catch_fault(call: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a call, or its CallFault."""
    try:
        return call(*arguments)
    except Exception as error:
        return CallFault(error)


def _settle_calls(turn: Sequence[tuple[Callable[..., Any], asyncio.Future[Any]]], results: Sequence[Any]) -> None:
    for (_, future), result in zip(turn, results, strict=True):
        if future.done():
            continue
        if isinstance(result, CallFault):
            future.set_exception(result.error)
        else:
            future.set_result(result)
