"""The lists of an employee's work, their pages, the search, and the load of an office."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.bus.persistence.list_pages import ListPlace
from shared.workplace.assignments.office_load import CaseCounts, measure_office
from shared.workplace.assignments.work_lists import WorkList, count_work, list_work, search_cases
from shared.workplace.records.case_record import FREE, NOBODY, OTHERS
from tests.pki.pki_centre import NOW
from tests.workplace.assignments.office_kit import SECOND, colleague, store, waiting
from tests.workplace.steps.desk import Workplace

LATER = NOW + timedelta(hours=3, minutes=30)
ALL = ListPlace(50)


@pytest.fixture
def office(mio: Workplace) -> Workplace:
    """An office: cases 1-4 free, 5-6 of the first employee, 7 of the second, 8 elsewhere, 9-10 done, 11 the turn
    of two roles, 12 of another office.
    """
    me, place = mio.employee(), mio.employee().authority
    colleague(mio)
    store(
        mio,
        *(waiting(n, place) for n in (1, 2, 3, 4)),
        *(waiting(n, place, assignee=me.iin) for n in (5, 6)),
        waiting(7, place, assignee=SECOND),
        waiting(8, place, turn=OTHERS),
        *(waiting(n, place, turn=NOBODY) for n in (9, 10)),
        waiting(11, place, turn="employee,head"),
        waiting(12, "kz-yuz.employment.02"),
    )
    return mio


def listed(office: Workplace, work_list: WorkList, place: ListPlace = ALL) -> list[int]:
    me = office.employee()
    page = office.read(lambda session: list_work(session, me, work_list, place, LATER))
    return [int(row.case_id[-3:]) for row in page.rows]


def test_lists_hold_the_taken_the_free_the_overdue_and_the_done_cases(office: Workplace) -> None:
    assert listed(office, WorkList.MINE) == [5, 6]
    assert listed(office, WorkList.FREE) == [1, 2, 3, 4, 11]
    assert listed(office, WorkList.OVERDUE) == [1, 2, 3]
    assert listed(office, WorkList.DONE) == [10, 9]


def test_list_is_paged_forward_and_back_across_its_turns(office: Workplace) -> None:
    first, second, third = (place_after(n) for n in (None, 2, 4))
    assert [listed(office, WorkList.FREE, place) for place in (first, second, third)] == [[1, 2], [3, 4], [11]]
    back = ListPlace(2, (due_text(11), "case-011"), is_backward=True)
    assert listed(office, WorkList.FREE, back) == [3, 4]


def place_after(n: int | None) -> ListPlace:
    return ListPlace(2, None if n is None else (due_text(n), f"case-{n:03}"))


def due_text(n: int) -> str:
    return (NOW + timedelta(hours=n)).isoformat()


def test_page_names_where_its_list_goes_on(office: Workplace) -> None:
    me = office.employee()
    page = office.read(lambda session: list_work(session, me, WorkList.FREE, place_after(2), LATER))
    assert page.previous == (NOW + timedelta(hours=3), "case-003")
    assert page.next == (NOW + timedelta(hours=4), "case-004")


def test_counts_are_those_of_the_lists(office: Workplace) -> None:
    me = office.employee()
    counts = office.read(lambda session: count_work(session, me, LATER))
    assert (counts.mine, counts.free, counts.overdue) == (2, 5, 3)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("KZ-YUZ-2026-0000003", [3]),
        ("kz-yuz-2026-0000003", [3]),
        ("4", [4]),
        ("12", []),
        ("омаров  ииииииии", [8, 9, 10, 11]),
        ("иииииииииии", [11]),
        ("%", []),
        ("О_АРОВ", []),
        ("о", []),
    ],
)
def test_search_finds_by_number_and_by_name_in_the_own_office(
    office: Workplace, words: str, found: list[int]
) -> None:
    place = office.employee().authority
    page = office.read(lambda session: search_cases(session, place, words, "", ALL, NOW))
    assert [int(row.case_id[-3:]) for row in page.rows] == found


def test_search_finds_every_case_of_an_applicant(office: Workplace) -> None:
    place = office.employee().authority
    page = office.read(lambda session: search_cases(session, place, "600101300012", "", ALL, NOW))
    assert len(page.rows) == 11


def test_office_load_tells_taken_free_and_late_cases_by_employee(office: Workplace) -> None:
    me = office.employee()
    load = office.read(lambda session: measure_office(session, me.authority, LATER))
    mine = next(employee for employee in load.employees if employee.iin == me.iin)
    assert (mine.taken, mine.free) == (CaseCounts(2, 2, 0), CaseCounts(5, 2, 3))
    assert load.total == CaseCounts(9, 6, 3)
    assert load.elsewhere == CaseCounts(1, 1, 0)
    assert FREE not in {employee.iin for employee in load.employees}
