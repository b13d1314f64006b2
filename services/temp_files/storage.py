"""The files of the temporary storage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, delete, func, select
from sqlalchemy.orm import defer, registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime


class Base(SQLModel, registry=registry()):
    """The metadata of the temporary storage."""


class TempFileRow(Base, table=True):
    """A file; whoever knows its ``id`` (256 random bits) and has the right to the service may have the file."""

    __tablename__ = "temp_file"
    n: int | None = Field(default=None, primary_key=True)
    id: str = Field(max_length=64, unique=True)
    uploaded_by: str = Field(max_length=100, index=True)
    name: str = Field(max_length=255)
    mime: str = Field(max_length=100)
    size: int
    uploaded_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


def sum_kept(session: Session, system: str, now: datetime) -> int:
    """The bytes that a system keeps here now."""
    query = select(func.sum(col(TempFileRow.size))).where(
        col(TempFileRow.uploaded_by) == system, col(TempFileRow.expires_at) > now
    )
    return int(session.execute(query).scalar() or 0)


def find_files(session: Session, file_ids: Sequence[str], now: datetime) -> list[TempFileRow]:
    """The files with these ids whose term is not over, in the order of the ids."""
    query = select(TempFileRow).where(col(TempFileRow.id).in_(file_ids), col(TempFileRow.expires_at) > now)
    rows = {row.id: row for row in session.execute(query).scalars()}
    return [rows[file_id] for file_id in file_ids if file_id in rows]


def has_ended(session: Session, now: datetime) -> bool:
    """Whether the term of a file is over."""
    query = select(col(TempFileRow.n)).where(col(TempFileRow.expires_at) <= now).limit(1)
    return session.execute(query).first() is not None


def delete_ended(session: Session, now: datetime) -> int:
    """Delete the files whose term is over; returns their number."""
    cursor: Any = session.execute(delete(TempFileRow).where(col(TempFileRow.expires_at) <= now))
    return int(cursor.rowcount)


def list_files(session: Session, uploaded_by: str | None, place: ListPlace) -> ListPage[TempFileRow]:
    """The files without their contents, the newest first; those of one system if given."""
    query = select(TempFileRow).options(defer(TempFileRow.content))  # type: ignore[arg-type]
    if uploaded_by is not None:
        query = query.where(col(TempFileRow.uploaded_by) == uploaded_by)
    return ListOrder((col(TempFileRow.n),)).read_page(query, place, select_rows(session))
