"""Applications at the authorities, and the people who work on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.is_mio.domain import Stage
from shared.bus.database import Database
from shared.bus.errors import NotFound
from shared.bus.rows import Sheet
from shared.bus.tables import Moment
from shared.contracts.cases import StepDone
from shared.people.logins import login_tables
from shared.regulations.track import read_steps


class Base(SQLModel, registry=registry()):
    """ИС МИО's own metadata."""


class EmployeeRow(Base, table=True):
    """A synthetic employee of an authority; the iin is his login."""

    __tablename__ = "employee"
    iin: str = Field(primary_key=True, max_length=12)
    authority: str = Field(max_length=100, index=True)
    organisation: str
    bin: str = Field(max_length=12)
    surname: str
    name: str
    patronymic: str
    password_hash: str


class CaseRow(Base, table=True):
    """One application and what became of it, without its documents; ``steps`` are those that ИС МИО knows."""

    __tablename__ = "mio_case"
    correlation_id: str = Field(primary_key=True, max_length=100)
    number: str = Field(max_length=40, unique=True)
    regulation: str = Field(max_length=20)
    service_type: str = Field(max_length=100)
    region: str = Field(max_length=10)
    channel: str = Field(max_length=20)
    authority: str = Field(max_length=100, index=True)
    way_back: str = Field(max_length=100)
    stage: str = Field(max_length=20, index=True)
    employee: str | None = Field(default=None, max_length=12)
    outcome: str | None = Field(default=None, max_length=20)
    reason: str | None = None
    received_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    steps: str = "[]"


@dataclass(frozen=True, slots=True)
class Case:
    """A case as handlers and the desk work with it."""

    correlation_id: str
    number: str
    regulation: str
    service_type: str
    region: str
    channel: str
    authority: str
    way_back: str
    stage: str
    employee: str | None
    outcome: str | None
    reason: str | None
    received_at: datetime
    changed_at: datetime
    steps: str


class DocumentRow(Base, table=True):
    """``application`` and ``output`` are CMS, as they were signed; ``draft`` is the output before that."""

    __tablename__ = "document"
    correlation_id: str = Field(primary_key=True, max_length=100)
    kind: str = Field(primary_key=True, max_length=20)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CounterRow(Base, table=True):
    """The running number of a region's year."""

    __tablename__ = "case_counter"
    name: str = Field(primary_key=True, max_length=40)
    last: int


LOGINS = login_tables(Base.metadata)


@dataclass(frozen=True, slots=True)
class Counter:
    """A running number as handlers work with it."""

    name: str
    last: int


_COUNTER: Any = CounterRow.__table__  # type: ignore[attr-defined]
COUNTERS = Sheet(_COUNTER, Counter)
_CASE: Any = CaseRow.__table__  # type: ignore[attr-defined]
_DOCUMENT: Any = DocumentRow.__table__  # type: ignore[attr-defined]
CASES = Sheet(_CASE, Case)


def add_employees(session: Session, rows: Iterable[dict[str, Any]]) -> bool:
    """Take on the first employees; False when there are some already."""
    if has_employees(session):
        return False
    session.execute(insert(EmployeeRow), list(rows))
    return True


def has_employees(session: Session) -> bool:
    return session.execute(select(col(EmployeeRow.iin)).limit(1)).first() is not None


def employee_of(session: Session, authority: str) -> EmployeeRow:
    """Somebody who works for the authority; NotFound ``authority-unknown``."""
    query = (
        select(EmployeeRow).where(col(EmployeeRow.authority) == authority).order_by(col(EmployeeRow.iin)).limit(1)
    )
    found: EmployeeRow | None = session.execute(query).scalar()
    if found is None:
        raise NotFound("authority-unknown", "nobody works for this authority here")
    return found


def get_employee(session: Session, iin: str) -> EmployeeRow | None:
    return session.get(EmployeeRow, iin)


def get_case(session: Session, case: str) -> CaseRow:
    """A case by its number or its id; NotFound ``case-unknown``."""
    row = session.get(CaseRow, case)
    if row is None:
        row = session.execute(select(CaseRow).where(col(CaseRow.number) == case)).scalar()
    if row is None:
        raise NotFound("case-unknown", "no such case")
    return row


def write_documents(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Keep documents, for ever and as they are."""
    database.write_many(session, _DOCUMENT, rows)


def document(session: Session, correlation_id: str, kind: str) -> bytes | None:
    """A document of a case, or None."""
    row = session.get(DocumentRow, (correlation_id, kind))
    return None if row is None else row.content


def steps_of(session: Session, correlation_id: str) -> list[StepDone]:
    """The steps of a case that ИС МИО knows; none for a case that it does not know."""
    row = session.get(CaseRow, correlation_id)
    return [] if row is None else list(read_steps(row.steps))


def cases(session: Session, authority: str, stage: Stage | None, limit: int) -> list[CaseRow]:
    """The cases of an authority, the oldest first, narrowed by stage."""
    query = select(CaseRow).where(col(CaseRow.authority) == authority)
    if stage is not None:
        query = query.where(col(CaseRow.stage) == stage.value)
    return list(session.execute(query.order_by(col(CaseRow.received_at)).limit(limit)).scalars())


def all_employees(session: Session) -> list[EmployeeRow]:
    return list(session.execute(select(EmployeeRow).order_by(col(EmployeeRow.authority))).scalars())
