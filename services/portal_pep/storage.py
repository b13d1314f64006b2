"""Accounts, applications, and the cabinet's view of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import Column, Index, LargeBinary, bindparam, delete, func, select, update
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.errors import Conflict, NotFound
from shared.bus.http.live_streams import MOST_NEWS
from shared.bus.persistence.codecs import json_tuple
from shared.bus.persistence.database import Database, IntegrityError
from shared.bus.persistence.hot_tables import HotColumn, declare_table
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows, write_in_order
from shared.bus.persistence.tables import UtcDateTime
from shared.contracts.cases import StepDone
from shared.people.accounts import AccountTables
from shared.people.challenges import challenge_table
from shared.people.logins import login_tables
from shared.regulations.quality import AnswerCount

DRAFTS_KEPT = 100
"""The unsubmitted drafts of one citizen whose ids stay valid."""


class Base(SQLModel, registry=registry()):
    """The metadata of the portal."""


class CitizenAccountRow(Base, table=True):
    """A citizen's account; ``is_proved``: the citizen has proved with the ЭЦП whose account it is."""

    __tablename__ = "account"
    iin: str = Field(primary_key=True, max_length=12)
    surname: str
    name: str
    patronymic: str
    password_hash: str
    is_proved: bool
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class RegisterReplyRow(Base, table=True):
    """НР ИИН's answer to a registration; deleted once used."""

    __tablename__ = "person_answer"
    correlation_id: str = Field(primary_key=True, max_length=100)
    person: str | None
    answered_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


@dataclass(frozen=True, slots=True)
class PortalCase:
    """An application without its documents; ``steps`` are those known to the portal, ``refusal`` holds the act's
    words of the refusing step, ``reason`` the provider's words. ``open_key`` is the key of
    ``domain.compose_open_key`` while the application is open: two open applications cannot be equal.
    """

    case_id: Annotated[str, HotColumn(36, is_key=True)]
    iin: Annotated[str, HotColumn(12)]
    regulation: Annotated[str, HotColumn(20)]
    variant: Annotated[str, HotColumn(40)]
    region: Annotated[str, HotColumn(10)]
    authority: Annotated[str, HotColumn(100)]
    message_id: Annotated[str, HotColumn(36, is_indexed=True)]
    number: Annotated[str | None, HotColumn(40)]
    status: Annotated[str, HotColumn(100)]
    outcome: Annotated[str | None, HotColumn(20)]
    reason: str | None
    refusal: str | None
    open_key: Annotated[str | None, HotColumn(64, is_unique=True)]
    submitted_at: datetime
    changed_at: datetime
    steps: Annotated[tuple[StepDone, ...], HotColumn(codec=json_tuple(StepDone))] = ()
    reason_kk: str | None = None
    reason_en: str | None = None


class DraftRow(Base, table=True):
    """An application's id that the portal gave to a citizen, until the citizen submits the application."""

    __tablename__ = "draft"
    case_id: str = Field(primary_key=True, max_length=36)
    iin: str = Field(max_length=12, index=True)
    given_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PortalDocumentRow(Base, table=True):
    """A signed CMS, unchanged: ``application`` by the citizen, ``result`` by the provider's employee."""

    __tablename__ = "document"
    case_id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(primary_key=True, max_length=20)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PrintedRow(Base, table=True):
    """The output document as a sealed PDF, made once.

    Where the time-stamping authority failed, the time-stamp is added later: the bytes served before are the
    beginning of the new ones, and ``digest_before`` is their digest. ``tried_at`` is the last attempt.
    """

    __tablename__ = "printed"
    case_id: str = Field(primary_key=True, max_length=36)
    code: str = Field(max_length=20, unique=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: str = Field(max_length=64)
    digest_before: str | None = Field(default=None, max_length=64)
    is_stamped: bool
    sealed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    tried_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EvidenceRow(Base, table=True):
    """The evidence of a document: a time-stamp token and an OCSP answer, both DER.

    The row is made empty with its document; ``due_at`` is the next attempt to gather the evidence, in the
    machine's time (None once it is complete); ``code`` is the error of the last attempt.
    """

    __tablename__ = "evidence"
    case_id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(primary_key=True, max_length=20)
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    attempts: int = 0
    code: str | None = Field(default=None, max_length=60)
    stamped_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    token: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    answer: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class EventRow(Base, table=True):
    """One change of an application, for «Уведомления» and the live stream; ``until`` and ``reason`` belong to an
    extended deadline.
    """

    __tablename__ = "event"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(max_length=36, index=True)
    iin: str = Field(max_length=12, index=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    kind: str = Field(max_length=20)
    status: str = Field(max_length=100)
    number: str | None = Field(default=None, max_length=40)
    regulation: str = Field(max_length=20)
    code: str | None = Field(default=None, max_length=60)
    until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reason: str | None = None


class QuestionnaireRow(Base, table=True):
    """A citizen's answers to the questionnaire: option by question."""

    __tablename__ = "questionnaire"
    case_id: str = Field(primary_key=True, max_length=36)
    answers: str
    answered_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


LOGINS = login_tables(Base.metadata)
CHALLENGES = challenge_table(Base.metadata)
ACCOUNTS = AccountTables(LOGINS, CHALLENGES, lambda session, iin: find_password_hash(session, iin))
_ACCOUNT: Any = CitizenAccountRow.__table__  # type: ignore[attr-defined]
_DRAFT: Any = DraftRow.__table__  # type: ignore[attr-defined]
_EVENT: Any = EventRow.__table__  # type: ignore[attr-defined]
_DOCUMENT: Any = PortalDocumentRow.__table__  # type: ignore[attr-defined]
_EVIDENCE: Any = EvidenceRow.__table__  # type: ignore[attr-defined]
_NO_EVIDENCE: dict[str, Any] = {
    "due_at": None,
    "attempts": 0,
    "code": None,
    "stamped_at": None,
    "token": None,
    "answer": None,
}
APPLICATIONS = declare_table("application", Base.metadata, PortalCase)
_APPLICATION = APPLICATIONS.table
Index("ix_application_newest", _APPLICATION.c.iin, _APPLICATION.c.submitted_at, _APPLICATION.c.case_id)
# Statements of every submission, compiled once: compiling costs more than running.
_OPEN = select(_APPLICATION.c.case_id).where(_APPLICATION.c.open_key == bindparam("of_key"))
_NEWEST_DRAFTS = (
    select(_DRAFT.c.case_id)
    .where(_DRAFT.c.iin == bindparam("of_iin"))
    .order_by(_DRAFT.c.given_at.desc(), _DRAFT.c.case_id)
    .limit(DRAFTS_KEPT)
)
_FORGET_DRAFTS = delete(_DRAFT).where(
    _DRAFT.c.iin == bindparam("of_iin"), _DRAFT.c.case_id.not_in(_NEWEST_DRAFTS.scalar_subquery())
)
_USE_DRAFT = delete(_DRAFT).where(_DRAFT.c.case_id == bindparam("of_case"), _DRAFT.c.iin == bindparam("of_iin"))
_REGISTERED = select(_ACCOUNT.c.created_at).where(_ACCOUNT.c.iin == bindparam("of_iin"))


def keep_draft(session: Session, case_id: str, iin: str, at: datetime) -> None:
    """Record the id given to a citizen's draft; of one citizen the latest ``DRAFTS_KEPT`` ids stay valid."""
    connection = session.connection()
    connection.execute(_DRAFT.insert(), {"case_id": case_id, "iin": iin, "given_at": at})
    connection.execute(_FORGET_DRAFTS, {"of_iin": iin})


def use_draft(session: Session, case_id: str, iin: str) -> bool:
    """Whether the id was given to this citizen and not used; the id is used by the question."""
    return session.connection().execute(_USE_DRAFT, {"of_case": case_id, "of_iin": iin}).rowcount == 1


def find_password_hash(session: Session, iin: str) -> str | None:
    """The hash of a person's password; None without an account."""
    return None if (account := session.get(CitizenAccountRow, iin)) is None else account.password_hash


def get_account(session: Session, iin: str) -> CitizenAccountRow | None:
    """The account of a person, or None."""
    return session.get(CitizenAccountRow, iin)


def set_password(session: Session, iin: str, password_hash: str, *, is_proved: bool = False) -> bool:
    """Replace the password of an account, which is proved from now on if ``is_proved``; False without one."""
    account = session.get(CitizenAccountRow, iin)
    if account is None:
        return False
    account.password_hash = password_hash
    account.is_proved = account.is_proved or is_proved
    session.add(account)
    return True


def has_filed(session: Session, iin: str) -> bool:
    """Whether a person has filed an application; each is signed with the person's own ЭЦП."""
    query = select(_APPLICATION.c.case_id).where(_APPLICATION.c.iin == iin).limit(1)
    return session.execute(query).first() is not None


def get_registration_time(session: Session, iin: str) -> datetime | None:
    """The moment at which a person got an account; None without an account."""
    return session.connection().execute(_REGISTERED, {"of_iin": iin}).scalar()


def delete_register_reply(session: Session, correlation_id: str) -> None:
    """Delete an answer of НР ИИН: personal data of a person who may never get an account."""
    session.execute(delete(RegisterReplyRow).where(col(RegisterReplyRow.correlation_id) == correlation_id))


def find_application(session: Session, case_id: str) -> PortalCase | None:
    """The application with this id, of any citizen."""
    return APPLICATIONS.read_row(session, case_id)


def get_application(session: Session, case_id: str, iin: str) -> PortalCase:
    """A citizen's own application; NotFound ``application-unknown``, also for another citizen's."""
    row = APPLICATIONS.read_row(session, case_id)
    if row is None or row.iin != iin:
        raise NotFound("application-unknown", "the citizen has no application with this id")
    return row


def find_open_application(session: Session, open_key: str) -> str | None:
    """The id of the open application with this key, or None."""
    case_id: str | None = session.connection().execute(_OPEN, {"of_key": open_key}).scalar()
    return case_id


def list_history(session: Session, iin: str, place: ListPlace) -> ListPage[PortalCase]:
    """A citizen's applications, the newest first."""
    query = APPLICATIONS.query.where(_APPLICATION.c.iin == iin)
    order = ListOrder((_APPLICATION.c.submitted_at, _APPLICATION.c.case_id))
    return order.read_page(query, place, lambda query: APPLICATIONS.read_rows(session, query))


def write_documents(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Store documents unchanged, for ever."""
    database.write_many(session, _DOCUMENT, rows)


def get_document(session: Session, case_id: str, kind: str) -> bytes | None:
    """A document of an application, or None."""
    return None if (row := session.get(PortalDocumentRow, (case_id, kind))) is None else row.content


def get_printed(session: Session, case_id: str) -> PrintedRow | None:
    """The sealed PDF of an application, or None before its first download."""
    return session.get(PrintedRow, case_id)


def get_printed_by_code(session: Session, code: str) -> PrintedRow | None:
    """The sealed PDF with this code, or None."""
    return session.execute(select(PrintedRow).where(col(PrintedRow.code) == code)).scalar_one_or_none()


def keep_printed(session: Session, row: PrintedRow) -> PrintedRow:
    """Store a sealed PDF; returns the stored one, which another replica may have written first."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.get_one(PrintedRow, row.case_id)
    return row


def renew_printed(session: Session, case_id: str, before: str, **values: Any) -> PrintedRow:
    """Replace the version with the digest ``before`` by a later one, unless another replica has replaced it."""
    is_old = (col(PrintedRow.case_id) == case_id, col(PrintedRow.digest) == before)
    session.execute(update(PrintedRow).where(*is_old).values(**values))
    return session.get_one(PrintedRow, case_id, populate_existing=True)


def write_evidence(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Store documents whose evidence is due, and gathered evidence."""
    database.write_many(session, _EVIDENCE, [{**_NO_EVIDENCE, **row} for row in rows], replace=tuple(_NO_EVIDENCE))


def list_due_evidence(session: Session, now: datetime, limit: int) -> list[tuple[EvidenceRow, bytes]]:
    """The documents with due evidence, the longest-waiting first, with their content."""
    due_at, document_row = col(EvidenceRow.due_at), PortalDocumentRow
    is_its = (col(document_row.case_id) == EvidenceRow.case_id) & (col(document_row.kind) == EvidenceRow.kind)
    query = (
        select(EvidenceRow, col(document_row.content))
        .join(document_row, is_its)
        .where(due_at <= now)
        .order_by(due_at)
        .limit(limit)
    )
    return [(evidence_row, content) for evidence_row, content in session.execute(query)]


def list_evidence(session: Session, case_id: str) -> list[EvidenceRow]:
    """The evidence of an application's documents."""
    query = select(EvidenceRow).where(col(EvidenceRow.case_id) == case_id)
    return list(session.execute(query.order_by(col(EvidenceRow.kind))).scalars())


def get_stamp_time(session: Session, case_id: str, kind: str) -> datetime | None:
    """The moment of a document's time-stamp, or None."""
    return None if (row := session.get(EvidenceRow, (case_id, kind))) is None else row.stamped_at


def write_events(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Store the events of a batch."""
    write_in_order(session, database, _EVENT, rows)


def keep_answers(session: Session, row: QuestionnaireRow) -> None:
    """Store the answers to a questionnaire; Conflict ``questionnaire-answered`` for a second submission."""
    if session.get(QuestionnaireRow, row.case_id) is not None:
        raise Conflict("questionnaire-answered", "this questionnaire was answered before")
    session.add(row)


def count_answers(session: Session) -> list[AnswerCount]:
    """How many citizens gave the same answers to the questionnaire, by regulation."""
    regulation, answers = _APPLICATION.c.regulation, col(QuestionnaireRow.answers)
    is_answered = col(QuestionnaireRow.case_id) == _APPLICATION.c.case_id
    query = select(regulation, answers, func.count()).join(QuestionnaireRow, is_answered)
    return [AnswerCount(*row) for row in session.execute(query.group_by(regulation, answers))]


def list_events(session: Session, *, iin: str, case_id: str, after: int = 0, limit: int = 100) -> list[EventRow]:
    """The events of a citizen's application in order, beginning after the event ``after``."""
    query = select(EventRow).where(
        col(EventRow.iin) == iin, col(EventRow.case_id) == case_id, col(EventRow.id) > after
    )
    return list(session.execute(query.order_by(col(EventRow.id)).limit(limit)).scalars())


def topic_of(case_id: str) -> str:
    """The topic that is woken at a change of an application."""
    return f"application:{case_id}"


def citizen_topic(iin: str) -> str:
    """The topic that is woken at a change of any application of a citizen."""
    return f"citizen:{iin}"


def read_last_event(session: Session) -> int:
    """The number of the newest event; 0 when there is none."""
    return session.execute(select(func.max(col(EventRow.id)))).scalar() or 0


def read_new_events(session: Session, after: int) -> list[tuple[int, str]]:
    """Number and topic of the events behind a number, in order, at most ``MOST_NEWS``."""
    query = select(col(EventRow.id), col(EventRow.case_id), col(EventRow.iin)).where(col(EventRow.id) > after)
    rows = session.execute(query.order_by(col(EventRow.id)).limit(MOST_NEWS))
    return [(number, topic) for number, case_id, iin in rows for topic in (topic_of(case_id), citizen_topic(iin))]


def page_events(session: Session, iin: str, after: int, place: ListPlace) -> ListPage[EventRow]:
    """The events of a citizen's applications after the event with this number, the newest first."""
    query = select(EventRow).where(col(EventRow.iin) == iin, col(EventRow.id) > after)
    return ListOrder((col(EventRow.id),)).read_page(query, place, select_rows(session))


def find_application_by_message(session: Session, message_id: str) -> str | None:
    """The id of the application that a message carried, or None."""
    query = select(_APPLICATION.c.case_id).where(_APPLICATION.c.message_id == message_id)
    return session.execute(query).scalar()
