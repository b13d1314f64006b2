"""When the steps that wait at a workplace are due, kept with the case; and its extended deadlines.

The moments are reckoned whenever the case is put back (``shared.regulations.deadlines``): the monitor reads them
and runs no calendar.
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
    """The steps among these ``nodes``, all of which may be taken now, with their deadlines, and what the applicant
    shall send from elsewhere for a step here; none for a case that is only watched."""
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
    """What the applicant shall send from another system, for a step of these."""
    for node in map(process_state.graph.get_node, process_state.allowed_nodes):
        if node.wait is not None and node.holder not in systems:
            following = (
                process_state.graph.get_node(transition.target)
                for transition in process_state.graph.transitions_from(node.id)
            )
            if any(successor.holder in systems for successor in following):
                yield node


def first_due(waits: Iterable[WaitingStep]) -> datetime | None:
    """When the authority must act at the latest to be late with nothing."""
    return min((wait.due for wait in waits if wait.due is not None and not wait.is_applicants), default=None)
