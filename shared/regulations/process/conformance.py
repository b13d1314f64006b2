"""Conformance of a journal with the act: each step in its turn, by its holder, in its time.

The check is a pure function of a graph and of the done steps, from whatever source the steps come.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.bus.errors import BusError, Conflict, Malformed, NotFound
from shared.contracts.addresses import GATEWAY, is_regional_gateway, system_address
from shared.contracts.cases import StepDone
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import GATEWAYS, ProcessState

FindingKind = Literal["unknown", "repeated", "out-of-order", "answer-unknown", "not-held", "late", "missing"]

DueRule = Callable[[ProcessNode, datetime], datetime | None]
"""A rule that gives the deadline of a step from the moment at which its time began; None for a step without
one.
"""


@dataclass(frozen=True)
class ConformanceFinding:
    """A place where a journal and the act disagree.

    ``missing`` holds the steps that were not done yet (out-of-order), ``by`` the address that did another holder's
    step (not-held), ``late_by`` the excess over the limit (late).
    """

    kind: FindingKind
    step: str
    at: datetime | None = None
    missing: tuple[str, ...] = ()
    by: str | None = None
    late_by: timedelta | None = None


def due_by_the_clock(node: ProcessNode, since: datetime) -> datetime | None:
    """The due rule of limits in minutes and hours, which need no calendar; ``deadlines.due_by_the_calendar``
    covers all units.
    """
    duration = node.limit.duration if node.limit is not None else None
    return None if duration is None else since + duration


def check_conformance(
    graph: ProcessGraph,
    journal: Sequence[StepDone],
    *,
    is_finished: bool = True,
    due_rule: DueRule = due_by_the_clock,
    stand_ins: Collection[str] = (),
) -> list[ConformanceFinding]:
    """The findings where ``journal`` departs from the act; steps of one moment may stand in any order.

    A step is late after the moment that ``due_rule`` gives, counted from the last step before it: before by our
    order or, in a table, by print. ``stand_ins`` are addresses that may act for any provider. With ``is_finished``
    False an unfinished case is no fault; otherwise the steps for which the case waits are ``missing``. Findings
    come in the order of the journal, missing steps last.
    """
    process_state = ProcessState(graph)
    findings: list[ConformanceFinding] = []
    waiting = sorted(journal, key=lambda step: step.at)
    while waiting:
        step = _next_step(process_state, waiting)
        waiting.remove(step)
        findings += _judge_step(process_state, step, due_rule, stand_ins)
    if is_finished and process_state.end_node is None:
        findings += [ConformanceFinding("missing", node_id) for node_id in process_state.allowed_nodes]
    return findings


def _next_step(process_state: ProcessState, waiting: Sequence[StepDone]) -> StepDone:
    """The earliest step; among steps of one moment, the first that is allowed."""
    simultaneous_steps = [step for step in waiting if step.at == waiting[0].at]
    return next(
        (step for step in simultaneous_steps if step.step in process_state.allowed_nodes), simultaneous_steps[0]
    )


def _judge_step(
    process_state: ProcessState, step: StepDone, due_rule: DueRule, stand_ins: Collection[str]
) -> Iterator[ConformanceFinding]:
    times = _step_times(process_state)
    try:
        node = process_state.check_step(step.step, step.answer)
    except BusError as error:
        yield _finding_of_error(error, step)
        if isinstance(error, Conflict) and step.step not in process_state.answers:
            process_state.learn_steps([step])  # a finding for one step must not repeat for its successors
        return
    if not _is_holder(node, step.by, stand_ins):
        yield ConformanceFinding("not-held", step.step, step.at, by=step.by)
    since = _step_began_at(process_state.graph, node, times)
    end = due_rule(node, since) if since is not None else None
    if end is not None and step.at > end:
        yield ConformanceFinding("late", step.step, step.at, late_by=step.at - end)
    process_state.take_step(step.step, step.at, step.by, step.answer)


def _finding_of_error(error: BusError, step: StepDone) -> ConformanceFinding:
    if isinstance(error, NotFound):
        return ConformanceFinding("unknown", step.step, step.at)
    if isinstance(error, Malformed):
        return ConformanceFinding("answer-unknown", step.step, step.at)
    if error.code == "step-already-done":
        return ConformanceFinding("repeated", step.step, step.at)
    return ConformanceFinding("out-of-order", step.step, step.at, missing=tuple(error.details["missing"]))


def _is_holder(node: ProcessNode, by: str, stand_ins: Collection[str]) -> bool:
    """Whether the address ``by`` is the step's holder; both ШЭП and РШЭП are the act's «шлюзы»."""
    if node.holder == GATEWAYS:
        return by == GATEWAY or is_regional_gateway(by)
    return by == system_address(node.holder) or by in stand_ins


def _step_times(process_state: ProcessState) -> Mapping[str, datetime]:
    return {node_id: at for node_id in process_state.answers if (at := process_state.done_at(node_id)) is not None}


def _step_began_at(graph: ProcessGraph, node: ProcessNode, times: Mapping[str, datetime]) -> datetime | None:
    """When the time of a step began; rows above count too, so that a case handled line by line is never late."""
    starts = [
        times[transition.source] for transition in graph.transitions_into(node.id) if transition.source in times
    ]
    if starts and node.origin == "table" and node.n is not None:
        earlier_rows = (
            table_node.id
            for table_node in graph.nodes
            if table_node.origin == "table" and (table_node.n or node.n) < node.n
        )
        starts += [times[node_id] for node_id in earlier_rows if node_id in times]
    return max(starts, default=None)
