"""The steps that one employee takes in a row up to a decision and its signature: one act of a person, several
steps of the regulation.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from shared.bus.errors import Conflict
from shared.regulations.model import StepOperation
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.operations import take_step
from shared.workplace.steps.records.record_kinds import find_form
from shared.workplace.steps.step_context import WorkplaceContext

DECIDING = ("granted", "refused")
PLAIN: frozenset[StepOperation] = frozenset({"accept", "receive", "review", "issue", "sign", "approve"})
"""The steps that ask nothing of their employee but to take them."""
MOST_STEPS = 20


def is_decision(node: ProcessNode) -> bool:
    """Whether a person grants or refuses at the step; a commission only recommends."""
    return node.op == "decide" and node.chooses == DECIDING


def preview_chain(state: ProcessState, systems: Set[str], role: str, answer: str) -> list[ProcessNode]:
    """The steps that an employee of this role would take in a row to give this answer, the deciding one among
    them; empty where the employee decides nothing from here. Automatic steps between them are taken as given.
    """
    trial = ProcessState(state.graph, state.done_steps)
    chain: list[ProcessNode] = []
    for _ in range(MOST_STEPS):
        nodes = [trial.graph.get_node(node_id) for node_id in trial.allowed_nodes]
        here = [node for node in nodes if node.holder in systems and node.end is None]
        node = next((node for node in here if node.is_automatic), None) or _next_plain(
            trial.graph, here, role, is_decided=_has_decision(chain)
        )
        if node is None:
            break
        moment = max((step.at for step in trial.done_steps), default=None)
        if moment is None:
            break
        trial.take_step(node.id, moment, node.holder, answer if is_decision(node) else _first_answer(node))
        if not node.is_automatic:
            chain.append(node)
    return chain if _has_decision(chain) else []


def take_chain(
    case_session: WorkplaceCaseSession,
    employee: EmployeeRow,
    answer: str,
    decision: Decision | None,
    result: str | None = None,
    *,
    is_own_key: bool = False,
) -> None:
    """Take the steps of ``preview_chain`` as far as the employee may; ``result`` is chosen with the decision. With
    ``is_own_key`` the chain stops before the first step that the employee signs, which waits for the signature.

    Conflict ``step-out-of-order`` where the case waits for no decision of the employee any more, and the errors of
    ``take_step``.
    """
    is_decided, step_count = False, 0
    while step_count < MOST_STEPS:
        mine = [node for node in case_session.waiting_steps() if case_session.may_take(employee, node)]
        node = _next_plain(case_session.graph, mine, employee.role, is_decided=is_decided)
        if node is None:
            break
        if is_own_key and is_signed_step(case_session.graph, node):
            return
        is_deciding = is_decision(node)
        context = WorkplaceContext(
            answer if is_deciding else None,
            employee,
            decision if is_deciding and answer in REFUSING else None,
            result=result if is_deciding else None,
        )
        take_step(case_session, node.id, context)
        is_decided, step_count = is_decided or is_deciding, step_count + 1
    if not is_decided:
        raise Conflict("step-out-of-order", "no decision of the employee waits in the case")


def is_signed_step(graph: ProcessGraph, node: ProcessNode) -> bool:
    """Whether the employee of the step signs: the output document, a visitor's application, the act's record."""
    return node.is_sealing or node.op == "sign" or find_form(graph, node) is not None


def _next_plain(
    graph: ProcessGraph, nodes: Iterable[ProcessNode], role: str, *, is_decided: bool
) -> ProcessNode | None:
    """The next step of the role that asks for nothing, or before the decision the deciding one. A step with a
    record to fill in asks for something.
    """
    for node in nodes:
        is_deciding = is_decision(node)
        is_plain = node.op in PLAIN and not node.chooses and not _is_filled_in(graph, node)
        if role in node.roles and (is_deciding or is_plain):
            return None if is_deciding and is_decided else node
    return None


def _is_filled_in(graph: ProcessGraph, node: ProcessNode) -> bool:
    form = find_form(graph, node)
    return form is not None and bool(form.fields)


def _has_decision(chain: Iterable[ProcessNode]) -> bool:
    return any(map(is_decision, chain))


def _first_answer(node: ProcessNode) -> str | None:
    return node.chooses[0] if node.chooses else None
