"""The steps of a case as one system knows them: its own, and those it was told of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import TypeAdapter

from shared.contracts.cases import StepDone
from shared.regulations.interpreter import Procedure

_STEPS = TypeAdapter(tuple[StepDone, ...])


class Track:
    """The steps of one case; a step that the passport forbids is refused. Kept as text beside the case."""

    def __init__(self, procedure: Procedure, known: str = "[]") -> None:
        self._procedure = procedure
        self._steps = {step.n: step for step in read_steps(known)}

    @property
    def done(self) -> frozenset[int]:
        return frozenset(self._steps)

    @property
    def steps(self) -> tuple[StepDone, ...]:
        """All known steps in the table's order."""
        return tuple(self._steps[n] for n in sorted(self._steps))

    @property
    def text(self) -> str:
        """The steps as they are kept."""
        return _STEPS.dump_json(self.steps, by_alias=True).decode()

    def learn(self, steps: Iterable[StepDone]) -> None:
        """Take over what another system did; known steps stay as they are."""
        for step in steps:
            self._steps.setdefault(step.n, step)

    def learn_route(self, sent_at: int, at: datetime, by: str) -> int:
        """The gateways carried what step ``sent_at`` sent: the step whose followers may come now."""
        route = self._procedure.route_after(sent_at)
        if route is None:
            return sent_at
        self.learn([StepDone(n=route, at=at, by=by)])
        return route

    def take(self, n: int, at: datetime, by: str) -> None:
        """Do a step: Conflict ``step-out-of-order`` or ``step-already-done`` when the passport forbids it."""
        self._procedure.check(self.done, n)
        self._steps[n] = StepDone(n=n, at=at, by=by)


def read_steps(text: str) -> tuple[StepDone, ...]:
    """The steps that were kept as text, in the table's order."""
    return _STEPS.validate_json(text)
