"""The deadlines of a case: which steps are due when, which are late and by how much.

All functions are pure: the caller passes the done steps with their times. The acts limit single steps and never a
case as a whole, so a case is as late as the latest of the steps that are allowed now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.regulations.calendar import WorkingCalendar, due_moment
from shared.regulations.model import TimeLimit
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="deadline_texts.yaml")


@dataclass(frozen=True)
class PendingStep:
    """A step that is allowed now.

    ``since`` is when the time of the step began (None for a first step, which waits for nothing); ``due`` is the
    deadline (None without a measurable limit); ``late_by`` is the time since ``due`` (None in time).
    ``is_applicants`` marks a step that waits for something from outside: the authority is not to blame for its
    lateness.
    """

    node: str
    since: datetime | None
    due: datetime | None
    late_by: timedelta | None
    is_applicants: bool

    @property
    def is_late(self) -> bool:
        return self.late_by is not None


def limit_of(node: ProcessNode) -> TimeLimit | None:
    """The limit of a step, or of the event for which the step waits."""
    if node.wait is not None:
        return node.wait.deadline
    return node.limit


def step_began_at(graph: ProcessGraph, node: ProcessNode, times: Mapping[str, datetime]) -> datetime | None:
    """The moment at which the time of a step began: the end of the last step before it; None while no step before
    it is done.

    Before means: before by our order of the steps and, in a table, before by print, whichever ended later. So a
    case that is handled strictly line by line is never late because of our reading of the order.
    """
    starts = [
        times[transition.source] for transition in graph.transitions_into(node.id) if transition.source in times
    ]
    if starts and node.n is not None and node.origin == "table":
        starts += _last_row_above(graph, node.n, times)
    return max(starts, default=None)


def term_of(
    graph: ProcessGraph, node: ProcessNode, times: Mapping[str, datetime], calendar: WorkingCalendar
) -> tuple[datetime | None, datetime | None]:
    """When the time of a step began and when it ends; ``times`` maps the done steps to their moments."""
    since, limit = step_began_at(graph, node, times), limit_of(node)
    return since, due_moment(limit, since, calendar) if since is not None and limit is not None else None


def pending_steps(
    graph: ProcessGraph,
    allowed: Iterable[str],
    times: Mapping[str, datetime],
    now: datetime,
    calendar: WorkingCalendar,
    extended: Mapping[str, datetime | None] | None = None,
) -> tuple[PendingStep, ...]:
    """Every step that is allowed now, ends left out, in the order of ``allowed``.

    ``times`` maps the done steps to their moments (of a loop, to those of the last iteration). ``extended`` maps
    steps to deadlines that an extension or a fact has changed.
    """
    pending = []
    for node in map(graph.get_node, allowed):
        if node.end is None:
            since, end = term_of(graph, node, times, calendar)
            end = (extended or {}).get(node.id, end)
            late = now - end if end is not None and now > end else None
            pending.append(PendingStep(node.id, since, end, late, node.wait is not None))
    return tuple(pending)


def due_by_the_calendar(
    calendar: WorkingCalendar, extended: Mapping[str, datetime | None] | None = None
) -> Callable[[ProcessNode, datetime], datetime | None]:
    """A due rule for ``check_conformance``: by limits of every unit, or by the ``extended`` deadline of a step."""

    def due_of_node(node: ProcessNode, since: datetime) -> datetime | None:
        due_at = due_moment(node.limit, since, calendar) if node.limit is not None else None
        return (extended or {}).get(node.id, due_at)

    return due_of_node


def day_of_result(graph: ProcessGraph, first: str, since: datetime, calendar: WorkingCalendar) -> datetime | None:
    """The latest moment of the result if every step after ``first``, done at ``since``, takes its whole limit.

    Only the path that grants the service counts; the path ends where the result is issued, announced or handed
    over, without the wait for the applicant who collects the result. None where no step of the path has a
    measurable limit.
    """
    ends: dict[str, datetime] = {first: since}
    result_at, is_limited = since, False
    for node in _favourable_steps(graph, first)[1:]:
        begin = max(
            (
                ends[transition.source]
                for transition in graph.transitions_into(node.id)
                if transition.source in ends
            ),
            default=since,
        )
        limit = limit_of(node)
        end = due_moment(limit, begin, calendar) if limit is not None else None
        if node.op == "hand_over" or _is_coming(graph, node):
            ends[node.id], result_at = begin, max(result_at, begin)
            continue
        is_limited = is_limited or end is not None
        ends[node.id] = end or begin
        result_at = max(result_at, ends[node.id]) if node.op in ("issue", "inform") else result_at
    return result_at if is_limited and result_at > since else None


_ADVERSE_ANSWERS = frozenset({"refused", "unmet", "incomplete"})


def _favourable_steps(graph: ProcessGraph, first: str) -> list[ProcessNode]:
    """The steps of the granting path from ``first`` on, in topological order, without loops."""
    waiting, visited = [first], [first]
    while waiting:
        for transition in graph.transitions_from(waiting.pop()):
            node = graph.get_node(transition.target)
            if (
                transition.answer not in _ADVERSE_ANSWERS
                and node.end is None
                and node.id not in visited
                and node.op != "refuse"
            ):
                visited.append(node.id)
                waiting.append(node.id)
    return [graph.get_node(node_id) for node_id in sorted(visited, key=graph.node_places.__getitem__)]


def _is_coming(graph: ProcessGraph, node: ProcessNode) -> bool:
    """Whether the node waits for the applicant who collects the result."""
    return node.wait is not None and any(
        graph.get_node(transition.target).op == "hand_over" for transition in graph.transitions_from(node.id)
    )


def most_urgent(steps: Iterable[PendingStep]) -> PendingStep | None:
    """The step that decides how late the case is: the step with the earliest deadline; None when no step has a
    deadline.
    """
    dated = [(step.due, step) for step in steps if step.due is not None]
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


def _last_row_above(graph: ProcessGraph, n: int, times: Mapping[str, datetime]) -> list[datetime]:
    """The moment of the nearest done row above row ``n`` of the table; empty when no row above is done."""
    done_rows = [
        (node.n, node.id)
        for node in graph.nodes
        if node.origin == "table" and node.n is not None and node.id in times
    ]
    above = [pair for pair in done_rows if pair[0] < n]
    return [times[max(above)[1]]] if above else []
