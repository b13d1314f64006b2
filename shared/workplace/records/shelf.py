"""Results that wait at a service centre for their applicants, handed-over results, and the archive.

The process graph has no archive: an uncollected result is marked here, and can still be handed over.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, func, select, update
from sqlmodel import Field, Session, col

from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.contracts.local_time import KAZAKHSTAN, local_day
from shared.regulations.model import TimeLimit
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.storage import Base

MONTH = TimeLimit(amount=1, unit="month")
"""How long a result waits where the act gives no term (ours): the term of the other acts."""


class ShelfStatus(StrEnum):
    """The place of a result."""

    WAITING = "waiting"
    ARCHIVED = "archived"
    HANDED = "handed"


class HandOverProof(StrEnum):
    """How the recipient signed for the result: with an ЭЦП, or on paper (a media break)."""

    CMS = "cms"
    PAPER = "paper"


class ShelfRow(Base, table=True):
    """A result at a centre. ``recipient`` is the person who collected it, ``power_number`` that person's power of
    attorney.
    """

    __tablename__ = "shelf"
    __table_args__ = (Index("ix_shelf_newest", "place", "ready_at", "case"),)
    case: str = Field(primary_key=True, max_length=100)
    place: str = Field(max_length=100)
    regulation: str = Field(max_length=20)
    ready_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    keep_until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    archived_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    handed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    recipient: str | None = Field(default=None, max_length=12)
    power_number: str | None = Field(default=None, max_length=40)
    proof: str | None = Field(default=None, max_length=10)
    signature: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    employee: str | None = Field(default=None, max_length=12)

    @property
    def standing(self) -> ShelfStatus:
        if self.handed_at is not None:
            return ShelfStatus.HANDED
        return ShelfStatus.WAITING if self.archived_at is None else ShelfStatus.ARCHIVED


def find_awaited_step(graph: ProcessGraph, waiting: list[ProcessNode]) -> ProcessNode | None:
    """The step that hands the result over, when that step, or the wait for the applicant before it, is waiting."""
    for node in waiting:
        target = graph.get_node(node.id.removesuffix(":wait"))
        if target.op == "hand_over":
            return target
    return None


def keep_until(node: ProcessNode, ready_at: datetime) -> datetime:
    """The end of the day until which the centre keeps the result before the archive: by the act, or a month."""
    limit = (node.wait.deadline if node.wait is not None else None) or MONTH
    day, amount = local_day(ready_at), limit.upper or limit.amount or 1
    last = months_later(day, amount) if limit.unit == "month" else day + timedelta(days=amount)
    return datetime.combine(last, time(23, 59, 59), KAZAKHSTAN)


def months_later(day: date, count: int) -> date:
    """The same day of the month ``count`` months later, or the last day of that month."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def lay_down_result(session: Session, case: WorkplaceCase, node: ProcessNode, now: datetime) -> ShelfRow:
    """Put the result of a case on the shelf."""
    row = ShelfRow(
        case=case.case_id,
        place=case.place,
        regulation=case.regulation,
        ready_at=now,
        keep_until=keep_until(node, now),
    )
    return lay_down(session, row)


def lay_down(session: Session, row: ShelfRow) -> ShelfRow:
    """Put a result on the shelf; a result that lies there already is unchanged."""
    existing = find_result(session, row.case)
    if existing is not None:
        return existing
    session.add(row)
    session.flush()
    return row


def find_result(session: Session, case_id: str) -> ShelfRow | None:
    """The shelf entry of a case, or None."""
    return session.get(ShelfRow, case_id)


def put_away(session: Session, now: datetime) -> int:
    """Move overdue results to the archive; returns their number."""
    overdue = (
        col(ShelfRow.archived_at).is_(None),
        col(ShelfRow.handed_at).is_(None),
        col(ShelfRow.keep_until) < now,
    )
    cursor: Any = session.execute(update(ShelfRow).where(*overdue).values(archived_at=now))
    return int(cursor.rowcount)


def is_overdue(session: Session, now: datetime) -> bool:
    """Whether a result is overdue."""
    query = select(col(ShelfRow.case)).where(
        col(ShelfRow.keep_until) < now, col(ShelfRow.archived_at).is_(None), col(ShelfRow.handed_at).is_(None)
    )
    return session.execute(query.limit(1)).first() is not None


def list_results(
    session: Session, centre: str, status: ShelfStatus | None, place: ListPlace
) -> ListPage[ShelfRow]:
    """The results of a centre, the newest first."""
    query = select(ShelfRow).where(col(ShelfRow.place) == centre)
    if status is not None:
        query = query.where(*_IS[status])
    return ListOrder((col(ShelfRow.ready_at), col(ShelfRow.case))).read_page(query, place, select_rows(session))


def count_results(session: Session) -> dict[str, int]:
    """The number of results by place, over all centres."""
    return {
        status.value: session.execute(select(func.count()).select_from(ShelfRow).where(*_IS[status])).scalar() or 0
        for status in ShelfStatus
    }


_HANDED, _ARCHIVED = col(ShelfRow.handed_at), col(ShelfRow.archived_at)
_IS: dict[ShelfStatus, tuple[Any, ...]] = {
    ShelfStatus.WAITING: (_HANDED.is_(None), _ARCHIVED.is_(None)),
    ShelfStatus.ARCHIVED: (_HANDED.is_(None), _ARCHIVED.is_not(None)),
    ShelfStatus.HANDED: (_HANDED.is_not(None),),
}
