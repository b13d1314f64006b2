"""The tickets of the electronic queue, and the counts of the monitoring."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, MetaData, UniqueConstraint, func, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.is_con.domain import TicketState
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.workplace.records import storage
from shared.workplace.records.storage import CASES


class Base(SQLModel, registry=registry()):
    """The metadata of ИС ЦОН, including the workplace's tables."""


class TicketRow(Base, table=True):
    """A ticket of a visitor. ``due_at`` is the end of the act's limit for the wait, where the act has one."""

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("centre", "day", "number"),)
    id: str = Field(primary_key=True, max_length=36)
    centre: str = Field(max_length=100, index=True)
    day: date
    number: str = Field(max_length=10)
    purpose: str = Field(max_length=10)
    regulation: str | None = Field(default=None, max_length=20)
    state: str = Field(max_length=10, index=True)
    window: str | None = Field(default=None, max_length=10)
    employee: str | None = Field(default=None, max_length=12)
    case: str | None = Field(default=None, max_length=100)
    issued_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    called_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    recalled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


def build_metadata() -> MetaData:
    """All tables of the system."""
    metadata: MetaData = Base.metadata
    if "work_case" not in metadata.tables:
        storage.adopt_tables(metadata)
    return metadata


def add_ticket(session: Session, row: TicketRow) -> TicketRow:
    """Store a new ticket."""
    session.add(row)
    session.flush()
    return row


def get_ticket(session: Session, ticket_id: str) -> TicketRow | None:
    """The ticket with this id, or None."""
    return session.get(TicketRow, ticket_id)


def by_number(session: Session, centre: str, day: date, number: str) -> TicketRow | None:
    """The ticket with this number at this centre on this day, locked to the end of the transaction."""
    query = select(TicketRow).where(
        col(TicketRow.centre) == centre, col(TicketRow.day) == day, col(TicketRow.number) == number
    )
    row: TicketRow | None = session.execute(query.with_for_update()).scalar()
    return row


def next_waiting(session: Session, centre: str, day: date, purpose: str | None) -> TicketRow | None:
    """The ticket that waits longest; a replica that calls at the same moment gets the next one."""
    query = _select_tickets(centre, day).where(col(TicketRow.state) == TicketState.WAITING.value)
    if purpose is not None:
        query = query.where(col(TicketRow.purpose) == purpose)
    query = query.order_by(col(TicketRow.issued_at), col(TicketRow.number)).limit(1)
    row: TicketRow | None = session.execute(query.with_for_update(skip_locked=True)).scalar()
    return row


def at_window(session: Session, centre: str, day: date, window: str) -> TicketRow | None:
    """The ticket that is called to a window, or None."""
    query = _select_tickets(centre, day).where(
        col(TicketRow.state) == TicketState.CALLED.value, col(TicketRow.window) == window
    )
    row: TicketRow | None = session.execute(query.limit(1)).scalar()
    return row


def open_tickets(session: Session, centre: str, day: date, place: ListPlace) -> ListPage[TicketRow]:
    """The waiting and called tickets, in the order of the queue."""
    query = _select_tickets(centre, day).where(
        col(TicketRow.state).in_([TicketState.WAITING.value, TicketState.CALLED.value])
    )
    order = ListOrder((col(TicketRow.issued_at), col(TicketRow.number)), is_ascending=True)
    return order.read_page(query, place, select_rows(session))


def called_tickets(session: Session, centre: str, day: date) -> list[TicketRow]:
    """The tickets that are called now, the latest call (also a repeated one) first."""
    query = _select_tickets(centre, day).where(col(TicketRow.state) == TicketState.CALLED.value)
    moment = func.coalesce(col(TicketRow.recalled_at), col(TicketRow.called_at))
    return list(session.execute(query.order_by(moment.desc(), col(TicketRow.number))).scalars())


def waiting_tickets(session: Session, centre: str, day: date, most: int) -> list[TicketRow]:
    """The first ``most`` of the waiting tickets, in the order of the queue."""
    query = _select_tickets(centre, day).where(col(TicketRow.state) == TicketState.WAITING.value)
    query = query.order_by(col(TicketRow.issued_at), col(TicketRow.number)).limit(most)
    return list(session.execute(query).scalars())


def latest_window(session: Session, centre: str, day: date, employee: str) -> str | None:
    """The window to which this employee called a ticket last today, or None."""
    query = select(col(TicketRow.window)).where(
        col(TicketRow.centre) == centre, col(TicketRow.day) == day, col(TicketRow.employee) == employee
    )
    return session.execute(query.order_by(col(TicketRow.called_at).desc()).limit(1)).scalar()


def waiting_counts(session: Session, centre: str, day: date) -> dict[str, int]:
    """The number of waiting tickets of a centre by purpose."""
    query = select(col(TicketRow.purpose), func.count()).where(
        col(TicketRow.centre) == centre,
        col(TicketRow.day) == day,
        col(TicketRow.state) == TicketState.WAITING.value,
    )
    return {str(purpose): count for purpose, count in session.execute(query.group_by(col(TicketRow.purpose)))}


def ahead_of(session: Session, row: TicketRow) -> int:
    """The number of tickets for the same purpose that wait before this one."""
    query = select(func.count()).where(
        col(TicketRow.centre) == row.centre,
        col(TicketRow.day) == row.day,
        col(TicketRow.purpose) == row.purpose,
        col(TicketRow.state) == TicketState.WAITING.value,
        col(TicketRow.issued_at) < row.issued_at,
    )
    return session.execute(query).scalar() or 0


def queue_counts(session: Session, day: date) -> list[tuple[str, str, int]]:
    """The number of tickets of the day by centre and state."""
    query = select(col(TicketRow.centre), col(TicketRow.state), func.count()).where(col(TicketRow.day) == day)
    rows = session.execute(query.group_by(col(TicketRow.centre), col(TicketRow.state)))
    return [(centre, state, count) for centre, state, count in rows]


def case_counts(session: Session, column: Any) -> dict[str, int]:
    """The number of cases by the value of a column."""
    rows = session.execute(select(column, func.count()).select_from(CASES.table).group_by(column))
    return {str(value): count for value, count in rows}


def _select_tickets(centre: str, day: date) -> Any:
    return select(TicketRow).where(col(TicketRow.centre) == centre, col(TicketRow.day) == day)
