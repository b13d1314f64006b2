"""Whose turn it is in a case, by what its messages told ШЭП: the steps that its regulation allows now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.storage import DeliveryRow, JournalRow
from services.shep_gateway.whereabouts.message_findings import make_finding
from shared.bus.errors import BusError
from shared.bus.http.records.whereabouts import WhereaboutsFinding
from shared.bus.messages.message import MessageType
from shared.contracts import addresses
from shared.contracts.cases import DeliveryState, StepDone
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadlines import PendingStep, pending_steps
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import GATEWAYS, ProcessState

CALENDAR = WorkingCalendar()
MOST_MESSAGES = 100


@dataclass(frozen=True)
class CaseProgress:
    """What ШЭП knows of a case: its state, and the steps for which it waits, none after its end."""

    state: ProcessState
    waiting: tuple[str, ...]
    is_ended: bool


def find_waiting_steps(
    session: Session, case_id: str, book: PassportBook, now: datetime
) -> list[WhereaboutsFinding]:
    """The findings about the steps for which a case waits, or about its end; empty for what is no case.

    A step that a system takes alone is not told where the system has a message of the case: it took the step, and
    tells nobody, or the message itself lies there and is told of.
    """
    try:
        state = learn_case_state(session, case_id, book)
        return [] if state is None else list(_describe_state(state, now, _read_reached(session, case_id)))
    except (BusError, ValidationError):  # a participant may tell steps that no act has
        return []


def learn_progress(session: Session, case_id: str, book: PassportBook) -> CaseProgress | None:
    """The progress of a case; None for what is no case. Raises as ``learn_case_state`` does.

    A case has ended where its result was delivered: the steps after it are taken in the system that has the
    result, and no message tells ШЭП of them.
    """
    state = learn_case_state(session, case_id, book)
    if state is None:
        return None
    nodes = _list_pending(state, _read_reached(session, case_id))
    if any(state.graph.get_node(node).end for node in nodes) or _has_result(session, case_id):
        return CaseProgress(state, (), is_ended=True)
    return CaseProgress(state, tuple(nodes), is_ended=False)


def _has_result(session: Session, case_id: str) -> bool:
    """Whether a RESPONSE of the process, and not to a question, was delivered."""
    query = (
        select(col(JournalRow.n))
        .join(
            DeliveryRow,
            (col(DeliveryRow.sender) == col(JournalRow.sender))
            & (col(DeliveryRow.message_id) == col(JournalRow.message_id)),
        )
        .where(
            col(JournalRow.case_id) == case_id,
            col(JournalRow.event) == "ACCEPTED",
            col(JournalRow.message_type) == MessageType.RESPONSE.value,
            col(JournalRow.channel).is_not(None),
            col(DeliveryRow.state) == DeliveryState.DELIVERED.value,
        )
    )
    return session.execute(query.limit(1)).first() is not None


def learn_case_state(session: Session, case_id: str, book: PassportBook) -> ProcessState | None:
    """The state of a case by the steps that its messages told ШЭП; None for what is no case.

    Raises BusError or ValidationError where a participant told a step that no act has.
    """
    query = select(col(JournalRow.body), col(JournalRow.at)).where(
        col(JournalRow.case_id) == case_id,
        col(JournalRow.event) == "ACCEPTED",
        col(JournalRow.channel).is_not(None),
        col(JournalRow.body).is_not(None),
    )
    rows = session.execute(query.order_by(col(JournalRow.n)).limit(MOST_MESSAGES)).all()
    messages = [(_read_data(body), at) for body, at in rows]
    return _learn_state([(data, at) for data, at in messages if data is not None], book)


def _read_data(body: bytes) -> dict[str, Any] | None:
    """The data of a message of a case; None for others."""
    try:
        data = json.loads(body)["messageData"]["data"]
    except (ValueError, KeyError, TypeError):
        return None
    is_of_case = isinstance(data, dict) and isinstance(data.get("steps"), list) and "regulation" in data
    return data if is_of_case else None


def _learn_state(told: Sequence[tuple[dict[str, Any], datetime]], book: PassportBook) -> ProcessState | None:
    if not told:
        return None
    first = told[0][0]
    graph = book.get_graph(str(first["regulation"]), str(first.get("channel")), first.get("variant") or "main")
    state = ProcessState(graph)
    for data, at in told:
        steps = [StepDone.model_validate(step) for step in data["steps"]]
        state.learn_steps(steps)
        for step in steps:
            state.learn_route(step.step, at, addresses.GATEWAY)
    return state


def _read_reached(session: Session, case_id: str) -> set[str]:
    """The systems that accepted a message of the case."""
    query = select(col(DeliveryRow.recipient)).where(
        col(DeliveryRow.case_id) == case_id, col(DeliveryRow.state) == DeliveryState.DELIVERED.value
    )
    return set(session.execute(query.distinct()).scalars())


def _describe_state(state: ProcessState, now: datetime, reached: set[str]) -> Iterator[WhereaboutsFinding]:
    nodes = _list_pending(state, reached)
    if (end := next((end for node in nodes if (end := state.graph.get_node(node).end)), None)) is not None:
        yield make_finding("case-ended", outcome=state.outcome or end)
        return
    times = {step: at for step in state.answers if (at := state.done_at(step)) is not None}
    for pending in pending_steps(state.graph, nodes, times, now, CALENDAR):
        yield _describe_step(pending, state.graph)
        if pending.is_late:
            yield make_finding("step-is-late", step=pending.node, due=pending.due, late=pending.late_by)


def _list_pending(state: ProcessState, reached: set[str]) -> list[str]:
    """The steps for which the case waits, or its end, behind the steps that are taken unseen."""
    graph, answers, unseen = state.graph, dict(state.answers), list(state.allowed_nodes)
    pending: list[str] = []
    while unseen:
        pending += [node for node in unseen if not _is_taken_unseen(graph.get_node(node), reached)]
        answers |= {node: None for node in unseen if node not in pending}
        unseen = [node for node in graph.allowed_nodes(answers) if node not in pending]
    return pending


def _is_taken_unseen(node: ProcessNode, reached: set[str]) -> bool:
    """Whether a step is one of the gateways, or one that a system takes alone and has what it needs for."""
    return node.holder == GATEWAYS or (node.is_automatic and node.end is None and node.holder in reached)


def _describe_step(pending: PendingStep, graph: ProcessGraph) -> WhereaboutsFinding:
    node = graph.get_node(pending.node)
    code = "step-of-system" if node.is_automatic else "step-of-person"
    return make_finding(
        "step-of-applicant" if pending.is_applicants else code,
        None,
        pending.since,
        step=node.id,
        system=node.holder,
        actor=node.actor,
        action=node.action,
        due=pending.due,
    )
