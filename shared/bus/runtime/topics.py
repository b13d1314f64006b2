"""Waiting for an answer that depends on a transaction of this process or of another replica."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.25


class TopicWaiters:
    """The callers that wait for a change, by topic."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def wake(self, topics: Iterable[str]) -> None:
        """Make all callers that wait for one of these topics ask again."""
        for topic in topics:
            for changed in self._waiting.get(topic, ()):
                changed.set()

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that each ``wake`` of the topic sets; the listener clears it."""
        changed = asyncio.Event()
        self._waiting.setdefault(topic, set()).add(changed)
        try:
            yield changed
        finally:
            self._waiting[topic].discard(changed)
            if not self._waiting[topic]:
                del self._waiting[topic]

    async def wait_for(
        self,
        topic: str,
        ask: Callable[[], Awaitable[T | None]],
        seconds: float,
        poll_seconds: float = POLL_SECONDS,
    ) -> T | None:
        """The first answer of ``ask`` that is not None, or None after ``seconds``.

        ``ask`` runs again at each ``wake`` of the topic, and every ``poll_seconds``, because other processes may
        change the answer.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        with self.listen(topic) as changed:
            while True:
                changed.clear()
                answer = await ask()
                remaining_seconds = deadline - asyncio.get_running_loop().time()
                if answer is not None or remaining_seconds <= 0:
                    return answer
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(remaining_seconds, poll_seconds)):
                        await changed.wait()
