"""The telephones of people, and the requests for consent with what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, insert, select, update
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.kdp.domain import ConsentFacts, ConsentState
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime


class Base(SQLModel, registry=registry()):
    """The metadata of КДП."""


class SubscriberRow(Base, table=True):
    """The telephone of a person."""

    __tablename__ = "subscriber"
    iin: str = Field(primary_key=True, max_length=12)
    phone: str = Field(max_length=20, unique=True)


class ConsentRow(Base, table=True):
    """A request for consent. ``sms_text`` and ``answer_until`` are set where the citizen was asked by SMS;
    ``expires_at``, ``code_digest`` and ``public_key`` once the consent is given.
    """

    __tablename__ = "consent"
    n: int | None = Field(default=None, primary_key=True)
    id: str = Field(max_length=40, unique=True)
    state: str = Field(max_length=20)
    asker: str = Field(max_length=100)
    iin: str = Field(max_length=12, index=True)
    phone: str = Field(max_length=20, index=True)
    company: str = Field(max_length=300)
    company_bin: str = Field(max_length=12)
    company_responsible: str = Field(max_length=300)
    employee_name: str = Field(max_length=300)
    access_name: str = Field(max_length=100)
    personal_data: str = Field(max_length=300)
    life_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    requested_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    sms_text: str | None = None
    answer_until: datetime | None = Field(sa_column=Column(UtcDateTime, nullable=True, index=True))
    answered_at: datetime | None = Field(sa_column=Column(UtcDateTime, nullable=True))
    expires_at: datetime | None = Field(sa_column=Column(UtcDateTime, nullable=True))
    code_digest: str | None = Field(default=None, max_length=64, unique=True)
    public_key: str | None = Field(default=None, max_length=1000)
    neighbour: str = Field(max_length=100)
    correlation_id: str = Field(max_length=100)
    route_id: str | None = Field(default=None, max_length=100)


NEWEST = ListOrder((col(ConsentRow.n),))


def seed_phones(session: Session, phones: Iterable[tuple[str, str]]) -> bool:
    """Fill an empty register; False when the register already has telephones."""
    if session.execute(select(col(SubscriberRow.iin)).limit(1)).first() is not None:
        return False
    session.execute(insert(SubscriberRow), [{"iin": iin, "phone": phone} for iin, phone in phones])
    return True


def find_phone(session: Session, iin: str) -> str | None:
    """The telephone of the person with this ИИН, or None."""
    row = session.get(SubscriberRow, iin)
    return None if row is None else row.phone


def find_consent(session: Session, consent_id: str) -> ConsentRow | None:
    """The request for consent with this id, or None."""
    return session.execute(select(ConsentRow).where(col(ConsentRow.id) == consent_id)).scalar()


def find_by_code(session: Session, code_digest: str) -> ConsentRow | None:
    """The consent whose code has this digest, or None."""
    return session.execute(select(ConsentRow).where(col(ConsentRow.code_digest) == code_digest)).scalar()


def facts_of(row: ConsentRow) -> ConsentFacts:
    """The facts of a consent that was given; a request without a code has none."""
    return ConsentFacts(
        state=ConsentState(row.state),
        iin=row.iin,
        asker=row.asker,
        access_name=row.access_name,
        public_key=row.public_key or "",
        expires_at=row.expires_at or row.requested_at,
    )


def change_state(
    session: Session, row: ConsentRow, before: ConsentState, after: ConsentState, **values: object
) -> bool:
    """Change the state of a request and other values; False when another replica has changed the state."""
    change = update(ConsentRow).where(col(ConsentRow.n) == row.n, col(ConsentRow.state) == before.value)
    change = change.values(state=after.value, **values).execution_options(synchronize_session="fetch")
    cursor: Any = session.execute(change)
    return bool(cursor.rowcount)


def unanswered_consents(session: Session, now: datetime, limit: int) -> Sequence[ConsentRow]:
    """The requests whose time for an answer is over, the oldest first."""
    query = select(ConsentRow).where(
        col(ConsentRow.answer_until) <= now, col(ConsentRow.state) == ConsentState.WAITING.value
    )
    return session.execute(query.order_by(col(ConsentRow.answer_until)).limit(limit)).scalars().all()


def list_consents(
    session: Session, place: ListPlace, *, is_by_sms: bool = False, **narrowed: str | None
) -> ListPage[ConsentRow]:
    """The requests, the newest first, filtered by the given values of iin, phone and state; with ``is_by_sms``
    only those for which an SMS was sent.
    """
    query = select(ConsentRow)
    if is_by_sms:
        query = query.where(col(ConsentRow.sms_text).is_not(None))
    for name, value in narrowed.items():
        if value is not None:
            query = query.where(getattr(ConsentRow, name) == value)
    return NEWEST.read_page(query, place, select_rows(session))
