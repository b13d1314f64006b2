"""What of a case is due when, what is late and by how much; and the extension of a deadline.

Pure functions for whoever keeps cases: he knows which steps are done, and when. The passports hold no limit of a
case as a whole: each act limits its steps, and a case is as late as the latest of those that may be taken now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.bus.errors import Refused
from shared.regulations.calendar import WorkingCalendar, due_moment
from shared.regulations.model import ExtensionRule, TimeLimit
from shared.regulations.process.graph import ProcessGraph, ProcessNode

TEXTS = {
    "extension-not-given": {
        "ru": "Регламент не продлевает срок этого варианта услуги",
        "kk": "Регламент қызметтің бұл нұсқасының мерзімін ұзартпайды",
        "en": "The regulation does not extend the deadline of this variant",
    },
    "extension-unmeasured": {
        "ru": "Регламент не говорит, на сколько продлевается срок: укажите новый",
        "kk": "Регламент мерзімнің қаншаға ұзартылатынын айтпайды: жаңасын көрсетіңіз",
        "en": "The regulation does not say by how long the deadline is extended: name the new one",
    },
    "extension-backwards": {
        "ru": "Новый срок не позже прежнего",
        "kk": "Жаңа мерзім бұрынғысынан кеш емес",
        "en": "The new deadline is not after the old one",
    },
}


@dataclass(frozen=True)
class PendingStep:
    """A step that may be taken now.

    ``since`` is when its time began (None for a first step, which waits for nothing), ``due`` when it must be done
    at the latest (None without a limit that has a size), ``late_by`` how long ago that was (None while it is not).
    ``is_applicants``: it waits for something from outside, and being late is no fault of the authority's.
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
    """The limit of a step, or of what it waits for."""
    if node.wait is not None:
        return node.wait.deadline
    return node.limit


def step_began_at(graph: ProcessGraph, node: ProcessNode, times: Mapping[str, datetime]) -> datetime | None:
    """When the time of a step began: with the last step done before it.

    By our order or, in a table, by print, whichever is later: a case worked off line by line is not late for the
    sake of our reading. None while nothing before it is done.
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
    """When a step's time began and when it ends, given the ``times`` of the steps done before it."""
    since, limit = step_began_at(graph, node, times), limit_of(node)
    return since, due_moment(limit, since, calendar) if since is not None and limit is not None else None


def pending_steps(
    graph: ProcessGraph,
    allowed: Iterable[str],
    times: Mapping[str, datetime],
    now: datetime,
    calendar: WorkingCalendar,
    extended: Mapping[str, datetime] | None = None,
) -> tuple[PendingStep, ...]:
    """Every step that may be taken now, ends left out, in the order in which they are ``allowed``.

    ``times`` are those of the steps done (of a loop's, the last). ``extended`` holds what ``extend_deadline`` made
    of the deadlines of some steps.
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
    calendar: WorkingCalendar, extended: Mapping[str, datetime] | None = None
) -> Callable[[ProcessNode, datetime], datetime | None]:
    """When steps are due for ``conformance``: by the limits of every unit, or where they were ``extended`` to."""

    def due_of_node(node: ProcessNode, since: datetime) -> datetime | None:
        due_at = due_moment(node.limit, since, calendar) if node.limit is not None else None
        return (extended or {}).get(node.id, due_at)

    return due_of_node


def day_of_result(graph: ProcessGraph, first: str, since: datetime, calendar: WorkingCalendar) -> datetime | None:
    """When the result is there at the latest if every step after ``first``, which is done at ``since``, takes its
    whole limit, on the way that serves the applicant; None where none of them has a limit that has a size.

    It ends where the result is issued, told or handed over, without the wait for whoever comes for it.
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
    """The steps from ``first`` on that serve the applicant, each after what leads to it; without loops."""
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
    """Whether it is the wait for whoever fetches the result."""
    return node.wait is not None and any(
        graph.get_node(transition.target).op == "hand_over" for transition in graph.transitions_from(node.id)
    )


def most_urgent(steps: Iterable[PendingStep]) -> PendingStep | None:
    """How a case stands: the step that is late longest, else the one that is due first; None without any due."""
    dated = [(step.due, step) for step in steps if step.due is not None]
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


@dataclass(frozen=True)
class ExtendedDeadline:
    """A deadline that was extended, and whether the act wants the citizen to be told."""

    due: datetime
    is_notified: bool


def extend_deadline(
    extension: ExtensionRule,
    old: datetime,
    calendar: WorkingCalendar,
    *,
    variant: str = "main",
    until: datetime | None = None,
) -> ExtendedDeadline:
    """The deadline ``old`` after an extension: counted from ``old`` on, by as much as the act says.

    Where the act does not say how much, ``until`` does. Refused ``extension-not-given`` for a variant that has no
    such extension, ``extension-unmeasured`` without ``until``, ``extension-backwards`` when it is no extension.
    """
    if extension.variants and variant not in extension.variants:
        raise Refused("extension-not-given", f"{extension.id} is not for {variant}", variant=variant)
    new = due_moment(extension.by, old, calendar) if extension.by is not None else None
    new = new or until
    if new is None:
        raise Refused("extension-unmeasured", "the act does not say by how long", extension=extension.id)
    if new <= old:
        raise Refused("extension-backwards", "the new deadline is not after the old one")
    return ExtendedDeadline(new, extension.is_notified)


def _last_row_above(graph: ProcessGraph, n: int, times: Mapping[str, datetime]) -> list[datetime]:
    """The time of the last row above row ``n`` that is done."""
    done_rows = [
        (node.n, node.id)
        for node in graph.nodes
        if node.origin == "table" and node.n is not None and node.id in times
    ]
    above = [pair for pair in done_rows if pair[0] < n]
    return [times[max(above)[1]]] if above else []
