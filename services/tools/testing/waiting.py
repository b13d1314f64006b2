"""What lets an ordinary function use the asynchronous clients: calls run in a loop of their own thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal

T = TypeVar("T")

PATIENCE_SECONDS = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1


class StillWaiting(AssertionError):
    """What a test waits for has not come; the words tell what was there instead."""


class CallRunner:
    """Runs coroutines to their end, also where the test itself runs in an event loop."""

    def __init__(self, portal: BlockingPortal) -> None:
        self._portal = portal

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of the coroutine, or its exception."""
        result: T = self._portal.call(_await, coroutine)
        return result


async def _await(coroutine: Coroutine[Any, Any, T]) -> T:
    return await coroutine


def wait_until(
    read: Callable[[], T], holds: Callable[[T], bool], subject: str, seconds: float = PATIENCE_SECONDS
) -> T:
    """What ``read`` gives once ``holds`` accepts it; StillWaiting after ``seconds`` of the machine's time."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not holds(value := read()):
        if time.monotonic() > deadline:
            raise StillWaiting(f"{subject}: not within {seconds:g} s; the last that was seen: {value!r}")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return value
