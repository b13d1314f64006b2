"""The persons of the register, and the requests that wait for a consent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.contracts.registers import PersonRecord


class Base(SQLModel, registry=registry()):
    """The metadata of the register."""


class PersonRow(Base, table=True):
    """A person of the register."""

    __tablename__ = "person"
    iin: str = Field(primary_key=True, max_length=12)
    surname: str
    name: str
    patronymic: str
    birth_date: date
    sex: str
    region: str = Field(max_length=10, index=True)
    address: str
    is_alive: bool


class PendingRow(Base, table=True):
    """A request for a person that waits for КДП's answer to the question ``question_id``."""

    __tablename__ = "pending_request"
    question_id: str = Field(primary_key=True, max_length=100)
    correlation_id: str = Field(max_length=100)
    route_id: str | None = Field(default=None, max_length=100)
    request_id: str = Field(max_length=40)
    iin: str = Field(max_length=12)


def take_pending(session: Session, question_id: str) -> PendingRow | None:
    """Take the request that waits for the answer to this question; None when no request waits."""
    row = session.get(PendingRow, question_id)
    if row is not None:
        session.delete(row)
        session.flush()
    return row


def seed_persons(session: Session, people: Iterable[PersonRecord]) -> bool:
    """Fill an empty register; False when it already has people."""
    if session.execute(select(col(PersonRow.iin)).limit(1)).first() is not None:
        return False
    session.execute(insert(PersonRow), [person.model_dump() for person in people])
    return True


def find_person(session: Session, iin: str) -> PersonRecord | None:
    """The person who holds the number, or None."""
    row = session.get(PersonRow, iin)
    return None if row is None else PersonRecord(**row.model_dump())


def list_persons(session: Session, region: str | None, after: str, place: ListPlace) -> ListPage[PersonRecord]:
    """People ordered by ИИН, beginning after the ИИН ``after``."""
    query = select(PersonRow).where(col(PersonRow.iin) > after)
    if region is not None:
        query = query.where(col(PersonRow.region) == region)
    order = ListOrder((col(PersonRow.iin),), is_ascending=True)
    page = order.read_page(query, place, select_rows(session))
    return page.convert_rows(lambda row: PersonRecord(**row.model_dump()))
