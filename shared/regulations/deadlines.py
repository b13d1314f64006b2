"""What of a case is due when, what is late and by how much; and the extension of a deadline.

Pure functions for whoever keeps cases: he knows which steps are done, and when. The passports hold no limit of a
case as a whole: each act limits its steps, and a case is as late as the latest of those that may be taken now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.bus.errors import Refused
from shared.regulations.calendar import Calendar, due
from shared.regulations.model import Extension, Limit
from shared.regulations.process.graph import Graph, Node

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
class Outlook:
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


def limit_of(node: Node) -> Limit | None:
    """The limit of a step, or of what it waits for."""
    if node.wait is not None:
        return node.wait.deadline
    return node.limit


def begun(graph: Graph, node: Node, times: Mapping[str, datetime]) -> datetime | None:
    """When the time of a step began: with the last step done before it.

    By our order or, in a table, by print, whichever is later: a case worked off line by line is not late for the
    sake of our reading. None while nothing before it is done.
    """
    starts = [times[edge.source] for edge in graph.into(node.id) if edge.source in times]
    if starts and node.n is not None and node.told == "table":
        starts += _printed_before(graph, node.n, times)
    return max(starts, default=None)


def due_of(
    graph: Graph, node: Node, times: Mapping[str, datetime], calendar: Calendar
) -> tuple[datetime | None, datetime | None]:
    """When a step's time began and when it ends, given the ``times`` of the steps done before it."""
    since, limit = begun(graph, node, times), limit_of(node)
    return since, due(limit, since, calendar) if since is not None and limit is not None else None


def outlooks(
    graph: Graph,
    allowed: Iterable[str],
    times: Mapping[str, datetime],
    now: datetime,
    calendar: Calendar,
    extended: Mapping[str, datetime] | None = None,
) -> tuple[Outlook, ...]:
    """Every step that may be taken now, ends left out, in the order in which they are ``allowed``.

    ``times`` are those of the steps done (of a loop's, the last). ``extended`` holds what ``prolonged`` made of
    the deadlines of some steps.
    """
    found = []
    for node in map(graph.node, allowed):
        if node.end is None:
            since, end = due_of(graph, node, times, calendar)
            end = (extended or {}).get(node.id, end)
            late = now - end if end is not None and now > end else None
            found.append(Outlook(node.id, since, end, late, node.wait is not None))
    return tuple(found)


def due_by_the_calendar(
    calendar: Calendar, extended: Mapping[str, datetime] | None = None
) -> Callable[[Node, datetime], datetime | None]:
    """When steps are due for ``conformance``: by the limits of every unit, or where they were ``extended`` to."""

    def judge(node: Node, since: datetime) -> datetime | None:
        reckoned = due(node.limit, since, calendar) if node.limit is not None else None
        return (extended or {}).get(node.id, reckoned)

    return judge


def day_of_result(graph: Graph, first: str, since: datetime, calendar: Calendar) -> datetime | None:
    """When the result is there at the latest if every step after ``first``, which is done at ``since``, takes its
    whole limit, on the way that serves the applicant; None where none of them has a limit that has a size.

    It ends where the result is issued, told or handed over, without the wait for whoever comes for it.
    """
    ends: dict[str, datetime] = {first: since}
    found, is_limited = since, False
    for node in _onwards(graph, first)[1:]:
        begin = max((ends[edge.source] for edge in graph.into(node.id) if edge.source in ends), default=since)
        limit = limit_of(node)
        end = due(limit, begin, calendar) if limit is not None else None
        if node.op == "hand_over" or _is_coming(graph, node):
            ends[node.id], found = begin, max(found, begin)
            continue
        is_limited = is_limited or end is not None
        ends[node.id] = end or begin
        found = max(found, ends[node.id]) if node.op in ("issue", "inform") else found
    return found if is_limited and found > since else None


_AGAINST = frozenset({"refused", "unmet", "incomplete"})


def _onwards(graph: Graph, first: str) -> list[Node]:
    """The steps from ``first`` on that serve the applicant, each after what leads to it; without loops."""
    ahead, seen = [first], [first]
    while ahead:
        for edge in graph.out(ahead.pop()):
            node = graph.node(edge.target)
            if edge.answer not in _AGAINST and node.end is None and node.id not in seen and node.op != "refuse":
                seen.append(node.id)
                ahead.append(node.id)
    return [graph.node(one) for one in sorted(seen, key=graph.places.__getitem__)]


def _is_coming(graph: Graph, node: Node) -> bool:
    """Whether it is the wait for whoever fetches the result."""
    return node.wait is not None and any(graph.node(one.target).op == "hand_over" for one in graph.out(node.id))


def latest(outlook: Iterable[Outlook]) -> Outlook | None:
    """How a case stands: the step that is late longest, else the one that is due first; None without any due."""
    dated = [(one.due, one) for one in outlook if one.due is not None]
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


@dataclass(frozen=True)
class Prolonged:
    """A deadline that was extended, and whether the act wants the citizen to be told."""

    due: datetime
    is_notified: bool


def prolonged(
    extension: Extension,
    old: datetime,
    calendar: Calendar,
    *,
    variant: str = "main",
    until: datetime | None = None,
) -> Prolonged:
    """The deadline ``old`` after an extension: counted from ``old`` on, by as much as the act says.

    Where the act does not say how much, ``until`` does. Refused ``extension-not-given`` for a variant that has no
    such extension, ``extension-unmeasured`` without ``until``, ``extension-backwards`` when it is no extension.
    """
    if extension.variants and variant not in extension.variants:
        raise Refused("extension-not-given", f"{extension.id} is not for {variant}", variant=variant)
    new = due(extension.by, old, calendar) if extension.by is not None else None
    new = new or until
    if new is None:
        raise Refused("extension-unmeasured", "the act does not say by how long", extension=extension.id)
    if new <= old:
        raise Refused("extension-backwards", "the new deadline is not after the old one")
    return Prolonged(new, extension.is_notified)


def _printed_before(graph: Graph, n: int, times: Mapping[str, datetime]) -> list[datetime]:
    """The time of the last row above row ``n`` that is done."""
    done = [
        (one.n, one.id) for one in graph.nodes if one.told == "table" and one.n is not None and one.id in times
    ]
    above = [pair for pair in done if pair[0] < n]
    return [times[max(above)[1]]] if above else []
