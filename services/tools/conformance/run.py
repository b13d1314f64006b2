"""One run of the kit: play a role against a participant to its end or to the end of the time, and judge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.tools.conformance.exchanges import ExchangeBook
from services.tools.conformance.judging import (
    ConformanceOutcome,
    RequirementResult,
    RunEnd,
    RunTrace,
    judge_requirements,
)
from services.tools.conformance.kit_keys import KitKeys
from services.tools.conformance.requirements import Certainty, list_group
from services.tools.conformance.roles.role_list import PlayedRole
from services.tools.conformance.serving import AsgiApp, serve_door
from shared.bus.clocks.clock import SystemClock

GRACE_SECONDS = 0.3
"""How long a run goes on after its script is done: what a participant does too often comes in this time."""


@dataclass(frozen=True)
class ConformanceReport:
    """What came of a run. ``waited`` are the seconds of the run."""

    role: str
    participant: str
    began_at: datetime
    waited: float
    end: RunEnd
    results: Sequence[RequirementResult]
    book: ExchangeBook
    faults: Sequence[str] = ()
    """The faults in force at the gateway that was named, in words."""

    def count(self, outcome: ConformanceOutcome) -> int:
        """How many requirements have this result."""
        return sum(result.outcome is outcome for result in self.results)

    @property
    def assumptions(self) -> list[RequirementResult]:
        """The results on which the participant relies though the real contract is not known to say so."""
        judged = (ConformanceOutcome.PASS, ConformanceOutcome.FAIL)
        return [
            result
            for result in self.results
            if result.requirement.certainty is Certainty.ASSUMED and result.outcome in judged
        ]

    @property
    def is_conforming(self) -> bool:
        """Whether no requirement that is a must has failed, and none made the kit fail."""
        return not any(
            result.outcome is ConformanceOutcome.ERROR
            or (result.outcome is ConformanceOutcome.FAIL and result.requirement.is_must)
            for result in self.results
        )

    @property
    def is_complete(self) -> bool:
        """Whether nothing still waits, and nothing was broken off."""
        waiting = (ConformanceOutcome.WAIT, ConformanceOutcome.CANCEL)
        return not any(result.outcome in waiting for result in self.results)


@dataclass
class ConformanceRun:
    """A run of one role. ``app`` is the kit's own side, for a participant that calls."""

    role: PlayedRole
    keys: KitKeys
    seconds: float = 60.0
    faults: Sequence[str] = ()
    trace: RunTrace = field(init=False)
    app: AsgiApp | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.trace = RunTrace(ExchangeBook(), self.keys)
        self._is_done = asyncio.Event()
        if self.role.open_script is not None:
            script = self.role.open_script(self.trace)

            def note_progress() -> None:
                if script.is_done:
                    self._is_done.set()

            self.app = serve_door(self.role.door, self.trace.book, script.answer_call, note_progress)

    def finish(self) -> None:
        """Judge what there is: the participant has ended."""
        self._is_done.set()

    def cancel(self) -> None:
        """Break the run off: what was not judged yet is ``cancel``."""
        self.trace.facts["is_cancelled"] = True
        self._is_done.set()

    async def play(self, target: Any = None) -> ConformanceReport:
        """Play to the end, at most for ``seconds``; never raises for what a participant does or leaves undone."""
        clock = SystemClock()
        began = clock.now()
        played = self.role.play
        end = await self._wait_until(self._is_done.wait if played is None else lambda: played(self.trace, target))
        if end is RunEnd.FINISHED and played is None:
            await asyncio.sleep(GRACE_SECONDS)
        self.trace.facts["is_over"] = end is not RunEnd.CANCELLED
        requirements = [item for group in self.role.groups for item in list_group(group)]
        results = judge_requirements(requirements, self.role.checks, self.trace, end)
        waited = (clock.now() - began).total_seconds()
        return ConformanceReport(
            self.role.name, self.keys.address, began, waited, end, results, self.trace.book, self.faults
        )

    async def _wait_until(self, ended: Callable[[], Awaitable[Any]]) -> RunEnd:
        try:
            async with asyncio.timeout(self.seconds):
                await ended()
        except TimeoutError:
            return RunEnd.TIMED_OUT
        return RunEnd.CANCELLED if self.trace.facts.get("is_cancelled") else RunEnd.FINISHED
