"""Whether the journal of a case agrees with the act: each step in its turn, by its holder, in its time.

A pure function of a graph and of the steps that were done, whoever tells them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.bus.errors import BusError, Conflict, Malformed, NotFound
from shared.contracts.addresses import GATEWAY, is_regional_gateway, of_system
from shared.contracts.cases import StepDone
from shared.regulations.process.graph import Graph, Node
from shared.regulations.process.process_state import GATEWAYS, Course

FindingKind = Literal["unknown", "repeated", "out-of-order", "answer-unknown", "not-held", "late", "missing"]

Due = Callable[[Node, datetime], datetime | None]
"""When a step must be done at the latest, whose time began at this moment; None where nothing says."""


@dataclass(frozen=True)
class Finding:
    """A place where a journal and the act disagree.

    ``missing`` holds the steps that were not yet done (out-of-order), ``by`` who did what was another's to do
    (not-held), ``late_by`` the excess (late).
    """

    kind: FindingKind
    step: str
    at: datetime | None = None
    missing: tuple[str, ...] = ()
    by: str | None = None
    late_by: timedelta | None = None


def due_by_the_clock(node: Node, since: datetime) -> datetime | None:
    """The limits in minutes and hours, which need no calendar; ``deadlines.due_by_the_calendar`` judges all."""
    duration = node.limit.duration if node.limit is not None else None
    return None if duration is None else since + duration


def conformance(
    graph: Graph,
    journal: Sequence[StepDone],
    *,
    is_finished: bool = True,
    due: Due = due_by_the_clock,
    stand_ins: Collection[str] = (),
) -> list[Finding]:
    """Where ``journal`` leaves the act; steps of one moment may stand in any order.

    A step is late after what ``due`` says, counted from the last step before it, by our order or, in a table, by
    print. ``stand_ins`` are addresses that may act for any provider. With ``is_finished`` False a case that has
    not come to an end is no fault; else the steps that it waits for are ``missing``. Findings come in the order
    of the journal, missing steps last.
    """
    course = Course(graph)
    findings: list[Finding] = []
    waiting = sorted(journal, key=lambda step: step.at)
    while waiting:
        step = _next(course, waiting)
        waiting.remove(step)
        findings += _judge(course, step, due, stand_ins)
    if is_finished and course.end is None:
        findings += [Finding("missing", node_id) for node_id in course.allowed]
    return findings


def _next(course: Course, waiting: Sequence[StepDone]) -> StepDone:
    """The earliest step; of several at the same moment the one whose turn it is."""
    together = [step for step in waiting if step.at == waiting[0].at]
    return next((step for step in together if step.step in course.allowed), together[0])


def _judge(course: Course, step: StepDone, due: Due, stand_ins: Collection[str]) -> Iterator[Finding]:
    times = _times(course)
    try:
        node = course.check(step.step, step.answer)
    except BusError as error:
        yield _refused(error, step)
        if isinstance(error, Conflict) and step.step not in course.given:
            course.learn([step])  # told once: what follows it follows it
        return
    if not _holds(node, step.by, stand_ins):
        yield Finding("not-held", step.step, step.at, by=step.by)
    since = _begun(course.graph, node, times)
    end = due(node, since) if since is not None else None
    if end is not None and step.at > end:
        yield Finding("late", step.step, step.at, late_by=step.at - end)
    course.take(step.step, step.at, step.by, step.answer)


def _refused(error: BusError, step: StepDone) -> Finding:
    if isinstance(error, NotFound):
        return Finding("unknown", step.step, step.at)
    if isinstance(error, Malformed):
        return Finding("answer-unknown", step.step, step.at)
    if error.code == "step-already-done":
        return Finding("repeated", step.step, step.at)
    return Finding("out-of-order", step.step, step.at, missing=tuple(error.details["missing"]))


def _holds(node: Node, by: str, stand_ins: Collection[str]) -> bool:
    """Whether this address is where the step is done; both gateways are the act's «шлюзы»."""
    if node.holder == GATEWAYS:
        return by == GATEWAY or is_regional_gateway(by)
    return by == of_system(node.holder) or by in stand_ins


def _times(course: Course) -> Mapping[str, datetime]:
    return {node_id: at for node_id in course.given if (at := course.at(node_id)) is not None}


def _begun(graph: Graph, node: Node, times: Mapping[str, datetime]) -> datetime | None:
    """When the time of a step began: a case worked off line by line is not late for the sake of our reading."""
    starts = [times[edge.source] for edge in graph.into(node.id) if edge.source in times]
    if starts and node.told == "table" and node.n is not None:
        before = (one.id for one in graph.nodes if one.told == "table" and (one.n or node.n) < node.n)
        starts += [times[one] for one in before if one in times]
    return max(starts, default=None)
