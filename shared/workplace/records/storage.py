"""Cases of a system with a workplace, and its employees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.errors import Conflict, NotFound
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import HotColumn, declare_table
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, RowKey, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import StepDone
from shared.people.accounts import AccountTables
from shared.people.challenges import challenge_table
from shared.people.logins import login_tables
from shared.workplace.records.case_record import WITHOUT_DEADLINE, WorkplaceCase
from shared.workplace.records.stages import CaseStage


class Base(SQLModel, registry=registry()):
    """The metadata of every workplace; each system has these tables in its own database."""


class EmployeeRow(Base, table=True):
    """A synthetic employee of a department or centre, who logs in with the ИИН.

    ``is_first_password``: somebody else made the password, and the employee has not changed it.
    """

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
    is_first_password: bool = Field(sa_column=Column(Boolean, nullable=False, default=True))


class ClerkRulesRow(Base, table=True):
    """The clerks' rules set by the operator (JSON): one row, whose version grows."""

    __tablename__ = "clerk_rules"
    id: int = Field(primary_key=True)
    version: int
    rules: str


class CaseDocumentRow(Base, table=True):
    """``application`` and ``output`` are signed CMS; ``draft`` and ``form`` are the contents to sign."""

    __tablename__ = "document"
    case_id: str = Field(primary_key=True, max_length=100)
    kind: str = Field(primary_key=True, max_length=20)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


NO_CASE = ""
"""The case of a query that is sent before an application is taken in."""


class QueryRow(Base, table=True):
    """A query to a register, and its answer (JSON) once there is one.

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


LOGINS = login_tables(Base.metadata)
ACCOUNTS = AccountTables(
    LOGINS, challenge_table(Base.metadata), lambda session, iin: find_password_hash(session, iin)
)


@dataclass(frozen=True, slots=True)
class RunningNumber:
    """The running number of a region's year."""

    name: Annotated[str, HotColumn(40, is_key=True)]
    last: int


COUNTERS = declare_table("case_counter", Base.metadata, RunningNumber)
CASES = declare_table("work_case", Base.metadata, WorkplaceCase)
_COUNTER = COUNTERS.table
_CASE = CASES.table
Index("ix_work_case_newest", _CASE.c.place, _CASE.c.received_at, _CASE.c.case_id)
Index("ix_work_case_turn", _CASE.c.place, _CASE.c.turn, _CASE.c.assignee, _CASE.c.turn_at, _CASE.c.case_id)
Index("ix_work_case_name", _CASE.c.place, _CASE.c.applicant_name, _CASE.c.case_id)
_DOCUMENT: Any = CaseDocumentRow.__table__  # type: ignore[attr-defined]
_CONTENT = select(_DOCUMENT.c.content).where(
    _DOCUMENT.c.case_id == bindparam("of_case"), _DOCUMENT.c.kind == bindparam("of_kind")
)
"""A statement of almost every step, compiled once: compiling costs more than running."""
_NEXT_DUE = select(func.min(_CASE.c.next_due))
_DUE = (
    select(_CASE.c.case_id)
    .where(_CASE.c.next_due <= bindparam("by"))
    .order_by(_CASE.c.next_due)
    .limit(bindparam("most"))
)
_OPEN_CASE = (
    select(_CASE.c.case_id)
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
_NEWEST = ListOrder((_CASE.c.received_at, _CASE.c.case_id))
_LATEST = ListOrder((_CASE.c.changed_at, _CASE.c.case_id))
_BY_DUE = ListOrder(
    (func.coalesce(_CASE.c.due_at, WITHOUT_DEADLINE), _CASE.c.received_at, _CASE.c.case_id), is_ascending=True
)


def add_employees(session: Session, rows: Iterable[dict[str, Any]]) -> bool:
    """Store the first employees; False when there are employees already."""
    if has_employees(session):
        return False
    session.execute(insert(EmployeeRow), list(rows))
    return True


def hire_employees(session: Session, authority: str, rows: Iterable[dict[str, Any]]) -> None:
    """Store the employees of a department that has none; Conflict ``office-staffed``."""
    if employees_of(session, authority):
        raise Conflict("office-staffed", "people of this system work at the authority already")
    session.execute(insert(EmployeeRow), list(rows))


def has_employees(session: Session) -> bool:
    """Whether any employee is stored."""
    return session.execute(select(col(EmployeeRow.iin)).limit(1)).first() is not None


def employees_of(session: Session, authority: str) -> list[EmployeeRow]:
    """All employees of a department."""
    query = select(EmployeeRow).where(col(EmployeeRow.authority) == authority).order_by(col(EmployeeRow.iin))
    return list(session.execute(query).scalars())


def find_password_hash(session: Session, iin: str) -> str | None:
    """The hash of an employee's password; None for an unknown employee."""
    employee = session.get(EmployeeRow, iin)
    return None if employee is None else employee.password_hash


def get_employee(session: Session, iin: str) -> EmployeeRow | None:
    """The employee with this ИИН, or None."""
    return session.get(EmployeeRow, iin)


def set_password(session: Session, iin: str, password_hash: str, *, is_first: bool) -> bool:
    """Replace an employee's password; False for an unknown employee."""
    employee = session.get(EmployeeRow, iin)
    if employee is None:
        return False
    employee.password_hash = password_hash
    employee.is_first_password = is_first
    session.add(employee)
    return True


def get_case(session: Session, case: str) -> WorkplaceCase:
    """The case with this number or id; NotFound ``case-unknown``."""
    by_number = CASES.query.where(_CASE.c.number == case)
    found = CASES.read_row(session, case) or next(iter(CASES.read_rows(session, by_number)), None)
    if found is None:
        raise NotFound("case-unknown", "no such case")
    return found


def find_case(session: Session, case_id: str) -> WorkplaceCase | None:
    """The case with this id, or None."""
    return CASES.read_row(session, case_id)


def write_documents(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Store documents; a new draft or output replaces the earlier one."""
    latest = {(row["case_id"], row["kind"]): row for row in rows}
    database.write_many(session, _DOCUMENT, list(latest.values()), replace=("content",))


def read_document(session: Session, case_id: str, kind: str) -> bytes | None:
    """A document of a case, or None."""
    parameters = {"of_case": case_id, "of_kind": kind}
    content: bytes | None = session.connection().execute(_CONTENT, parameters).scalar()
    return content


def steps_of(session: Session, case_id: str) -> list[StepDone]:
    """The steps of a case that this system knows; empty for an unknown case."""
    case = find_case(session, case_id)
    return [] if case is None else list(case.steps)


def list_cases(
    session: Session,
    authority: str,
    stage: CaseStage | None,
    place: ListPlace,
    *,
    late_at: datetime | None = None,
    among: Select[Any] | None = None,
    is_by_due: bool = False,
) -> ListPage[WorkplaceCase]:
    """The cases of a department or centre, the newest first or by deadline, filtered by stage, by lateness at a
    moment, and by a query for the ids.
    """
    query = CASES.query.where(_CASE.c.place == authority)
    if stage is not None:
        query = query.where(_CASE.c.stage == stage.value)
    if late_at is not None:
        query = query.where(_CASE.c.due_at < late_at)
    if among is not None:
        query = query.where(_CASE.c.case_id.in_(among))
    if is_by_due:
        return _BY_DUE.read_page(query, place, lambda query: CASES.read_rows(session, query), _due_key)
    return _NEWEST.read_page(query, place, lambda query: CASES.read_rows(session, query))


def _due_key(case: WorkplaceCase) -> RowKey:
    return case.due_at or WITHOUT_DEADLINE, case.received_at, case.case_id


def due_cases(session: Session, now: datetime, limit: int) -> list[str]:
    """The cases that a clerk should examine by now, the longest due first."""
    return list(session.connection().execute(_DUE, {"by": now, "most": limit}).scalars())


def next_due(session: Session) -> datetime | None:
    """When a clerk must examine a case next, or None."""
    moment: datetime | None = session.connection().execute(_NEXT_DUE).scalar()
    return moment


def look_anew(session: Session, now: datetime) -> None:
    """Make every case that waits for people due for a clerk."""
    is_open = _CASE.c.todo != (), _CASE.c.stage != CaseStage.WATCHED.value
    session.execute(update(_CASE).where(*is_open).values(next_due=now))


def look_at_case(session: Session, case_id: str, now: datetime) -> None:
    """Make a case that waits for people due for a clerk."""
    session.execute(update(_CASE).where(_CASE.c.case_id == case_id).values(next_due=now))


def clerk_rules(session: Session) -> tuple[int, str] | None:
    """The version and the rules that the operator has set, or None."""
    row = session.connection().execute(_CLERK_RULES).first()
    return None if row is None else (row.version, row.rules)


def write_clerk_rules(session: Session, rules: str) -> None:
    """Replace the rules."""
    row = session.get(ClerkRulesRow, 1, with_for_update=True) or ClerkRulesRow(id=1, version=0, rules="")
    row.version, row.rules = row.version + 1, rules
    session.add(row)


def all_employees(session: Session) -> list[EmployeeRow]:
    """All employees."""
    return list(session.execute(select(EmployeeRow).order_by(col(EmployeeRow.authority))).scalars())


def list_employees(session: Session, place: ListPlace) -> ListPage[EmployeeRow]:
    """The employees, ordered by department and ИИН."""
    order = ListOrder((col(EmployeeRow.authority), col(EmployeeRow.iin)), is_ascending=True)
    return order.read_page(select(EmployeeRow), place, select_rows(session))


def write_query(session: Session, row: QueryRow) -> None:
    """Store a query that was sent."""
    session.add(row)


def delete_query(session: Session, query_id: str) -> None:
    """Forget a query that belongs to no case."""
    session.execute(delete(QueryRow).where(col(QueryRow.id) == query_id))


def query_of(session: Session, query_id: str) -> QueryRow | None:
    """The query with this id, or None."""
    return session.get(QueryRow, query_id)


def query_by_message(session: Session, message_id: str) -> QueryRow | None:
    """The query that a message carried, or None."""
    row: QueryRow | None = session.execute(select(QueryRow).where(col(QueryRow.message_id) == message_id)).scalar()
    return row


def queries_of(session: Session, case_id: str) -> list[QueryRow]:
    """All queries of a case, in order."""
    query = select(QueryRow).where(col(QueryRow.case_id) == case_id).order_by(col(QueryRow.asked_at))
    return list(session.execute(query).scalars())


def open_case(session: Session, applicant: str, regulation: str, variant: str) -> str | None:
    """The id of an open case with the same person, regulation and variant, or None."""
    parameters = {"of_applicant": applicant, "of_regulation": regulation, "of_variant": variant}
    case_id: str | None = session.connection().execute(_OPEN_CASE, parameters).scalar()
    return case_id


def latest_cases(
    session: Session, status: str | None, authority: str | None, place: ListPlace
) -> ListPage[WorkplaceCase]:
    """The cases, the latest change first, filtered by status and authority."""
    query = CASES.query
    if status is not None:
        query = query.where(_CASE.c.status == status)
    if authority is not None:
        query = query.where(_CASE.c.authority == authority)
    return _LATEST.read_page(query, place, lambda query: CASES.read_rows(session, query))


def next_number_of(uow: UnitOfWork, name: str) -> int:
    """The next number of a counter, from 1; replicas never issue one number twice.

    The row stays locked to the end of the transaction; a missing row is made in one statement, because two
    replicas may make it at once.
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
    """Add these tables to the caller's metadata, for a system with further tables."""
    for name, table in Base.metadata.tables.items():
        if name not in metadata.tables:
            table.to_metadata(metadata)
