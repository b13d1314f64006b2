"""The steps of cases as one system knows them: its own, and those it was told of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select
from sqlmodel import Session

from shared.bus.tables import Moment
from shared.contracts.cases import StepDone
from shared.regulations.interpreter import Procedure


class Track:
    """The steps of one case inside one transaction; a step that the passport forbids is refused."""

    def __init__(
        self, session: Session, table: Table, procedure: Procedure, correlation_id: str, *, is_new: bool = False
    ) -> None:
        self._session = session
        self._table = table
        self._procedure = procedure
        self._case = correlation_id
        self._steps = {} if is_new else {step.n: step for step in steps_of(session, table, correlation_id)}
        self._fresh: list[StepDone] = []

    @property
    def done(self) -> frozenset[int]:
        return frozenset(self._steps)

    @property
    def steps(self) -> tuple[StepDone, ...]:
        """All known steps in the table's order."""
        return tuple(self._steps[n] for n in sorted(self._steps))

    def learn(self, steps: Iterable[StepDone]) -> None:
        """Take over what another system did; known steps stay as they are."""
        for step in steps:
            if step.n not in self._steps:
                self._add(step)

    def take(self, n: int, at: datetime, by: str) -> None:
        """Do a step: Conflict ``step-out-of-order`` or ``step-already-done`` when the passport forbids it."""
        self._procedure.check(self.done, n)
        self._add(StepDone(n=n, at=at, by=by))

    def save(self) -> None:
        """Write what is new, in one statement."""
        if self._fresh:
            rows = [{"correlation_id": self._case, "n": s.n, "at": s.at, "by": s.by} for s in self._fresh]
            self._session.execute(insert(self._table), rows)
            self._fresh.clear()

    def _add(self, step: StepDone) -> None:
        self._steps[step.n] = step
        self._fresh.append(step)


def track_table(metadata: MetaData) -> Table:
    """Add the table of steps to a service's own metadata."""
    return Table(
        "case_step",
        metadata,
        Column("correlation_id", String(100), primary_key=True),
        Column("n", Integer, primary_key=True),
        Column("at", Moment, nullable=False),
        Column("by", String(100), nullable=False),
    )


def steps_of(session: Session, table: Table, correlation_id: str) -> list[StepDone]:
    """The known steps of a case in the table's order."""
    query = select(table).where(table.c.correlation_id == correlation_id).order_by(table.c.n)
    return [StepDone(n=row.n, at=row.at, by=row.by) for row in session.execute(query)]
