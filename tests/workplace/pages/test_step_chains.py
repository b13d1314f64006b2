"""One confirmation of an employee takes the steps up to the decision and its signature."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus.errors import Conflict
from shared.contracts.cases import DecisionOutcome
from shared.workplace.records.case_record import NOBODY
from shared.workplace.records.decisions import Decision
from shared.workplace.steps.work.step_chains import preview_chain, take_chain
from tests.workplace.assignments.office_kit import colleague
from tests.workplace.steps.desk import Workplace
from tests.workplace.steps.test_every_operation import state_of


@pytest.fixture
def mio(tmp_path: Path) -> Iterator[Workplace]:
    workplace = Workplace.open(tmp_path, "is_mio", "KZ-YUZ.3")
    yield workplace
    workplace.database.dispose()


def test_chain_grants_and_signs_in_one_act(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    after = mio.work_on(case, lambda session: take_chain(session, me, "granted", None))
    assert (after.outcome, after.turn) == ("positive", NOBODY)
    assert mio.output(case)[1] == me.iin


def test_chain_refuses_with_the_reason_of_the_employee(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    decision = Decision(DecisionOutcome.NEGATIVE, "срок истёк", "мерзімі өткен")
    mio.work_on(case, lambda session: take_chain(session, me, "refused", decision))
    output, _ = mio.output(case)
    assert output.reason == "срок истёк"
    assert "мерзімі өткен" in (output.text_kk or "")


def test_preview_names_the_steps_that_the_chain_takes(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    previewed = preview_chain(state_of(mio, case), {"is_mio"}, me.role, "granted")
    before = set(mio.steps(case))
    mio.work_on(case, lambda session: take_chain(session, me, "granted", None))
    taken = [step for step in mio.steps(case) if step not in before and step in {node.id for node in previewed}]
    assert sorted(taken) == sorted(node.id for node in previewed) == sorted(["t5", "t6", "t11", "t12"])


def test_chain_of_another_role_is_empty_and_taken_by_nobody(mio: Workplace) -> None:
    case, head = mio.receive("portal"), colleague(mio, role="head")
    assert preview_chain(state_of(mio, case), {"is_mio"}, "head", "granted") == []
    with pytest.raises(Conflict) as caught:
        mio.work_on(case, lambda session: take_chain(session, head, "granted", None))
    assert caught.value.code == "step-out-of-order"


def test_chain_after_the_decision_is_no_decision_any_more(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    mio.act(case, "t5")
    mio.act(case, "t6", "granted")
    assert preview_chain(state_of(mio, case), {"is_mio"}, me.role, "refused") == []
