"""An employee takes a case, and nobody else of the role acts in it until it is given back or goes on."""

from __future__ import annotations

import pytest

from shared.bus.errors import Conflict
from shared.workplace.clerks.clerk_office import ClerkOffice
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import ClerkRule, ClerkRules
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.records.case_record import FREE, NOBODY
from shared.workplace.steps.work import assigning
from tests.workplace.assignments.office_kit import HEAD, colleague, take
from tests.workplace.steps.desk import Workplace


def test_new_case_is_free_and_waits_for_the_role_of_the_act(mio: Workplace) -> None:
    case = mio.case(mio.receive("portal"))
    assert (case.turn, case.assignee, case.turn_at) == ("employee", FREE, case.due_at)


def test_application_of_the_portal_tells_the_name_of_its_signer(mio: Workplace) -> None:
    assert mio.case(mio.receive("portal")).applicant_name == "АХМЕТОВ НҰРЛАН БОЛАТҰЛЫ"


def test_taken_case_stays_with_its_employee_while_the_turn_is_of_the_role(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    assert take(mio, case, me).assignee == me.iin
    mio.act(case, "t5")
    assert mio.act(case, "t6", "granted").assignee == me.iin
    mio.act(case, "t11")
    after = mio.act(case, "t12")
    assert (after.turn, after.assignee) == (NOBODY, FREE)


def test_second_employee_of_the_role_takes_neither_the_case_nor_its_step(mio: Workplace) -> None:
    case, other = mio.receive("portal"), colleague(mio)
    take(mio, case, mio.employee())
    with pytest.raises(Conflict) as caught:
        take(mio, case, other)
    assert caught.value.code == "case-taken"
    with pytest.raises(Conflict) as refused:
        mio.act(case, "t5", by=other)
    assert refused.value.code == "case-taken"


def test_case_given_back_is_free_for_the_next(mio: Workplace) -> None:
    case, me, other = mio.receive("portal"), mio.employee(), colleague(mio)
    take(mio, case, me)
    mio.work_on(case, lambda session: assigning.give_back(session, me))
    assert take(mio, case, other).assignee == other.iin


def test_case_of_another_employee_is_freed_by_the_head_only(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    other, head = colleague(mio), colleague(mio, HEAD, "head")
    take(mio, case, me)
    with pytest.raises(Conflict) as caught:
        mio.work_on(case, lambda session: assigning.give_back(session, other))
    assert caught.value.code == "case-not-taken"
    assert mio.work_on(case, lambda session: assigning.give_back(session, head)).assignee == FREE


def test_case_in_which_nothing_waits_for_the_role_is_not_taken(mio: Workplace) -> None:
    case, head = mio.receive("portal"), colleague(mio, HEAD, "head")
    with pytest.raises(Conflict) as caught:
        take(mio, case, head)
    assert caught.value.code == "nothing-to-take"


def test_step_taken_keeps_a_free_case_with_its_employee(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    mio.act(case, "t5")
    assert mio.work_on(case, lambda session: assigning.keep_case(session, me)).assignee == me.iin


def test_clerks_leave_a_taken_case_alone_until_it_is_given_back(mio: Workplace) -> None:
    case, me = mio.receive("portal"), mio.employee()
    take(mio, case, me)
    mio.resources[ClerkOffice] = ClerkOffice(ClerkRules(ClerkRule(policy=ClerkPolicy.INSTANT)))
    mio.work_on(case, settle_case)
    assert mio.todo(case) == ["t5"]
    mio.work_on(case, lambda session: assigning.give_back(session, me))
    mio.work_on(case, settle_case)
    assert mio.case(case).turn == NOBODY


def test_clerks_leave_the_steps_of_a_played_role_to_people(mio: Workplace) -> None:
    rule = ClerkRule.model_validate({"policy": "instant", "played_roles": ["employee"]})
    mio.resources[ClerkOffice] = ClerkOffice(ClerkRules(rule))
    case = mio.receive("portal")
    mio.work_on(case, settle_case)
    assert mio.todo(case) == ["t5"]
