"""Whole cases at one workplace, everybody else played by messages: every operation that an act gives to such a
system is taken at least once, and the case sends what the passport says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from shared.bus.messages.message import MessageContract, MessageType
from shared.casework.runner import REGISTERS
from shared.contracts.cases import CaseResult, DecisionOutcome, StatusChanged, StatusNotice
from shared.contracts.registers import PersonAnswer, PersonRecord
from shared.regulations.process.graph import MessageRule, ProcessNode
from shared.regulations.process.process_state import ProcessState
from tests.pki.pki_centre import IIN
from tests.workplace.kit import WORKPLACES, profile
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace, book

PLAYED = (
    ("is_mio", "KZ-YUZ.1", "provider", "main"),
    ("is_con", "KZ-YUZ.3", "con", "main"),
    ("gbd_elicense", "KZ-ATY.2", "portal", "employer-issue"),
    ("is_con", "KZ-AKM.2", "con", "main"),
    ("is_mio", "KZ-AKM.2", "akim", "main"),
    ("is_con", "KZ-ATY.6", "con", "main"),
    ("is_con", "KZ-ATY.19", "con", "decision"),
)
"""A workplace and the case that is played there."""
KNOWN = PersonAnswer(
    person=PersonRecord(
        iin=IIN,
        surname="Ахметов",
        name="Нұрлан",
        birth_date=date(1985, 1, 1),
        sex="M",
        region="KZ-ATY",
        address="Атырау",
        is_alive=True,
    )
)


def test_played_cases_have_every_operation_that_acts_give_to_workplaces() -> None:
    held = {
        node.op
        for _, graph in book().all_graphs()
        for node in graph.nodes
        if node.op is not None
        and node.end is None
        and any(node.holder in profile(name).systems for name in WORKPLACES)
    }
    played = {node.op for name, *case in PLAYED for node in own_nodes(name, *case)}
    assert played - {None} == held


def own_nodes(name: str, regulation: str, channel: Any, variant: str) -> Iterator[ProcessNode]:
    graph = book().get_graph(regulation, channel, variant)
    return (node for node in graph.nodes if node.holder in profile(name).systems and node.end is None)


@pytest.mark.parametrize(("name", "regulation", "channel", "variant"), PLAYED)
def test_case_is_worked_to_its_end_and_tells_what_the_act_tells(
    open_workplace: OpenWorkplace, name: str, regulation: str, channel: str, variant: str
) -> None:
    desk = open_workplace(name, regulation)
    if channel in desk.profile.takes:
        case = desk.take_in(channel, variant=variant)
    else:
        case = desk.receive(channel, variant=variant)
    while go_on(desk, case):
        pass
    final = state_of(desk, case)
    assert desk.kinds(case) == expected_messages(desk, final)
    assert desk.case(case).stage == "completed"


def state_of(desk: Workplace, case: str) -> ProcessState:
    known = desk.case(case)
    return ProcessState(desk.graph(known), known.steps)


def is_own(desk: Workplace, node: ProcessNode) -> bool:
    return node.holder in desk.profile.systems


def go_on(desk: Workplace, case: str) -> bool:
    """Answer a query, or have an employee or another system take a step; False when no step is possible."""
    for row in desk.queries(case).values():
        if row.register_ == "nr_iin" and row.answer is None:
            desk.hear(row.id, KNOWN, row.step, "nr_iin")
            return True
    state = state_of(desk, case)
    if desk.todo(case):
        node = state.graph.get_node(desk.todo(case)[0])
        desk.act(case, node.id, good_answer(node))
        return True
    return play_other(desk, case, state, others_next(desk, state))


def good_answer(node: ProcessNode) -> str | None:
    return node.chooses[0] if node.chooses else None


def play_other(desk: Workplace, case: str, state: ProcessState, node: ProcessNode | None) -> bool:
    """Let other systems take steps until one reports a step to this workplace; False when none ever does."""
    lines: list[str] = []
    while node is not None:
        lines.append(f"{node.id} {good_answer(node) or ''}".strip())
        state.take_step(node.id, desk.now, node.holder, good_answer(node))
        for rule in state.messages_sent_by(node.id):
            if desk.profile.systems.intersection(rule.to):
                desk.hear(case, message_of(desk, case, lines, rule), node.id, node.holder)
                return True
        node = others_next(desk, state)
    return False


def others_next(desk: Workplace, state: ProcessState) -> ProcessNode | None:
    allowed = map(state.graph.get_node, state.allowed_nodes)
    return next((node for node in allowed if node.end is None and not is_own(desk, node)), None)


def message_of(desk: Workplace, case: str, lines: list[str], rule: MessageRule) -> MessageContract:
    fields = desk.common(case, *lines)
    if rule.kind == "RESPONSE":
        outcome = DecisionOutcome.POSITIVE
        return CaseResult.model_construct(
            **fields, number=None, outcome=outcome, document=None, reason=None, status=None
        )
    return (StatusChanged if rule.kind == "UPDATE" else StatusNotice)(**fields, authority="a")


def expected_messages(desk: Workplace, state: ProcessState) -> list[str]:
    """The messages that the passport binds to this workplace's steps of the case, in their order."""
    done = sorted(state.done_steps, key=lambda step: step.at)
    own = [step.step for step in done if is_own(desk, state.graph.get_node(step.step))]
    return [
        f"{MessageType(rule.kind).value} {step}"
        for step in own
        for rule in state.messages_sent_by(step)
        if not REGISTERS.issuperset(rule.to)
    ]
