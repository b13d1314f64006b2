"""A case as spans of time: which system held which step from when to when, and when the act wanted it done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.contracts import addresses
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadlines import limit_of, pending_steps, term_of
from shared.regulations.model import TimeLimit
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import GATEWAYS, ProcessState


@dataclass(frozen=True)
class CaseSpan:
    """A step from the end of the step before it to its own end.

    ``system`` is the holder of the step; ``due`` the end of the act's limit, None without a measurable one;
    ``end`` is None while the step waits. ``is_applicants``: the step waits for the applicant.
    """

    step: str
    system: str
    actor: str
    action: str
    begin: datetime
    end: datetime | None
    due: datetime | None
    limit: TimeLimit | None
    answer: str | None = None
    is_applicants: bool = False

    def is_late(self, now: datetime) -> bool:
        """Whether the step ended, or still waits, after the act's limit."""
        return self.due is not None and (self.end or now) > self.due


def list_spans(
    state: ProcessState, waiting: Iterable[str], now: datetime, calendar: WorkingCalendar
) -> list[CaseSpan]:
    """The done steps in the order of time, and then the steps for which the case waits (``waiting``)."""
    times = {step: at for step in state.answers if (at := state.done_at(step)) is not None}
    done_spans = sorted(_done_spans(state, times, calendar), key=lambda span: (span.end or now, span.begin))
    return [*done_spans, *_waiting_spans(state, waiting, times, now, calendar)]


def _done_spans(
    state: ProcessState, times: Mapping[str, datetime], calendar: WorkingCalendar
) -> Iterator[CaseSpan]:
    for step, at in times.items():
        node = state.graph.get_node(step)
        since, due = term_of(state.graph, node, times, calendar)
        yield _make_span(node, since or at, at, due, answer=state.answers[step])


def _waiting_spans(
    state: ProcessState,
    waiting: Iterable[str],
    times: Mapping[str, datetime],
    now: datetime,
    calendar: WorkingCalendar,
) -> Iterator[CaseSpan]:
    for pending in pending_steps(state.graph, waiting, times, now, calendar):
        node = state.graph.get_node(pending.node)
        yield _make_span(
            node, pending.since or now, None, pending.due, answer=None, is_applicants=pending.is_applicants
        )


def _make_span(
    node: ProcessNode,
    begin: datetime,
    end: datetime | None,
    due: datetime | None,
    *,
    answer: str | None,
    is_applicants: bool = False,
) -> CaseSpan:
    system = addresses.GATEWAY if node.holder == GATEWAYS else node.holder
    if end is not None:
        begin = min(begin, end)
    return CaseSpan(
        node.id, system, node.actor, node.action, begin, end, due, limit_of(node), answer, is_applicants
    )


def group_by_system(spans: Iterable[CaseSpan]) -> dict[str, list[CaseSpan]]:
    """The spans by their systems, in the order in which the systems first took part."""
    rows: dict[str, list[CaseSpan]] = {}
    for span in spans:
        rows.setdefault(span.system, []).append(span)
    return rows
