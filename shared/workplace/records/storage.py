"""Cases at a system with a workplace, and the people who work on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData, bindparam, func, insert, select, update
from sqlalchemy.orm import defer, registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.errors import NotFound
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import HotTable
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import StepDone
from shared.people.logins import login_tables
from shared.regulations.process.process_state import read_steps
from shared.workplace.records.stages import CaseStage


class Base(SQLModel, registry=registry()):
    """What every workplace keeps; each system has these tables in a database of its own."""


class EmployeeRow(Base, table=True):
    """A synthetic employee of a department or centre; the iin is his login."""

    __tablename__ = "employee"
    iin: str = Field(primary_key=True, max_length=12)
    authority: str = Field(max_length=100, index=True)
    role: str = Field(max_length=20)
    organisation: str
    bin: str = Field(max_length=12)
    surname: str
    name: str
    patronymic: str
    password_hash: str


class CaseRow(Base, table=True):
    """One application and what became of it, without its documents; ``steps`` are those that this system knows.

    ``number`` is the provider's; None before he gave one. ``authority`` is the department that decides, ``place``
    the one whose people work on the case here (a service centre, at ИС ЦОН). ``systems`` are those whose steps are
    taken here. ``todo`` names the steps that wait here for people; ``next_due`` is when a clerk is done with the
    first of them. ``status`` is the last that was shown.
    ``waits`` says since when the steps that wait here wait and when they are due, ``due_at`` is the first of these
    moments that is not the applicant's; ``extensions`` are the deadlines that were extended (``deadlines``).
    """

    __tablename__ = "work_case"
    correlation_id: str = Field(primary_key=True, max_length=100)
    number: str | None = Field(default=None, max_length=40, index=True)
    regulation: str = Field(max_length=20, index=True)
    service_type: str = Field(max_length=100)
    region: str = Field(max_length=10)
    channel: str = Field(max_length=20)
    variant: str = Field(max_length=40)
    authority: str = Field(max_length=100, index=True)
    place: str = Field(max_length=100, index=True)
    systems: str = Field(max_length=100)
    applicant: str = Field(max_length=12, index=True)
    stage: str = Field(max_length=20, index=True)
    status: str = Field(max_length=100, index=True)
    employee: str | None = Field(default=None, max_length=12)
    outcome: str | None = Field(default=None, max_length=20)
    reason: str | None = None
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    next_due: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    todo: str = ""
    steps: str = "[]"
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    waits: str = "[]"
    extensions: str = "[]"


@dataclass(frozen=True, slots=True)
class WorkplaceCase:
    """A case as handlers and the desk work with it."""

    correlation_id: str
    regulation: str
    service_type: str
    region: str
    channel: str
    variant: str
    authority: str
    systems: str
    stage: str
    received_at: datetime
    changed_at: datetime
    number: str | None = None
    place: str = ""
    applicant: str = ""
    status: str = ""
    employee: str | None = None
    outcome: str | None = None
    reason: str | None = None
    todo: str = ""
    steps: str = "[]"
    due_at: datetime | None = None
    waits: str = "[]"
    extensions: str = "[]"
    next_due: datetime | None = None


class ClerkRulesRow(Base, table=True):
    """The rules that the clerks go by (JSON), when the operator wrote some: one row, whose version grows."""

    __tablename__ = "clerk_rules"
    id: int = Field(primary_key=True)
    version: int
    rules: str


class CaseDocumentRow(Base, table=True):
    """``application`` and ``output`` are CMS, as they were signed; ``draft`` and ``form`` are what is signed."""

    __tablename__ = "document"
    correlation_id: str = Field(primary_key=True, max_length=100)
    kind: str = Field(primary_key=True, max_length=20)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class QueryRow(Base, table=True):
    """A question to a register, and what it answered (JSON) when it did.

    ``about`` names a power of attorney and its holder (``number iin``) that came up after the application.
    """

    __tablename__ = "query"
    id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(max_length=100, index=True)
    step: str = Field(max_length=10)
    register_: str = Field(max_length=30)
    message_id: str = Field(max_length=36, index=True)
    about: str = Field(default="", max_length=60)
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    answer: str | None = None


class RunningNumberRow(Base, table=True):
    """The running number of a region's year."""

    __tablename__ = "case_counter"
    name: str = Field(primary_key=True, max_length=40)
    last: int


LOGINS = login_tables(Base.metadata)


@dataclass(frozen=True, slots=True)
class RunningNumber:
    """A running number as handlers work with it."""

    name: str
    last: int


_COUNTER: Any = RunningNumberRow.__table__  # type: ignore[attr-defined]
COUNTERS = HotTable(_COUNTER, RunningNumber)
_CASE: Any = CaseRow.__table__  # type: ignore[attr-defined]
_DOCUMENT: Any = CaseDocumentRow.__table__  # type: ignore[attr-defined]
_CONTENT = select(_DOCUMENT.c.content).where(
    _DOCUMENT.c.correlation_id == bindparam("of_case"), _DOCUMENT.c.kind == bindparam("of_kind")
)
"""A statement of almost every step, made once: making it costs more than running it."""
_NEXT_DUE = select(func.min(_CASE.c.next_due))
_DUE = (
    select(_CASE.c.correlation_id)
    .where(_CASE.c.next_due <= bindparam("by"))
    .order_by(_CASE.c.next_due)
    .limit(bindparam("most"))
)
_OPEN_CASE = (
    select(_CASE.c.correlation_id)
    .where(
        _CASE.c.applicant == bindparam("of_applicant"),
        _CASE.c.regulation == bindparam("of_regulation"),
        _CASE.c.variant == bindparam("of_variant"),
        _CASE.c.stage != CaseStage.COMPLETED.value,
    )
    .limit(1)
)
_RULES: Any = ClerkRulesRow.__table__  # type: ignore[attr-defined]
_CLERK_RULES = select(_RULES.c.version, _RULES.c.rules)
CASES = HotTable(_CASE, WorkplaceCase)
_STEPS: Any = CaseRow.steps
_OPEN = (CaseStage.RECEIVED.value, CaseStage.IN_WORK.value, CaseStage.DECIDED.value)


def add_employees(session: Session, rows: Iterable[dict[str, Any]]) -> bool:
    """Take on the first employees; False when there are some already."""
    if has_employees(session):
        return False
    session.execute(insert(EmployeeRow), list(rows))
    return True


def has_employees(session: Session) -> bool:
    return session.execute(select(col(EmployeeRow.iin)).limit(1)).first() is not None


def employees_of(session: Session, authority: str) -> list[EmployeeRow]:
    """Everybody of a department."""
    query = select(EmployeeRow).where(col(EmployeeRow.authority) == authority).order_by(col(EmployeeRow.iin))
    return list(session.execute(query).scalars())


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
    """Keep documents as they are; a draft or an output that is made anew takes the place of the one before."""
    latest = {(row["correlation_id"], row["kind"]): row for row in rows}
    database.write_many(session, _DOCUMENT, list(latest.values()), replace=("content",))


def read_document(session: Session, case_id: str, kind: str) -> bytes | None:
    """A document of a case, or None."""
    parameters = {"of_case": case_id, "of_kind": kind}
    content: bytes | None = session.connection().execute(_CONTENT, parameters).scalar()
    return content


def steps_of(session: Session, case_id: str) -> list[StepDone]:
    """The steps of a case that this system knows; none for a case that it does not know."""
    row = session.get(CaseRow, case_id)
    return [] if row is None else list(read_steps(row.steps))


def list_cases(
    session: Session,
    place: str,
    stage: CaseStage | None,
    limit: int,
    *,
    late_at: datetime | None = None,
    is_by_due: bool = False,
) -> list[CaseRow]:
    """The cases of a department or centre, the oldest first or those due first, narrowed by stage and to those
    that are late at a moment."""
    query = select(CaseRow).where(col(CaseRow.place) == place)
    if stage is not None:
        query = query.where(col(CaseRow.stage) == stage.value)
    if late_at is not None:
        query = query.where(col(CaseRow.due_at) < late_at)
    if is_by_due:
        query = query.order_by(col(CaseRow.due_at).nulls_last())
    return list(session.execute(query.order_by(col(CaseRow.received_at)).limit(limit)).scalars())


def due_cases(session: Session, now: datetime, limit: int) -> list[str]:
    """The cases that a clerk should look at by now, the longest due first."""
    return list(session.connection().execute(_DUE, {"by": now, "most": limit}).scalars())


def next_due(session: Session) -> datetime | None:
    """When a clerk is to look at a case next."""
    moment: datetime | None = session.connection().execute(_NEXT_DUE).scalar()
    return moment


def look_anew(session: Session, now: datetime) -> None:
    """Have a clerk look at every case that waits here for people."""
    is_open = col(CaseRow.todo) != "", col(CaseRow.stage) != CaseStage.WATCHED.value
    session.execute(update(CaseRow).where(*is_open).values(next_due=now))


def clerk_rules(session: Session) -> tuple[int, str] | None:
    """What the operator wrote, after its version."""
    row = session.connection().execute(_CLERK_RULES).first()
    return None if row is None else (row.version, row.rules)


def write_clerk_rules(session: Session, rules: str) -> None:
    """Write other rules in the place of those before."""
    row = session.get(ClerkRulesRow, 1, with_for_update=True) or ClerkRulesRow(id=1, version=0, rules="")
    row.version, row.rules = row.version + 1, rules
    session.add(row)


def list_waiting(session: Session, region: str | None, service: str | None) -> list[CaseRow]:
    """The cases of which a step waits here, without their histories, narrowed by region and service."""
    query = select(CaseRow).where(col(CaseRow.stage).in_(_OPEN), col(CaseRow.waits) != "[]")
    if region is not None:
        query = query.where(col(CaseRow.region) == region)
    if service is not None:
        query = query.where(col(CaseRow.service_type) == service)
    return list(session.execute(query.options(defer(_STEPS))).scalars())


def all_employees(session: Session) -> list[EmployeeRow]:
    return list(session.execute(select(EmployeeRow).order_by(col(EmployeeRow.authority))).scalars())


def write_query(session: Session, row: QueryRow) -> None:
    """Note a question that was sent."""
    session.add(row)


def query_of(session: Session, query_id: str) -> QueryRow | None:
    """The question with this id."""
    return session.get(QueryRow, query_id)


def query_by_message(session: Session, message_id: str) -> QueryRow | None:
    """The question that a message carried."""
    row: QueryRow | None = session.execute(select(QueryRow).where(col(QueryRow.message_id) == message_id)).scalar()
    return row


def queries_of(session: Session, case_id: str) -> list[QueryRow]:
    """Everything that was asked for a case, in order."""
    query = select(QueryRow).where(col(QueryRow.case_id) == case_id).order_by(col(QueryRow.asked_at))
    return list(session.execute(query).scalars())


def open_case(session: Session, applicant: str, regulation: str, variant: str) -> str | None:
    """The id of a case of the same person for the same that is not completed yet."""
    parameters = {"of_applicant": applicant, "of_regulation": regulation, "of_variant": variant}
    case_id: str | None = session.connection().execute(_OPEN_CASE, parameters).scalar()
    return case_id


def latest_cases(session: Session, status: str | None, authority: str | None, limit: int) -> list[CaseRow]:
    """The latest cases of all, narrowed by status and authority."""
    query = select(CaseRow).order_by(col(CaseRow.changed_at).desc()).limit(limit)
    if status is not None:
        query = query.where(col(CaseRow.status) == status)
    if authority is not None:
        query = query.where(col(CaseRow.authority) == authority)
    return list(session.execute(query).scalars())


def next_number_of(uow: UnitOfWork, name: str) -> int:
    """The next number of a count, from 1; replicas never give one twice.

    The row is ours until the transaction ends; one that is not there yet is made in one statement, for two may.
    """
    counters = uow.hot_rows(COUNTERS)
    counter = counters.get(name)
    n = counter.last + 1 if counter is not None else _first_of(uow, name)
    counters.put(RunningNumber(name, n))
    return n


def _first_of(uow: UnitOfWork, name: str) -> int:
    counted = uow.resource(Database).upsert_statement(_COUNTER, add=("last",)).returning(_COUNTER.c.last)
    return int(uow.session.execute(counted, {"name": name, "last": 1}).scalar_one())


def adopt_tables(metadata: MetaData) -> None:
    """Have these tables made with the caller's own, for a system that keeps more than cases."""
    for name, table in Base.metadata.tables.items():
        if name not in metadata.tables:
            table.to_metadata(metadata)
