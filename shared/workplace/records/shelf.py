"""Results that wait at a service centre for those who applied, what was handed to whom, and the archive.

The process graph knows no archive: a result that nobody came for is marked here, and can be handed out still.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, LargeBinary, func, select, update
from sqlmodel import Field, Session, col

from shared.bus.persistence.tables import Moment
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.model import Limit
from shared.regulations.process.graph import Graph, Node
from shared.workplace.records.storage import Base

MONTH = Limit(amount=1, unit="month")
"""How long a result waits where the act is silent (ours): what the other acts say."""


class Standing(StrEnum):
    """Where a result is."""

    WAITING = "waiting"
    ARCHIVED = "archived"
    HANDED = "handed"


class Proof(StrEnum):
    """How the recipient signed for the result: with his own ЭЦП, or on paper (a media break)."""

    CMS = "cms"
    PAPER = "paper"


class ShelfRow(Base, table=True):
    """A result at a centre. ``recipient`` is whoever took it, ``power_number`` by which power of attorney."""

    __tablename__ = "shelf"
    case: str = Field(primary_key=True, max_length=100)
    place: str = Field(max_length=100, index=True)
    regulation: str = Field(max_length=20)
    ready_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    keep_until: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    archived_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    handed_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    recipient: str | None = Field(default=None, max_length=12)
    power_number: str | None = Field(default=None, max_length=40)
    proof: str | None = Field(default=None, max_length=10)
    signature: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    employee: str | None = Field(default=None, max_length=12)

    @property
    def standing(self) -> Standing:
        if self.handed_at is not None:
            return Standing.HANDED
        return Standing.WAITING if self.archived_at is None else Standing.ARCHIVED


def awaited(graph: Graph, waiting: list[Node]) -> Node | None:
    """The step at which the result is handed over, when it is this step, or the coming for it, that waits."""
    for node in waiting:
        found = graph.node(node.id.removesuffix(":wait"))
        if found.op == "hand_over":
            return found
    return None


def keep_until(node: Node, ready_at: datetime) -> datetime:
    """The end of the day until which the centre keeps the result before the archive, by the act or a month."""
    limit = (node.wait.deadline if node.wait is not None else None) or MONTH
    day, amount = ready_at.astimezone(KAZAKHSTAN).date(), limit.upper or limit.amount or 1
    last = months_later(day, amount) if limit.unit == "month" else day + timedelta(days=amount)
    return datetime.combine(last, time(23, 59, 59), KAZAKHSTAN)


def months_later(day: date, count: int) -> date:
    """The same day of the month, or its last where it has no such day."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def put(session: Session, row: ShelfRow) -> ShelfRow:
    """Lay a result down; what lies there already stays as it is."""
    found = of(session, row.case)
    if found is not None:
        return found
    session.add(row)
    session.flush()
    return row


def of(session: Session, case: str) -> ShelfRow | None:
    """What is known of the result of a case."""
    return session.get(ShelfRow, case)


def put_away(session: Session, now: datetime) -> int:
    """Move to the archive what nobody came for in time; returns how many."""
    overdue = (
        col(ShelfRow.archived_at).is_(None),
        col(ShelfRow.handed_at).is_(None),
        col(ShelfRow.keep_until) < now,
    )
    done: Any = session.execute(update(ShelfRow).where(*overdue).values(archived_at=now))
    return int(done.rowcount)


def is_overdue(session: Session, now: datetime) -> bool:
    """Whether there is anything to put away."""
    query = select(col(ShelfRow.case)).where(
        col(ShelfRow.keep_until) < now, col(ShelfRow.archived_at).is_(None), col(ShelfRow.handed_at).is_(None)
    )
    return session.execute(query.limit(1)).first() is not None


def listed(session: Session, place: str, standing: Standing | None, limit: int) -> list[ShelfRow]:
    """The results of a centre, the oldest first."""
    query = select(ShelfRow).where(col(ShelfRow.place) == place)
    if standing is not None:
        query = query.where(*_IS[standing])
    return list(session.execute(query.order_by(col(ShelfRow.ready_at)).limit(limit)).scalars())


def counts(session: Session) -> dict[str, int]:
    """How many results are where, over all centres."""
    return {
        standing.value: session.execute(select(func.count()).select_from(ShelfRow).where(*_IS[standing])).scalar()
        or 0
        for standing in Standing
    }


_HANDED, _ARCHIVED = col(ShelfRow.handed_at), col(ShelfRow.archived_at)
_IS: dict[Standing, tuple[Any, ...]] = {
    Standing.WAITING: (_HANDED.is_(None), _ARCHIVED.is_(None)),
    Standing.ARCHIVED: (_HANDED.is_(None), _ARCHIVED.is_not(None)),
    Standing.HANDED: (_HANDED.is_not(None),),
}
