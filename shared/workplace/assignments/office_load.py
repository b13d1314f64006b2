"""The load of an office for its head: what each employee has taken, what is free for each role, what is late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlmodel import Session

from shared.regulations.model import EmployeeRole
from shared.workplace.assignments.turns import roles_of_turn
from shared.workplace.records import storage
from shared.workplace.records.case_record import FREE, NOBODY, OTHERS
from shared.workplace.records.storage import CASES

_CASE = CASES.table
SOON = timedelta(hours=24)


@dataclass(frozen=True)
class CaseCounts:
    """The number of cases, of those due within a day, and of late ones."""

    open: int = 0
    soon: int = 0
    late: int = 0

    def __add__(self, other: CaseCounts) -> CaseCounts:
        return CaseCounts(self.open + other.open, self.soon + other.soon, self.late + other.late)


@dataclass(frozen=True)
class EmployeeLoad:
    """An employee of an office with the cases that the employee has taken, and the free ones of the role."""

    iin: str
    name: str
    role: EmployeeRole
    taken: CaseCounts
    free: CaseCounts


@dataclass(frozen=True)
class OfficeLoad:
    """The load of an office; ``elsewhere`` counts the cases in which others act now."""

    employees: tuple[EmployeeLoad, ...]
    total: CaseCounts
    elsewhere: CaseCounts


@dataclass(frozen=True)
class TurnGroup:
    """The cases with one turn and one assignee."""

    turn: str
    assignee: str
    counts: CaseCounts


def measure_office(session: Session, authority: str, now: datetime) -> OfficeLoad:
    """The load of an office, by employee."""
    groups = list(_count_turns(session, authority, now))
    employees = tuple(
        EmployeeLoad(
            row.iin,
            f"{row.surname} {row.name}",
            EmployeeRole(row.role),
            _add(group.counts for group in groups if group.assignee == row.iin),
            _add(
                group.counts
                for group in groups
                if group.assignee == FREE and EmployeeRole(row.role) in roles_of_turn(group.turn)
            ),
        )
        for row in storage.employees_of(session, authority)
    )
    elsewhere = _add(group.counts for group in groups if group.turn == OTHERS)
    return OfficeLoad(employees, _add(group.counts for group in groups), elsewhere)


def _count_turns(session: Session, authority: str, now: datetime) -> Iterable[TurnGroup]:
    is_late, is_soon = _CASE.c.turn_at < now, _CASE.c.turn_at.between(now, now + SOON)
    keys = (_CASE.c.turn, _CASE.c.assignee)
    query = (
        select(*keys, func.count(), func.sum(case((is_soon, 1), else_=0)), func.sum(case((is_late, 1), else_=0)))
        .where(_CASE.c.place == authority, _CASE.c.turn != NOBODY)
        .group_by(*keys)
    )
    for turn, assignee, count, soon, late in session.connection().execute(query).all():
        yield TurnGroup(turn, assignee, CaseCounts(count, soon, late))


def _add(counts: Iterable[CaseCounts]) -> CaseCounts:
    return sum(counts, CaseCounts())
