"""The documents of the citizens, the journal of queries, the rules of conduct."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, delete, insert, select, update
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.is_cgo.domain import ConductMode, ConductRule, Paper, Papers
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.contracts.registers import (
    BirthRecord,
    CitizenKind,
    DisabilityRecord,
    IdentityDocument,
    ResidenceRecord,
)

EVERYBODY = "everybody"
KINDS: Mapping[CitizenKind, type[Paper]] = {
    CitizenKind.IDENTITY_DOCUMENT: IdentityDocument,
    CitizenKind.RESIDENCE: ResidenceRecord,
    CitizenKind.BIRTH_RECORD: BirthRecord,
    CitizenKind.DISABILITY: DisabilityRecord,
}


class Base(SQLModel, registry=registry()):
    """The metadata of ИС ЦГО."""


class PaperRow(Base, table=True):
    """One document of one citizen; ``data`` is the document as JSON."""

    __tablename__ = "paper"
    iin: str = Field(primary_key=True, max_length=12)
    kind: str = Field(primary_key=True, max_length=20)
    data: str


class QuestionRow(Base, table=True):
    """A query: asking system, person, service and case, and its treatment.

    ``due_at`` is when a slow answer goes, by the machine's time; ``answered_at`` is empty before the answer, and
    for ever in the mode silent.
    """

    __tablename__ = "question"
    n: int | None = Field(default=None, primary_key=True)
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    asker: str = Field(max_length=100, index=True)
    neighbour: str = Field(max_length=100)
    correlation_id: str = Field(max_length=100, index=True)
    route_id: str | None = Field(default=None, max_length=100)
    service_id: str = Field(max_length=100)
    regulation: str | None = Field(default=None, max_length=20)
    case_id: str | None = Field(default=None, max_length=100, index=True)
    iin: str = Field(max_length=12, index=True)
    kinds: str
    mode: str = Field(max_length=20)
    due_at: datetime | None = Field(sa_column=Column(UtcDateTime, nullable=True, index=True))
    answered_at: datetime | None = Field(sa_column=Column(UtcDateTime, nullable=True))


class ConductRow(Base, table=True):
    """The conduct towards queries about one ИИН, or about everybody."""

    __tablename__ = "conduct"
    whom: str = Field(primary_key=True, max_length=12)
    mode: str = Field(max_length=20)
    percent: int
    seconds: float


def seed_papers(session: Session, papers: Iterable[tuple[str, CitizenKind, Paper]]) -> bool:
    """Fill an empty register; False when it already has documents."""
    if session.execute(select(col(PaperRow.iin)).limit(1)).first() is not None:
        return False
    rows = [{"iin": iin, "kind": kind.value, "data": paper.model_dump_json()} for iin, kind, paper in papers]
    session.execute(insert(PaperRow), rows)
    return True


def papers_of(session: Session, iin: str) -> Papers:
    """The documents of a citizen; empty for a number that no person holds."""
    rows = session.execute(select(PaperRow).where(col(PaperRow.iin) == iin)).scalars()
    return {CitizenKind(row.kind): KINDS[CitizenKind(row.kind)].model_validate_json(row.data) for row in rows}


def add_question(session: Session, fields: Mapping[str, Any], kinds: Sequence[CitizenKind]) -> None:
    """Journal a query."""
    session.execute(insert(QuestionRow), [{**fields, "kinds": json.dumps(kinds)}])


def kinds_of(row: QuestionRow) -> tuple[CitizenKind, ...]:
    """The kinds that the query asks for."""
    return tuple(CitizenKind(kind) for kind in json.loads(row.kinds))


def due_questions(session: Session, now: datetime, limit: int) -> list[QuestionRow]:
    """The slow answers that are due, the oldest first."""
    query = (
        select(QuestionRow)
        .where(col(QuestionRow.due_at) <= now, col(QuestionRow.answered_at).is_(None))
        .order_by(col(QuestionRow.due_at), col(QuestionRow.n))
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def mark_answered(session: Session, n: int, now: datetime) -> bool:
    """Mark a query as answered; False when another replica has answered it."""
    open_ = update(QuestionRow).where(col(QuestionRow.n) == n, col(QuestionRow.answered_at).is_(None))
    cursor: Any = session.execute(open_.values(answered_at=now).execution_options(synchronize_session=False))
    return bool(cursor.rowcount)


def list_questions(
    session: Session, after: int, place: ListPlace, **narrowed: str | None
) -> ListPage[QuestionRow]:
    """The journal, the newest query first, filtered by the given values of iin, asker, case_id, mode and
    correlation_id, and without the queries up to the number ``after``.
    """
    query = select(QuestionRow).where(col(QuestionRow.n) > after)
    for name, value in narrowed.items():
        if value is not None:
            query = query.where(getattr(QuestionRow, name) == value)
    return ListOrder((col(QuestionRow.n),)).read_page(query, place, select_rows(session))


def read_conduct(session: Session) -> dict[str, ConductRule]:
    """All rules that the operator has set, by their subjects."""
    rows = session.execute(select(ConductRow)).scalars()
    return {row.whom: ConductRule(ConductMode(row.mode), row.percent, row.seconds) for row in rows}


def list_rules(session: Session, place: ListPlace) -> ListPage[ConductRow]:
    """The rules that the operator has set, ordered by subject."""
    order = ListOrder((col(ConductRow.whom),), is_ascending=True)
    return order.read_page(select(ConductRow), place, select_rows(session))


def set_rule(session: Session, subject: str, rule: ConductRule) -> None:
    """Set the rule of a subject, in place of the old one."""
    session.execute(delete(ConductRow).where(col(ConductRow.whom) == subject))
    row = {"whom": subject, "mode": rule.mode.value, "percent": rule.percent, "seconds": rule.seconds}
    session.execute(insert(ConductRow), [row])


def drop_rule(session: Session, subject: str) -> bool:
    """Delete the rule of a subject; False when there is none."""
    cursor: Any = session.execute(delete(ConductRow).where(col(ConductRow.whom) == subject))
    return bool(cursor.rowcount)
