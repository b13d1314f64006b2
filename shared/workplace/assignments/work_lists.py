"""The lists of an employee's work: mine, free, overdue, done, and the whole office; search by number and name.

Each list is a few ranges of one index (place, turn, assignee, ``turn_at``), merged: a page costs the same with a
hundred cases and with a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session

from shared.bus.persistence.list_pages import (
    ListOrder,
    ListPage,
    ListPlace,
    RowKey,
    make_page,
    slice_page,
)
from shared.contracts.local_time import local_day
from shared.workplace.assignments.turns import spell_name
from shared.workplace.records.case_record import FREE, NOBODY, OTHERS, WorkplaceCase
from shared.workplace.records.storage import CASES, EmployeeRow

_CASE = CASES.table
_RISING = ListOrder((_CASE.c.turn_at, _CASE.c.case_id), is_ascending=True)
_FALLING = ListOrder((_CASE.c.turn_at, _CASE.c.case_id))
_BY_NAME = ListOrder((_CASE.c.applicant_name, _CASE.c.case_id), is_ascending=True)
MOST_COUNTED = 1000
"""A list with more cases is counted no further."""
NUMBER_DIGITS = 7
"""The digits of a running number."""
FEWEST_LETTERS = 2


class WorkList(StrEnum):
    """A list of an employee's work."""

    MINE = "mine"
    FREE = "free"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True)
class WorkCounts:
    """The numbers of cases in an employee's lists, each at most ``MOST_COUNTED``."""

    mine: int
    free: int
    overdue: int


@dataclass(frozen=True)
class IndexRange:
    """The cases of a place with one turn and one assignee; None for every assignee."""

    place: str
    turn: str
    assignee: str | None

    def narrow(self, query: Select[Any]) -> Select[Any]:
        query = query.where(_CASE.c.place == self.place, _CASE.c.turn == self.turn)
        return query if self.assignee is None else query.where(_CASE.c.assignee == self.assignee)


def list_work(
    session: Session, employee: EmployeeRow, work_list: WorkList, place: ListPlace, now: datetime
) -> ListPage[WorkplaceCase]:
    """A page of one of the employee's lists: by deadline with the nearest first; done cases with the newest first.

    ``mine`` are the cases that the employee has taken, ``free`` those that nobody has and in which the employee's
    role has a step to take, ``overdue`` those of both whose deadline is over.
    """
    if work_list is WorkList.DONE:
        order, ranges = _FALLING, [IndexRange(employee.authority, NOBODY, FREE)]
    else:
        order, ranges = _RISING, list(_find_ranges(session, employee, work_list))
    due_before = now if work_list is WorkList.OVERDUE else None
    return _read_merged(session, order, ranges, place, due_before)


def count_work(session: Session, employee: EmployeeRow, now: datetime) -> WorkCounts:
    """The numbers of cases in the employee's lists."""

    def count(work_list: WorkList, due_before: datetime | None = None) -> int:
        ranges = _find_ranges(session, employee, work_list)
        return min(sum(_count_range(session, index_range, due_before) for index_range in ranges), MOST_COUNTED)

    return WorkCounts(count(WorkList.MINE), count(WorkList.FREE), count(WorkList.OVERDUE, now))


def search_cases(
    session: Session, place: str, words: str, mark: str, page: ListPlace, now: datetime
) -> ListPage[WorkplaceCase]:
    """The cases of an office by the number or its last digits, by the ИИН of the applicant, or by a part of the
    applicant's name; empty for fewer than two letters. ``mark`` is that of the system's numbers.
    """
    if any(character.isdigit() for character in words):
        return slice_page(_find_by_digits(session, place, words.strip(), mark, now), page, _name_key)
    if len(words.strip()) < FEWEST_LETTERS:
        return ListPage([])
    query = CASES.query.where(
        _CASE.c.place == place, _CASE.c.applicant_name.contains(spell_name(words), autoescape=True)
    )
    return _BY_NAME.read_page(query, page, lambda query: CASES.read_rows(session, query))


def _find_by_digits(session: Session, place: str, words: str, mark: str, now: datetime) -> list[WorkplaceCase]:
    """The cases of a place with this number or this applicant, by name; each condition has an index of its own."""
    numbers = tuple(_spell_numbers(words.upper(), place, mark, now))
    conditions = (_CASE.c.number.in_(numbers), _CASE.c.applicant == words)
    rows = {
        row.case_id: row
        for condition in conditions
        for row in CASES.read_rows(session, CASES.query.where(condition).limit(MOST_COUNTED))
        if row.place == place
    }
    return sorted(rows.values(), key=_name_key)


def _name_key(case: WorkplaceCase) -> tuple[str, str]:
    return case.applicant_name, case.case_id


def _spell_numbers(words: str, place: str, mark: str, now: datetime) -> Iterator[str]:
    """The numbers that a person may mean: the whole number, or the running number of this year or the last."""
    yield words
    region = "-".join(place.upper().split(".")[0].split("-"))
    if words.isdigit() and len(words) <= NUMBER_DIGITS:
        for year in (local_day(now).year, local_day(now).year - 1):
            yield f"{region}-{year}-{mark}{int(words):0{NUMBER_DIGITS}}"


def _find_ranges(session: Session, employee: EmployeeRow, work_list: WorkList) -> Iterator[IndexRange]:
    """The ranges of a list of cases in which the employee's role has a step to take."""
    assignees = {WorkList.MINE: (employee.iin,), WorkList.FREE: (FREE,)}.get(work_list, (FREE, employee.iin))
    for turn in _read_turns(session, employee.authority):
        if employee.role in turn.split(","):
            for assignee in assignees:
                yield IndexRange(employee.authority, turn, assignee)


def _read_turns(session: Session, place: str) -> Iterator[str]:
    """The turns that the cases of an office have: one step into the index for each."""
    turn: str | None = ""
    while turn is not None:
        query = select(func.min(_CASE.c.turn)).where(_CASE.c.place == place, _CASE.c.turn > turn)
        turn = session.connection().execute(query).scalar()
        if turn not in (None, NOBODY, OTHERS):
            yield str(turn)


def _read_merged(
    session: Session,
    order: ListOrder,
    ranges: Iterable[IndexRange],
    place: ListPlace,
    due_before: datetime | None,
) -> ListPage[WorkplaceCase]:
    """One page out of several ranges of the index."""
    pages = [_read_range(session, order, index_range, place, due_before) for index_range in ranges]
    is_falling = order.is_ascending == place.is_backward
    keys = list(islice(merge(*pages, reverse=is_falling), place.limit + 1))
    page = make_page(keys, place, lambda key: key)
    rows = CASES.read_rows(session, CASES.query.where(_CASE.c.case_id.in_([key[1] for key in page.rows])))
    by_id = {row.case_id: row for row in rows}
    return page.convert_rows(lambda key: by_id[str(key[1])])


def _read_range(
    session: Session, order: ListOrder, index_range: IndexRange, place: ListPlace, due_before: datetime | None
) -> list[RowKey]:
    """The first keys of a range in the direction of the place, one more than the page has rows."""
    query = index_range.narrow(select(_CASE.c.turn_at, _CASE.c.case_id))
    if due_before is not None:
        query = query.where(_CASE.c.turn_at < due_before)

    def fetch(query: Select[Any]) -> list[RowKey]:
        return [tuple(row) for row in session.connection().execute(query).all()]

    wider = ListPlace(place.limit + 1, place.after, place.is_backward)
    keys = order.read_page(query, wider, fetch, lambda key: key).rows
    return keys[::-1] if place.is_backward else keys


def _count_range(session: Session, index_range: IndexRange, due_before: datetime | None) -> int:
    query = index_range.narrow(select(_CASE.c.case_id))
    if due_before is not None:
        query = query.where(_CASE.c.turn_at < due_before)
    count = select(func.count()).select_from(query.limit(MOST_COUNTED).subquery())
    return int(session.connection().execute(count).scalar_one())
