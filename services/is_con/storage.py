"""The status board."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.tables import Moment
from shared.regulations.track import track_table


class Base(SQLModel, registry=registry()):
    """ИС ЦОН's own metadata."""


class BoardRow(Base, table=True):
    """One case on the board."""

    __tablename__ = "board"
    correlation_id: str = Field(primary_key=True, max_length=100)
    regulation: str = Field(max_length=20, index=True)
    channel: str = Field(max_length=20)
    authority: str = Field(max_length=100, index=True)
    number: str | None = Field(default=None, max_length=40)
    status: str = Field(max_length=100, index=True)
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))


TRACK = track_table(Base.metadata)


def board(session: Session, status: str | None, authority: str | None, limit: int) -> list[BoardRow]:
    """The latest cases, narrowed by status and authority."""
    query = select(BoardRow).order_by(col(BoardRow.changed_at).desc()).limit(limit)
    if status is not None:
        query = query.where(col(BoardRow.status) == status)
    if authority is not None:
        query = query.where(col(BoardRow.authority) == authority)
    return list(session.execute(query).scalars())
