"""Taking a case, and giving it back: while an employee has a case, nobody else of the same role acts in it."""

from __future__ import annotations

from shared.bus.errors import Conflict
from shared.regulations.model import EmployeeRole
from shared.workplace.assignments.turns import roles_of_turn, turn_of
from shared.workplace.records.case_record import FREE
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession

HEADS = frozenset({EmployeeRole.HEAD, EmployeeRole.DEPUTY, EmployeeRole.AKIM})
"""The roles that answer for an office: they see its load, and give back a case in another's place."""


def take_case(case_session: WorkplaceCaseSession, employee: EmployeeRow) -> None:
    """Assign a case to an employee for whose role a step of the case waits; again for the same employee is no
    change.

    Refused ``other-authority``; Conflict ``nothing-to-take``, and ``case-taken`` while another employee has it.
    """
    case_session.check_place(employee)
    turn = turn_of(case_session.case.stage, case_session.waiting_steps())
    if EmployeeRole(employee.role) not in roles_of_turn(turn):
        raise Conflict("nothing-to-take", "no step of the case waits for the employee")
    if case_session.case.assignee not in (FREE, employee.iin):
        raise Conflict("case-taken", "another employee has taken the case")
    case_session.assign(employee.iin)


def give_back(case_session: WorkplaceCaseSession, employee: EmployeeRow) -> None:
    """Free a case that this employee has taken, or as the head of the office a case of anybody.

    Refused ``other-authority``; Conflict ``case-not-taken``.
    """
    case_session.check_place(employee)
    is_own = case_session.case.assignee == employee.iin
    if case_session.case.assignee == FREE or not (is_own or employee.role in HEADS):
        raise Conflict("case-not-taken", "the employee has not taken the case")
    case_session.assign(FREE)


def keep_case(case_session: WorkplaceCaseSession, employee: EmployeeRow) -> None:
    """Assign a free case to the employee who has just taken a step of it, if the next step waits for the same
    role.
    """
    turn = turn_of(case_session.case.stage, case_session.waiting_steps())
    is_place = case_session.case.place == employee.authority
    if is_place and case_session.case.assignee == FREE and EmployeeRole(employee.role) in roles_of_turn(turn):
        case_session.assign(employee.iin)
