"""The words that came or went with a message of a case: what an employee or the applicant wrote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, select
from sqlmodel import Field, Session, col

from shared.bus.persistence.tables import UtcDateTime
from shared.workplace.records.storage import Base


class CaseWordsRow(Base, table=True):
    """What was written in a step, by ``author``: the address of the system where it was written."""

    __tablename__ = "case_words"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(max_length=100, index=True)
    step: str = Field(max_length=40)
    author: str = Field(max_length=100)
    written_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    words: str


def write_words(session: Session, row: CaseWordsRow) -> None:
    """Store the words of a step."""
    session.add(row)
    session.flush()


def words_of(session: Session, case_id: str) -> list[CaseWordsRow]:
    """The words of a case, in their order."""
    query = select(CaseWordsRow).where(col(CaseWordsRow.case_id) == case_id).order_by(col(CaseWordsRow.id))
    return list(session.execute(query).scalars())
