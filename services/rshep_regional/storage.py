"""Local routes, and what passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.database import Database
from shared.bus.tables import Moment


class Base(SQLModel, registry=registry()):
    """РШЭП's own metadata."""


class LocalRouteRow(Base, table=True):
    """Which local system provides a service; ``*`` stands for every service without a row of its own."""

    __tablename__ = "local_route"
    service_id: str = Field(primary_key=True, max_length=100)
    system: str = Field(max_length=100)


class PassageRow(Base, table=True):
    """A message that passed, or did not (then with its code)."""

    __tablename__ = "passage"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    sender: str | None = Field(default=None, max_length=100)
    message_id: str | None = Field(default=None, max_length=100)
    correlation_id: str | None = Field(default=None, max_length=100, index=True)
    service_id: str | None = Field(default=None, max_length=100)
    message_type: str | None = Field(default=None, max_length=20)
    channel: str | None = Field(default=None, max_length=20)
    step: int | None = None
    to: str | None = Field(default=None, max_length=100)
    code: str | None = Field(default=None, max_length=60)


_PASSAGE: Any = PassageRow.__table__  # type: ignore[attr-defined]


def seed(session: Session, system: str) -> None:
    """At first every service of the region is provided by one system."""
    if session.execute(select(col(LocalRouteRow.service_id)).limit(1)).first() is None:
        session.add(LocalRouteRow(service_id="*", system=system))


def local_routes(session: Session) -> dict[str, str]:
    """Services to systems."""
    return {row.service_id: row.system for row in session.execute(select(LocalRouteRow)).scalars()}


def write_passages(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Record what passed in this batch."""
    database.write_many(session, _PASSAGE, rows)


def passages(session: Session, correlation_id: str | None, limit: int) -> list[PassageRow]:
    """The latest passages, of one case or of all."""
    query = select(PassageRow).order_by(col(PassageRow.id).desc()).limit(limit)
    if correlation_id is not None:
        query = query.where(col(PassageRow.correlation_id) == correlation_id)
    return list(reversed(session.execute(query).scalars().all()))
