"""Employees of one office, and cases in numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.regulations.model import EmployeeRole
from shared.workplace.records import storage
from shared.workplace.records.case_record import FREE, NOBODY, WITHOUT_DEADLINE, WorkplaceCase
from shared.workplace.records.storage import CASES, EmployeeRow
from shared.workplace.steps.work import assigning
from tests.pki.pki_centre import NOW
from tests.workplace.steps.desk import Workplace

SECOND = "990101300019"
HEAD = "990101300028"


def colleague(desk: Workplace, iin: str = SECOND, role: str = "employee") -> EmployeeRow:
    """One more employee at the office of the first."""
    first = desk.employee()
    row: dict[str, Any] = {**first.model_dump(), "iin": iin, "role": role, "surname": "Второй"}
    desk.write(lambda uow: uow.session.add(EmployeeRow(**row)))
    found = desk.read(lambda session: storage.get_employee(session, iin))
    assert found is not None
    desk._give_key(found)
    return found


def take(desk: Workplace, case: str, by: EmployeeRow) -> WorkplaceCase:
    return desk.work_on(case, lambda session: assigning.take_case(session, by))


def store(desk: Workplace, *cases: WorkplaceCase) -> None:
    """Write these cases as they are."""

    def write(uow: Any) -> None:
        for case in cases:
            uow.hot_rows(CASES).put(case)

    desk.write(write)


def waiting(
    n: int, place: str, *, turn: str = EmployeeRole.EMPLOYEE, assignee: str = FREE, **values: Any
) -> WorkplaceCase:
    """The case number ``n`` of an office, due in ``n`` hours."""
    due = None if turn == NOBODY else NOW + timedelta(hours=n)
    standard: dict[str, Any] = {
        "case_id": f"case-{n:03}",
        "regulation": "KZ-YUZ.3",
        "service_type": "unemployment-certificate",
        "region": "KZ-YUZ",
        "channel": "portal",
        "variant": "main",
        "authority": place,
        "systems": frozenset({"is_mio"}),
        "stage": "completed" if turn == NOBODY else "received",
        "received_at": NOW,
        "changed_at": NOW,
        "number": f"KZ-YUZ-2026-{n:07}",
        "place": place,
        "applicant": "600101300012",
        "due_at": due,
        "turn": str(turn),
        "turn_at": due or (NOW + timedelta(hours=n)) or WITHOUT_DEADLINE,
        "assignee": assignee,
        "applicant_name": f"ОМАРОВ {'И' * n}",
    }
    return WorkplaceCase(**{**standard, **values})
