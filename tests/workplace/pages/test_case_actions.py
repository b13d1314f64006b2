"""The buttons of a case are the steps that the passport allows now to this employee, in every played case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.workplace.pages.cases.case_actions import ActionViewer, CaseActions, describe_actions
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.work import assigning
from shared.workplace.steps.work.step_chains import is_decision
from tests.workplace.assignments.office_kit import colleague, take
from tests.workplace.steps.desk import Workplace
from tests.workplace.steps.test_every_operation import PLAYED, go_on, state_of

TAGS = ("ru", "kk", "en")


@pytest.fixture
def mio(tmp_path: Path) -> Iterator[Workplace]:
    workplace = Workplace.open(tmp_path, "is_mio", "KZ-YUZ.3")
    yield workplace
    workplace.database.dispose()


def actions_of(desk: Workplace, case: str, employee: EmployeeRow, tag: str = "ru") -> CaseActions:
    known = desk.case(case)
    return describe_actions(known, desk.graph(known), ActionViewer(employee, {}, tag))


def offered_steps(desk: Workplace, case: str, employee: EmployeeRow) -> set[str]:
    """The steps to which the buttons of an employee lead; a decision stands for the deciding step."""
    paths = [action.path for action in actions_of(desk, case, employee).steps]
    return {path.split("/steps/")[1].split("?")[0] for path in paths if "/steps/" in path}


@pytest.mark.parametrize(("name", "regulation", "channel", "variant"), PLAYED)
def test_buttons_of_every_employee_are_the_steps_that_the_api_would_take(
    tmp_path: Path, name: str, regulation: str, channel: str, variant: str
) -> None:
    desk = Workplace.open(tmp_path, name, regulation)
    is_own = channel in desk.profile.takes
    case = desk.take_in(channel, variant=variant) if is_own else desk.receive(channel, variant=variant)
    goes_on = True
    while goes_on:
        check_buttons(desk, case)
        goes_on = go_on(desk, case)
    desk.database.dispose()


def check_buttons(desk: Workplace, case: str) -> None:
    known, state = desk.case(case), state_of(desk, case)
    nodes = (
        [state.graph.get_node(node_id) for node_id in state.allowed_nodes] if known.stage != "completed" else []
    )
    staff = [row for row in desk.read(storage.all_employees) if row.authority == known.place]
    for employee in staff:
        mine = {
            node.id
            for node in nodes
            if employee.role in node.roles and node.holder in known.systems and not node.is_automatic
        }
        plain = {node_id for node_id in mine if not is_decision(state.graph.get_node(node_id))}
        assert offered_steps(desk, case, employee) == plain
        for tag in TAGS:
            actions = actions_of(desk, case, employee, tag)
            assert len(actions.absent) == len([node for node in nodes if node.end is None]) - len(mine)
            assert all(item.reason and item.action for item in actions.absent)
            assert all(action.title for action in actions.steps)


def test_decision_is_offered_before_its_first_step_with_all_steps_of_the_employee(mio: Workplace) -> None:
    case = mio.receive("portal")
    paths = [action.path for action in actions_of(mio, case, mio.employee()).steps]
    assert paths == [
        f"cases/{case}/decision/granted",
        f"cases/{case}/decision/refused",
        f"cases/{case}/steps/t5",
    ]


def test_other_role_reads_to_whom_the_act_gives_the_step(mio: Workplace) -> None:
    head = colleague(mio, role="head")
    (reason,) = {
        item.reason for item in actions_of(mio, mio.receive("portal"), head).absent if "рол" in item.reason
    }
    assert "сотрудник" in reason
    assert "руководитель" in reason


def test_colleague_reads_who_has_taken_the_case(mio: Workplace) -> None:
    case, me, other = mio.receive("portal"), mio.employee(), colleague(mio)
    take(mio, case, me)
    known = mio.case(case)
    viewer = ActionViewer(other, {me.iin: "Асанова Дана"}, "ru")
    actions = describe_actions(known, mio.graph(known), viewer)
    assert actions.steps == ()
    assert any("Асанова Дана" in item.reason for item in actions.absent)


def test_taker_may_give_back_and_nobody_else_but_the_head(mio: Workplace) -> None:
    case, me, other = mio.receive("portal"), mio.employee(), colleague(mio)
    take(mio, case, me)
    assert [action.path for action in actions_of(mio, case, me).others] == [f"cases/{case}/give-back"]
    assert actions_of(mio, case, other).others == ()
    mio.work_on(case, lambda session: assigning.give_back(session, me))
    assert actions_of(mio, case, me).others == ()
