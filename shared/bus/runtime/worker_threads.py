"""The threads of transactions and queries: one thread that writes and a few that read, or the loop's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

READERS = 4


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
