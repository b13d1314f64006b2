"""The monitor: waiting, due and late cases at this workplace, by region, system, service and step.

The waiting steps of open cases have a table of their own beside the cases, written with them: a workplace with a
hundred thousand cases is counted by an index, without reading a case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Column, Index, Select, and_, case, delete, func, select
from sqlmodel import Field, Session

from shared.bus.errors import NotFound
from shared.bus.persistence.database import Database
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, RowKey
from shared.bus.persistence.tables import UtcDateTime
from shared.regulations.passport_book import PassportBook
from shared.workplace.records.case_record import WITHOUT_DEADLINE, WorkplaceCase
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES, Base

SOON = timedelta(hours=24)
OPEN = frozenset((CaseStage.RECEIVED.value, CaseStage.IN_WORK.value, CaseStage.DECIDED.value))
SEPARATOR = "|"
FILLED_AT_ONCE = 500


@dataclass(frozen=True, order=True)
class WaitingPoint:
    """A step of a service in a region at which cases can wait. Step ids are relative to channel and variant."""

    region: str
    system: str
    service: str
    regulation: str
    channel: str
    variant: str
    step: str
    is_applicants: bool

    @property
    def code(self) -> str:
        """The point as one text, by which the rows are grouped."""
        *names, is_applicants = astuple(self)
        return SEPARATOR.join((*names, "1" if is_applicants else "0"))

    @classmethod
    def from_code(cls, code: str) -> WaitingPoint:
        region, system, service, regulation, channel, variant, step, is_applicants = code.split(SEPARATOR)
        return cls(region, system, service, regulation, channel, variant, step, is_applicants == "1")


class WaitingStepRow(Base, table=True):
    """A step of an open case that waits here; ``due`` is ``WITHOUT_DEADLINE`` for a step without a deadline."""

    __tablename__ = "waiting_step"
    __table_args__ = (
        Index("ix_waiting_step_point", "point", "due"),
        Index("ix_waiting_step_due", "due", "case_id", "step"),
    )
    case_id: str = Field(primary_key=True, max_length=100)
    step: str = Field(primary_key=True, max_length=60)
    point: str = Field(max_length=400)
    since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    due: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


_WAIT: Any = WaitingStepRow.__table__  # type: ignore[attr-defined]
_CASE = CASES.table
_BY_DUE = ListOrder((_WAIT.c.due, _WAIT.c.case_id, _WAIT.c.step), is_ascending=True)


@dataclass(frozen=True)
class WaitingCase:
    """A case that waits at a point, with its number and the department or centre that handles it."""

    point: WaitingPoint
    case_id: str
    number: str | None
    place: str
    since: datetime | None
    due: datetime | None

    def sort_key(self) -> RowKey:
        """The place among other waiting cases: by deadline, those without one last; unique."""
        return (self.due or WITHOUT_DEADLINE, self.case_id, self.point.step)

    def seconds_late(self, now: datetime) -> float | None:
        """The delay in seconds; None in time."""
        return (now - self.due).total_seconds() if self.due is not None and now > self.due else None


@dataclass(frozen=True)
class WaitingCount:
    """The number of cases that wait at a point, are due within a day, are late; ``worst`` is the longest delay in
    seconds.
    """

    point: WaitingPoint
    waiting: int = 0
    soon: int = 0
    late: int = 0
    worst: float | None = None


@dataclass(frozen=True)
class WaitingFilter:
    """Which waiting steps are asked for; None leaves a criterion out."""

    region: str | None = None
    service: str | None = None
    step: str | None = None
    late: bool | None = None

    def fits_point(self, point: WaitingPoint) -> bool:
        """Whether a point fulfils the criteria of points."""
        wanted = ((self.region, point.region), (self.service, point.service), (self.step, point.step))
        return all(value in (None, of_point) for value, of_point in wanted)

    def narrow_rows(self, query: Select[Any], now: datetime) -> Select[Any]:
        """The query with the criterion of the deadline."""
        if self.late is None:
            return query
        return query.where(_WAIT.c.due < now if self.late else _WAIT.c.due >= now)


def list_rows(waiting_case: WorkplaceCase) -> list[dict[str, Any]]:
    """The rows of the waiting steps of a case; none for a case that is over or only watched."""
    if waiting_case.stage not in OPEN:
        return []
    return [
        {
            "case_id": waiting_case.case_id,
            "step": wait.step,
            "point": WaitingPoint(
                waiting_case.region,
                wait.system,
                waiting_case.service_type,
                waiting_case.regulation,
                waiting_case.channel,
                waiting_case.variant,
                wait.step,
                wait.is_applicants,
            ).code,
            "since": wait.since,
            "due": wait.due or WITHOUT_DEADLINE,
        }
        for wait in waiting_case.waits
    ]


def write_waits(session: Session, database: Database, cases: list[WorkplaceCase]) -> None:
    """Replace the waiting steps of these cases; of several states of one case the last is written."""
    latest = {one.case_id: one for one in cases}
    session.execute(delete(_WAIT).where(_WAIT.c.case_id.in_(latest)))
    database.write_many(session, _WAIT, [row for one in latest.values() for row in list_rows(one)])


def fill_waits(session: Session, database: Database) -> None:
    """Write the waiting steps of every open case where none is written: the database is of an earlier version."""
    if session.execute(select(_WAIT.c.case_id).limit(1)).first() is not None:
        return
    query = CASES.query_without("steps").where(_CASE.c.stage.in_(sorted(OPEN)), _CASE.c.waits != ())
    cases = iter(CASES.read_rows(session, query))
    while chunk := list(islice(cases, FILLED_AT_ONCE)):
        write_waits(session, database, chunk)


def count_waiting(session: Session, criteria: WaitingFilter, now: datetime) -> Iterator[WaitingCount]:
    """The counts by point, in order."""
    late = _WAIT.c.due < now
    query = select(
        _WAIT.c.point,
        func.count(),
        func.sum(case((and_(_WAIT.c.due >= now, _WAIT.c.due <= now + SOON), 1), else_=0)),
        func.sum(case((late, 1), else_=0)),
        func.min(_WAIT.c.due),
    ).group_by(_WAIT.c.point)
    counts = []
    for code, waiting, soon, late_count, first_due in session.execute(criteria.narrow_rows(query, now)):
        point = WaitingPoint.from_code(code)
        if criteria.fits_point(point):
            worst = (now - first_due).total_seconds() if late_count else None
            counts.append(WaitingCount(point, waiting, int(soon), int(late_count), worst))
    yield from sorted(counts, key=lambda count: count.point)


def list_waiting(
    session: Session, criteria: WaitingFilter, place: ListPlace, now: datetime
) -> ListPage[WaitingCase]:
    """A page of the waiting steps with their cases, the nearest deadline first."""
    query = select(_WAIT, _CASE.c.number, _CASE.c.place).join(_CASE, _CASE.c.case_id == _WAIT.c.case_id)
    if criteria != WaitingFilter(late=criteria.late):
        codes = session.execute(select(_WAIT.c.point).distinct()).scalars()
        fitting = [code for code in codes if criteria.fits_point(WaitingPoint.from_code(code))]
        query = query.where(_WAIT.c.point.in_(fitting))
    page = _BY_DUE.read_page(criteria.narrow_rows(query, now), place, lambda query: session.execute(query).all())
    return page.convert_rows(_read_waiting_case)


def describe_point(point: WaitingPoint, book: PassportBook) -> tuple[str, str]:
    """The actor and the action at a point in the act's words; empty for a passport that no longer exists."""
    try:
        node = book.get_graph(point.regulation, point.channel, point.variant).get_node(point.step)
    except NotFound:
        return "", ""
    return node.actor, node.action


def _read_waiting_case(row: Any) -> WaitingCase:
    due = None if row.due.astimezone(UTC) == WITHOUT_DEADLINE else row.due
    return WaitingCase(WaitingPoint.from_code(row.point), row.case_id, row.number, row.place, row.since, due)
