"""The status board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.rows import Sheet
from shared.bus.tables import Moment
from shared.contracts.cases import StepDone
from shared.regulations.track import read_steps


class Base(SQLModel, registry=registry()):
    """ИС ЦОН's own metadata."""


class BoardRow(Base, table=True):
    """One case on the board; ``steps`` are those that ИС ЦОН knows."""

    __tablename__ = "board"
    correlation_id: str = Field(primary_key=True, max_length=100)
    regulation: str = Field(max_length=20, index=True)
    channel: str = Field(max_length=20)
    authority: str = Field(max_length=100, index=True)
    number: str | None = Field(default=None, max_length=40)
    status: str = Field(max_length=100, index=True)
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    steps: str = "[]"


@dataclass(frozen=True, slots=True)
class BoardCase:
    """A row of the board as handlers work with it."""

    correlation_id: str
    regulation: str
    channel: str
    authority: str
    number: str | None
    status: str
    created_at: datetime
    changed_at: datetime
    steps: str


_TABLE: Any = BoardRow.__table__  # type: ignore[attr-defined]
BOARD = Sheet(_TABLE, BoardCase)


def board(session: Session, status: str | None, authority: str | None, limit: int) -> list[BoardRow]:
    """The latest cases, narrowed by status and authority."""
    query = select(BoardRow).order_by(col(BoardRow.changed_at).desc()).limit(limit)
    if status is not None:
        query = query.where(col(BoardRow.status) == status)
    if authority is not None:
        query = query.where(col(BoardRow.authority) == authority)
    return list(session.execute(query).scalars())


def steps_of(session: Session, correlation_id: str) -> list[StepDone]:
    """The steps of a case that ИС ЦОН knows; none for a case that it does not know."""
    row = session.get(BoardRow, correlation_id)
    return [] if row is None else list(read_steps(row.steps))
