"""Run a step table: what may be done now, who must do it, whether a journal agrees with the act.

Everything here is a pure function of a passport and of the steps already done. A case is no object of this
module: whoever keeps cases keeps the numbers of their done steps, and asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from shared.bus.errors import Conflict, NotFound
from shared.regulations.model import Channel, MessageType, Op, Passport, System, TableStep
from shared.regulations.order import bound_order, printed_order, without_empty


@dataclass(frozen=True, eq=False)
class Procedure:
    """The step table of one channel of a passport, ready to run.

    Raises ``NotFound("channel-not-found")`` when the passport has no table for ``channel``. An empty row of the
    act (``nothing``) is nobody's to take: it is never allowed, and whatever waits for it waits for the rows
    before it instead.
    """

    passport: Passport
    channel: Channel

    def __post_init__(self) -> None:
        _ = self.steps

    @cached_property
    def steps(self) -> tuple[TableStep, ...]:
        """The rows in the order of the act, empty ones included."""
        table = self.passport.step_tables.get(self.channel)
        if table is None:
            message = f"{self.passport.id} has no step table for {self.channel}"
            raise NotFound("channel-not-found", message, passport=self.passport.id, channel=self.channel)
        return table.rows

    @cached_property
    def senders(self) -> Mapping[tuple[int, MessageType], tuple[System, ...]]:
        """Who receives what: (step, message type) to recipients."""
        return MappingProxyType(
            {(step.n, item.message): item.to for step in self.steps for item in step.performs.sends}
        )

    def step(self, n: int) -> TableStep:
        """The row numbered ``n``; raises ``NotFound("step-not-found")``."""
        try:
            return self._rows[n]
        except KeyError:
            message = f"the {self.channel} table of {self.passport.id} has no step {n}"
            raise NotFound("step-not-found", message, step=n, channel=self.channel) from None

    def find(self, op: Op, system: System, *, status: str | None = None) -> TableStep:
        """The one step in which ``system`` does ``op`` (and shows or gives ``status``, when asked for).

        Raises ``NotFound("step-not-found")`` when there is none and ``Conflict("step-ambiguous")`` when several
        are: a table has more than one ``route`` and ``show``.
        """
        found = [step for step in self.steps if (step.performs.op, step.performs.system) == (op, system)]
        found = [step for step in found if status is None or step.performs.status == status]
        if not found:
            message = f"no step of the {self.channel} table of {self.passport.id} is {op} by {system}"
            raise NotFound("step-not-found", message, op=op, system=system, status=status)
        if len(found) > 1:
            steps = [step.n for step in found]
            raise Conflict("step-ambiguous", f"{op} by {system} is steps {steps}", steps=steps)
        return found[0]

    def after(self, n: int) -> tuple[int, ...]:
        """The steps that must be done before ``n``; raises ``NotFound("step-not-found")``."""
        self.step(n)
        return self._order[n]

    def allowed(self, done: Collection[int]) -> tuple[int, ...]:
        """The steps that may be taken now, in the order of the act."""
        return tuple(n for n in self._taken if n not in done and not self._missing(done, n))

    def check(self, done: Collection[int], n: int) -> None:
        """Return when step ``n`` may be taken now.

        Raises ``NotFound("step-not-found")``, ``Conflict("step-is-empty")``, ``Conflict("step-already-done")``
        or ``Conflict("step-out-of-order")``; the last names the steps ``missing``.
        """
        if self.step(n).performs.op == "nothing":
            raise Conflict("step-is-empty", f"the act leaves step {n} empty", step=n, done=sorted(done))
        if n in done:
            raise Conflict("step-already-done", f"step {n} is done", step=n, done=sorted(done))
        if missing := self._missing(done, n):
            message = f"step {n} waits for {missing}"
            raise Conflict("step-out-of-order", message, step=n, done=sorted(done), missing=missing)

    def next_automatic(self, done: Collection[int], system: System) -> tuple[int, ...]:
        """The steps that ``system`` takes now by itself."""
        return self._next(done, system, is_automatic=True)

    def next_human(self, done: Collection[int], system: System) -> tuple[int, ...]:
        """The steps that wait now for a person at ``system``."""
        return self._next(done, system, is_automatic=False)

    def following(self, n: int, system: System) -> tuple[int, ...]:
        """The steps of ``system`` that wait directly for ``n``: what a message of step ``n`` sets going there."""
        return tuple(m for m in self._taken if n in self._order[m] and self._is_at(m, system))

    def route_after(self, n: int) -> int | None:
        """The step that carries what step ``n`` sends; None when it sends nothing or the act names no route."""
        if not self.step(n).performs.sends:
            return None
        routes = [step.n for step in self.steps if step.performs.op == "route" and n in self._order[step.n]]
        return routes[0] if routes else None

    def holder(self, done: Collection[int]) -> tuple[str, ...]:
        """The units, as printed, that must act next: those of every allowed step, each once."""
        return tuple(dict.fromkeys(self.step(n).unit for n in self.allowed(done)))

    def is_complete(self, done: Collection[int]) -> bool:
        """Whether every step but the empty ones is done."""
        return set(self._taken) <= set(done)

    def planned(self, n: int) -> timedelta | None:
        """The time that the act gives step ``n``; None unless it counts in minutes or hours.

        Days and months need a calendar, and the row's ``deadline`` has them.
        """
        return self.step(n).deadline.duration

    def due(self, n: int, times: Mapping[int, datetime]) -> datetime | None:
        """When step ``n`` must be done at the latest, given the ``times`` of the steps done before it.

        Counts from the last step before ``n``, by our order or by print, whichever is later: a case worked off
        line by line is not late for the sake of our reading. None without a limit in minutes or hours, for the
        first step, and while ``n`` may not be taken yet.
        """
        planned = self.planned(n)
        if planned is None or self._missing(times, n):
            return None
        starts = [times[before] for before in (*self._order[n], *self._printed[n]) if before in times]
        return max(starts) + planned if starts else None

    @cached_property
    def _rows(self) -> Mapping[int, TableStep]:
        return {step.n: step for step in self.steps}

    @cached_property
    def _taken(self) -> tuple[int, ...]:
        """The steps that somebody takes: all but the empty ones."""
        return tuple(step.n for step in self.steps if step.performs.op != "nothing")

    @cached_property
    def _printed(self) -> Mapping[int, tuple[int, ...]]:
        """For each step the steps before it in print, looking through the empty ones."""
        return without_empty(self.steps, printed_order(self.steps))

    @cached_property
    def _order(self) -> Mapping[int, tuple[int, ...]]:
        """For each step the steps that it waits for: those in print unless its binding says otherwise."""
        return bound_order(self.steps)

    def _is_at(self, n: int, system: System) -> bool:
        return self._rows[n].performs.system == system

    def _missing(self, done: Collection[int], n: int) -> list[int]:
        return [before for before in self._order[n] if before not in done]

    def _next(self, done: Collection[int], system: System, *, is_automatic: bool) -> tuple[int, ...]:
        return tuple(
            n
            for n in self.allowed(done)
            if self._is_at(n, system) and self.step(n).performs.automatic == is_automatic
        )


FindingKind = Literal["unknown", "empty", "repeated", "out-of-order", "late", "missing"]


@dataclass(frozen=True)
class Finding:
    """A place where a journal and the act disagree.

    ``missing`` holds the steps that were not yet done (out-of-order); ``late_by`` the excess (late).
    """

    kind: FindingKind
    step: int
    at: datetime | None = None
    missing: tuple[int, ...] = ()
    late_by: timedelta | None = None


def conformance(
    procedure: Procedure, journal: Sequence[tuple[int, datetime]], *, is_finished: bool = True
) -> list[Finding]:
    """Where ``journal``, the steps in the order in which they were done and their times, leaves the act.

    A step is late after its ``due`` time; deadlines in days and months are not judged here, nor is the first
    step, which waits for nothing. With ``is_finished`` False the steps still to come are no fault. Findings come
    in the order of the journal, missing steps last.
    """
    done: dict[int, datetime] = {}
    findings: list[Finding] = []
    for n, at in journal:
        findings += _judge(procedure, done, n, at)
        done.setdefault(n, at)
    if is_finished:
        findings += [Finding("missing", step.n) for step in procedure.steps if _is_missing(step, done)]
    return findings


def _judge(procedure: Procedure, done: Mapping[int, datetime], n: int, at: datetime) -> list[Finding]:
    try:
        procedure.check(done, n)
    except NotFound:
        return [Finding("unknown", n, at)]
    except Conflict as conflict:
        kind = _KINDS[conflict.code]
        return [Finding(kind, n, at, missing=tuple(conflict.details.get("missing", ())))]
    return _lateness(procedure, done, n, at)


_KINDS: Mapping[str, FindingKind] = {
    "step-is-empty": "empty",
    "step-already-done": "repeated",
    "step-out-of-order": "out-of-order",
}


def _lateness(procedure: Procedure, done: Mapping[int, datetime], n: int, at: datetime) -> list[Finding]:
    due = procedure.due(n, done)
    return [Finding("late", n, at, late_by=at - due)] if due is not None and at > due else []


def _is_missing(step: TableStep, done: Collection[int]) -> bool:
    return step.performs.op != "nothing" and step.n not in done
