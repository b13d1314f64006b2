"""An open loop: each call begins at its intended time, however long the calls before take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from services.tools.load.results import LoadRecorder
from services.tools.load.schedule import LoadPlan
from shared.bus.runtime.supervised_tasks import SupervisedTasks

MOST_OPEN_CALLS = 20_000
"""The calls that may be open at once; one more counts as an error ``too-many-open-calls`` of this client."""
PATIENCE_SECONDS = 60.0
"""The longest time for which a call waits; then it counts as an error ``no-answer``."""
LAST_SECONDS = 5.0
"""How much longer the run waits for its last calls, so that each of them is counted."""


class CallFailed(Exception):
    """A call was answered with an error; the code is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LoadSender(Protocol):
    """What makes one call."""

    async def send(self, number: int) -> None:
        """Make the call ``number`` to its end; CallFailed for an answer that is an error."""
        ...


@dataclass
class OpenLoop:
    """One run of a sender."""

    plan: LoadPlan
    sender: LoadSender
    recorder: LoadRecorder
    open_calls: set[asyncio.Task[None]] = field(default_factory=set)
    tasks: SupervisedTasks = field(default_factory=SupervisedTasks)

    async def run(self, on_second: Callable[[int], Awaitable[None]] | None = None) -> None:
        """Make all calls and wait for the last of them; ``on_second`` is called once a second of the run."""
        loop = asyncio.get_running_loop()
        began, last_second = loop.time(), -1
        for number, intended in enumerate(self.plan.intended_starts()):
            if (pause := began + intended - loop.time()) > 0:
                await asyncio.sleep(pause)
            elif number % 16 == 0:
                await asyncio.sleep(0)  # late already: the open calls still need their turns
            self._begin(number, intended, began)
            if on_second is not None and int(intended) > last_second:
                last_second = int(intended)
                await on_second(last_second)
        if self.open_calls:
            await asyncio.wait(self.open_calls, timeout=PATIENCE_SECONDS + LAST_SECONDS)
        await self.tasks.stop()

    def _begin(self, number: int, intended: float, began: float) -> None:
        if len(self.open_calls) >= MOST_OPEN_CALLS:
            self.recorder.record(intended, intended, intended, "too-many-open-calls")
            return
        task = self.tasks.run_once("load.call", self._call(number, intended, began))
        self.open_calls.add(task)
        task.add_done_callback(self.open_calls.discard)

    async def _call(self, number: int, intended: float, began: float) -> None:
        loop = asyncio.get_running_loop()
        started, error = loop.time() - began, None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.sender.send(number)
        except CallFailed as fault:
            error = fault.code
        except TimeoutError:
            error = "no-answer"
        except OSError as fault:
            error = f"connection-{type(fault).__name__}"
        self.recorder.record(intended, started, loop.time() - began, error)
