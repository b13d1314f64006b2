"""The deadlines of the steps that wait at a workplace, stored with the case; and its extended deadlines.

The deadlines are computed whenever the case is written (``shared.regulations.deadlines``), so that the monitor
only reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadlines import pending_steps
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.workplace.records.case_record import WaitingStep, WorkplaceCase
from shared.workplace.records.stages import CaseStage

CALENDAR = WorkingCalendar()


def waits_of(
    process_state: ProcessState, nodes: Iterable[ProcessNode], case: WorkplaceCase, now: datetime
) -> tuple[WaitingStep, ...]:
    """The waiting steps among ``nodes`` (all allowed now) with their deadlines, and the contributions that the
    applicant sends from elsewhere for a step here; empty for a case that is only watched.
    """
    here = {node.id: node for node in (*nodes, *_sent_here(process_state, case.systems))}
    if case.stage == CaseStage.WATCHED or not here:
        return ()
    times = {
        node_id: at for node_id in process_state.answers if (at := process_state.done_at(node_id)) is not None
    }
    extended = {extension.step: extension.due for extension in case.extensions}
    step_outlooks = pending_steps(process_state.graph, here, times, now, CALENDAR, extended)
    return tuple(
        WaitingStep(outlook.node, here[outlook.node].holder, outlook.since, outlook.due, outlook.is_applicants)
        for outlook in step_outlooks
    )


def _sent_here(process_state: ProcessState, systems: frozenset[str]) -> Iterator[ProcessNode]:
    """The contributions that the applicant sends from another system for a step of these systems."""
    for node in map(process_state.graph.get_node, process_state.allowed_nodes):
        if node.wait is not None and node.holder not in systems:
            following = (
                process_state.graph.get_node(transition.target)
                for transition in process_state.graph.transitions_from(node.id)
            )
            if any(successor.holder in systems for successor in following):
                yield node


def first_due(waits: Iterable[WaitingStep]) -> datetime | None:
    """The earliest deadline of the authority; None without one."""
    return min((wait.due for wait in waits if wait.due is not None and not wait.is_applicants), default=None)
