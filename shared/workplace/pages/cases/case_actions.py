"""What an employee may do in a case now, and why everything else is absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.regulations.translations import text_in
from shared.workplace.assignments.turns import roles_of_turn
from shared.workplace.pages.site import WORDS, name_role
from shared.workplace.records.case_record import FREE, WorkplaceCase
from shared.workplace.records.decisions import REFUSING
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.work.assigning import HEADS
from shared.workplace.steps.work.step_chains import DECIDING, is_decision, preview_chain


@dataclass(frozen=True)
class CaseAction:
    """A button: where it leads, its title, what the act calls the step, its tone. ``is_form``: it acts at once."""

    path: str
    title: str
    remark: str = ""
    tone: str = ""
    is_form: bool = False


@dataclass(frozen=True)
class AbsentAction:
    """A step that the act allows now and this employee may not take, and why."""

    action: str
    reason: str


@dataclass(frozen=True)
class CaseActions:
    """Everything an employee may do in a case: the steps, and beside them what does not advance the case."""

    steps: tuple[CaseAction, ...]
    others: tuple[CaseAction, ...]
    absent: tuple[AbsentAction, ...]


@dataclass(frozen=True)
class ActionViewer:
    """Who looks at the actions of a case: the employee, the names of the colleagues by ИИН, the language, and the
    page of a case at a window where the workplace has one.
    """

    employee: EmployeeRow
    names: Mapping[str, str]
    tag: str
    window_path: str = ""

    def say(self, code: str, **values: str) -> str:
        return WORDS[code][self.tag].format(**values)


def describe_actions(
    case: WorkplaceCase, graph: ProcessGraph, viewer: ActionViewer, *, has_refused_result: bool = False
) -> CaseActions:
    """The actions of an employee of the office at which the case is."""
    state = ProcessState(graph, case.steps)
    is_over = case.stage == CaseStage.COMPLETED
    nodes = [node for node in map(graph.get_node, state.allowed_nodes) if node.end is None and not is_over]
    allowed = [node for node in nodes if explain_absence(case, node, viewer) is None]
    reasons = ((node, explain_absence(case, node, viewer)) for node in nodes)
    return CaseActions(
        steps=(*_chain_actions(case, state, viewer, allowed), *_step_actions(case, allowed, viewer)),
        others=tuple(_other_actions(case, allowed, viewer, has_refused_result=has_refused_result)),
        absent=tuple(
            AbsentAction(text_in(viewer.tag, node.action), reason)
            for node, reason in reasons
            if reason is not None
        ),
    )


def explain_absence(case: WorkplaceCase, node: ProcessNode, viewer: ActionViewer) -> str | None:
    """Why this employee may not take a step that is allowed now; None for a step that the employee may take."""
    if node.holder not in case.systems:
        if node.holder == "portal_pep" or node.wait is not None:
            return viewer.say("absent-applicant")
        return viewer.say("absent-elsewhere", system=viewer.say(f"system-{node.holder.replace('_', '-')}"))
    if node.is_automatic:
        return viewer.say("absent-automatic")
    if viewer.employee.role not in node.roles:
        roles = ", ".join(sorted(name_role(role, viewer.tag) for role in node.roles))
        return viewer.say("absent-role", roles=roles, own=name_role(viewer.employee.role, viewer.tag))
    if _is_taken_by_other(case, viewer):
        return viewer.say("absent-taken", name=viewer.names.get(case.assignee, ""))
    return None


def _is_taken_by_other(case: WorkplaceCase, viewer: ActionViewer) -> bool:
    return case.assignee not in (FREE, viewer.employee.iin)


def _chain_actions(
    case: WorkplaceCase, state: ProcessState, viewer: ActionViewer, allowed: list[ProcessNode]
) -> Iterator[CaseAction]:
    """The two decisions that the employee may give from here, with the steps that belong to them."""
    for answer in DECIDING if allowed else ():
        chain = preview_chain(state, case.systems, viewer.employee.role, answer)
        if chain:
            is_signed = any(node.is_sealing for node in chain)
            code = f"decide-{answer}-signed" if is_signed else f"decide-{answer}"
            tone = "" if answer == "granted" else "danger"
            yield CaseAction(f"cases/{case.case_id}/decision/{answer}", viewer.say(code), tone=tone)


def _step_actions(case: WorkplaceCase, allowed: list[ProcessNode], viewer: ActionViewer) -> Iterator[CaseAction]:
    """A button for each answer of each step that the employee may take; the decisions have their own."""
    for node in allowed:
        if is_decision(node):
            continue
        path = f"cases/{case.case_id}/steps/{node.id}"
        remark = text_in(viewer.tag, node.action)
        if viewer.window_path and (node.op == "hand_over" or node.kind == "wait"):
            window = viewer.window_path.format(case=case.case_id)
            yield CaseAction(window, viewer.say("hand-over-at-window"), remark)
            continue
        if not node.chooses:
            yield CaseAction(path, name_operation(node, viewer.tag), remark, "quiet")
        for answer in node.chooses:
            title, tone = name_answer(answer, viewer.tag), "danger" if answer in REFUSING else "quiet"
            yield CaseAction(f"{path}?answer={answer}", title, remark, tone)


def _other_actions(
    case: WorkplaceCase, allowed: list[ProcessNode], viewer: ActionViewer, *, has_refused_result: bool
) -> Iterator[CaseAction]:
    """Taking and giving back, the extension of a deadline, sending a result again."""
    path = f"cases/{case.case_id}"
    is_turn = viewer.employee.role in roles_of_turn(case.turn)
    if case.assignee == FREE and is_turn and not any(node.op == "accept" for node in allowed):
        yield CaseAction(f"{path}/take", viewer.say("take"), viewer.say("take-remark"), "quiet", is_form=True)
    if case.assignee == viewer.employee.iin or (case.assignee != FREE and viewer.employee.role in HEADS):
        yield CaseAction(f"{path}/give-back", viewer.say("give-back"), "", "quiet", is_form=True)
    if any(node.extensions for node in allowed):
        yield CaseAction(f"{path}/extension", viewer.say("extend"), "", "quiet")
    if has_refused_result:
        yield CaseAction(f"{path}/resend", viewer.say("resend"), viewer.say("resend-remark"), "quiet")


def name_operation(node: ProcessNode, tag: str) -> str:
    """The title of a step's button by its operation."""
    code = f"op-{(node.op or 'note').replace('_', '-')}"
    return WORDS[code if code in WORDS else "op-note"][tag]


def name_answer(answer: str, tag: str) -> str:
    """The title of an answer's button."""
    return WORDS[f"answer-{answer}"][tag]
