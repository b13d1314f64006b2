"""The rows by which ШЭП proves a case: its journal entries, those of its questions to registers, and the
time-stamps over heads of the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, func, select
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, col

from services.shep_gateway.archive.archived_entries import JournalArchive, join_entries
from services.shep_gateway.storage import Base, JournalHeadRow, JournalRow
from shared.bus.errors import Conflict
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import UtcDateTime
from shared.evidence.journal_chain import GENESIS, HASHED, JournalSegment, entry_bytes, entry_digest


class CaseQuestionRow(Base, table=True):
    """A question that a system asked a register for a case: the question and its answer form a chain of their
    own.
    """

    __tablename__ = "case_question"
    case_id: str = Field(primary_key=True, max_length=100)
    correlation_id: str = Field(primary_key=True, max_length=100)


class HeadStampRow(Base, table=True):
    """A time-stamp over the hash that the journal had after its entry ``n``."""

    __tablename__ = "head_stamp"
    n: int = Field(primary_key=True)
    hash: str = Field(max_length=64)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    token: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


_ENTRY: Any = JournalRow
WITHOUT_BODY = defer(_ENTRY.body, raiseload=True)
"""The option of a query for many entries: the bytes of their messages may fill the memory."""

_QUESTION: Any = CaseQuestionRow.__table__  # type: ignore[attr-defined]


def write_questions(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Note the chains of questions by the cases for which they were asked."""
    names = list(_QUESTION.columns.keys())
    database.write_many(session, _QUESTION, rows, replace=names)


def list_chains(session: Session, case_ids: Iterable[str]) -> list[str]:
    """These cases and the correlation ids of the questions asked for them.

    They are read before the journal is searched: PostgreSQL reads a whole journal for a subquery beside an OR.
    """
    cases = sorted(case_ids)
    query = select(col(CaseQuestionRow.correlation_id)).where(col(CaseQuestionRow.case_id).in_(cases))
    return [*cases, *session.execute(query).scalars()]


def list_case_entries(session: Session, case_id: str, archive: JournalArchive) -> Sequence[JournalRow]:
    """The journal entries of a case and of the questions asked for it, in order, those in the archive too; without
    the bytes of messages where they are in the database. Unavailable ``segment-missing``.
    """
    chains = list_chains(session, [case_id])
    query = select(JournalRow).where(col(JournalRow.case_id).in_(chains)).options(WITHOUT_BODY)
    present = session.execute(query.order_by(col(JournalRow.n))).scalars().all()
    return join_entries(archive.list_entries(session, chains), present)


def read_bodies(session: Session, case_id: str, most: int, archived: int) -> dict[int, bytes]:
    """The bytes in the database of the accepted messages of a case by the numbers of their entries; Conflict
    ``evidence-too-large`` for more than ``most`` bytes together with those from the archive.
    """
    has_body = (_is_of_case(session, case_id), col(JournalRow.body).is_not(None))
    total = session.execute(select(func.sum(func.length(JournalRow.body))).where(*has_body)).scalar() or 0
    if total + archived > most:
        raise Conflict("evidence-too-large", "the messages of the case are too long for a bundle", limit=most)
    rows = session.execute(select(col(JournalRow.n), col(JournalRow.body)).where(*has_body))
    return {n: body for n, body in rows if body is not None}


def _is_of_case(session: Session, case_id: str) -> ColumnElement[bool]:
    return col(JournalRow.case_id).in_(list_chains(session, [case_id]))


def read_head(session: Session) -> tuple[int, str]:
    """The number and the hash of the last journal entry; 0 for an empty journal."""
    head = session.get(JournalHeadRow, 1)
    return (head.n, head.hash) if head else (0, GENESIS)


def last_stamp(session: Session) -> int:
    """The number of the last entry that a time-stamp covers; 0 when there is none."""
    return session.execute(select(func.max(col(HeadStampRow.n)))).scalar() or 0


def find_stamps(session: Session, numbers: Sequence[int]) -> dict[int, HeadStampRow]:
    """For each of these entries the first time-stamp that covers it; entries that none covers are left out."""
    stamps: dict[int, HeadStampRow] = {}
    last: HeadStampRow | None = None
    for n in sorted(numbers):
        if last is None or last.n < n:
            query = select(HeadStampRow).where(col(HeadStampRow.n) >= n).order_by(col(HeadStampRow.n)).limit(1)
            last = session.execute(query).scalar()
            if last is None:
                break
        stamps[n] = last
    return stamps


def read_segment(session: Session, first: int, last: int, archive: JournalArchive) -> JournalSegment:
    """The part of the journal's chain from one entry to another, from the archive what is there; Unavailable
    ``segment-missing``.
    """
    columns = (getattr(JournalRow, name) for name in HASHED)
    query = select(*columns).where(col(JournalRow.n).between(first, last))
    present = {row["n"]: entry_digest(entry_bytes(dict(row))) for row in session.execute(query).mappings()}
    digests = archive.read_digests(session, first, last) | present
    previous = session.execute(select(col(JournalRow.hash)).where(col(JournalRow.n) == first - 1)).scalar()
    previous = previous or archive.find_hash(session, first - 1) or GENESIS
    return JournalSegment(first, previous, tuple(digests[n] for n in sorted(digests)))
