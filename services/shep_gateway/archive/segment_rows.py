"""What the database keeps of the entries that have left it: the segments, and which cases are in them; and the
cases whose entries must not leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, func, select
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base
from shared.bus.persistence.tables import UtcDateTime


class SegmentRow(Base, table=True):
    """A segment of the journal in the archive: entries ``first`` to ``last``, the chain's hash before them
    (``previous``) and behind them (``head``), and the SHA-256 of the file in hex.
    """

    __tablename__ = "journal_segment"
    first: int = Field(primary_key=True)
    last: int
    previous: str = Field(max_length=64)
    head: str = Field(max_length=64)
    began_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ended_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    file_name: str = Field(max_length=100)
    file_digest: str = Field(max_length=64)
    size: int
    """The bytes of the file."""


class ArchivedChainRow(Base, table=True):
    """A case, or a question asked for one, that has entries in a segment."""

    __tablename__ = "archived_chain"
    chain_id: str = Field(primary_key=True, max_length=100)
    segment: int = Field(primary_key=True)


class LegalHoldRow(Base, table=True):
    """A case whose entries stay in the database whatever their age."""

    __tablename__ = "legal_hold"
    case_id: str = Field(primary_key=True, max_length=100)
    reason: str = Field(max_length=500)
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


ARCHIVED_CHAIN: Any = ArchivedChainRow.__table__  # type: ignore[attr-defined]


def last_segment(session: Session) -> SegmentRow | None:
    """The newest segment; None as long as nothing has left."""
    return session.execute(select(SegmentRow).order_by(col(SegmentRow.first).desc()).limit(1)).scalar()


def list_segments(session: Session) -> Sequence[SegmentRow]:
    """All segments, the oldest first."""
    return session.execute(select(SegmentRow).order_by(col(SegmentRow.first))).scalars().all()


def list_chain_segments(session: Session, chains: Sequence[str]) -> Sequence[SegmentRow]:
    """The segments that have entries of these chains, the oldest first."""
    numbers = select(col(ArchivedChainRow.segment)).where(col(ArchivedChainRow.chain_id).in_(chains)).distinct()
    query = select(SegmentRow).where(col(SegmentRow.first).in_(numbers)).order_by(col(SegmentRow.first))
    return session.execute(query).scalars().all()


def list_range_segments(session: Session, first: int, last: int) -> Sequence[SegmentRow]:
    """The segments that have entries between two numbers, the oldest first."""
    is_in_range = (col(SegmentRow.first) <= last, col(SegmentRow.last) >= first)
    return session.execute(select(SegmentRow).where(*is_in_range).order_by(col(SegmentRow.first))).scalars().all()


def list_held_cases(session: Session, cases: Sequence[str]) -> set[str]:
    """Those of these cases that are under a legal hold."""
    return set(
        session.execute(select(col(LegalHoldRow.case_id)).where(col(LegalHoldRow.case_id).in_(cases))).scalars()
    )


def count_archived(session: Session) -> int:
    """The number of the last entry in the archive; 0 as long as nothing has left."""
    return session.execute(select(func.max(col(SegmentRow.last)))).scalar() or 0
