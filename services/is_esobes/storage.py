"""The register of recipients."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Index, MetaData, insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.is_esobes.domain import GrantState, ServiceGrant
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.workplace.records import storage
from shared.workplace.records.storage import QueryRow


class Base(SQLModel, registry=registry()):
    """The metadata of ИС «Е-собес», including the workplace's tables."""


class RecipientRow(Base, table=True):
    """A granted service; ``id`` is the case that granted it, ``until`` the last day."""

    __tablename__ = "recipient"
    __table_args__ = (Index("ix_recipient_newest", "since", "id"),)
    id: str = Field(primary_key=True, max_length=100)
    number: str | None = Field(default=None, max_length=40)
    iin: str = Field(max_length=12, index=True)
    service_type: str = Field(max_length=100, index=True)
    regulation: str = Field(max_length=20)
    region: str = Field(max_length=10)
    since: date
    until: date = Field(index=True)


def build_metadata() -> MetaData:
    """All tables of the system."""
    metadata: MetaData = Base.metadata
    storage.adopt_tables(metadata)
    return metadata


def seed_recipients(session: Session, grants: Iterable[ServiceGrant]) -> bool:
    """Fill an empty register; False when it already has recipients."""
    if session.execute(select(col(RecipientRow.id)).limit(1)).first() is not None:
        return False
    rows = [{**vars(grant), "number": None} for grant in grants]
    if rows:
        session.execute(insert(RecipientRow), rows)
    return bool(rows)


def get_recipient(session: Session, recipient_id: str) -> RecipientRow | None:
    """The grant with this id, or None."""
    return session.get(RecipientRow, recipient_id)


def find_running(session: Session, iin: str, service_type: str, day: date) -> RecipientRow | None:
    """The grant of a service to a person that is running on ``day``, or None."""
    query = select(RecipientRow).where(
        col(RecipientRow.iin) == iin,
        col(RecipientRow.service_type) == service_type,
        col(RecipientRow.until) >= day,
    )
    row: RecipientRow | None = session.execute(query.limit(1)).scalar()
    return row


def add_recipient(session: Session, row: RecipientRow) -> bool:
    """Enter a grant; False when its case has already entered one."""
    if session.get(RecipientRow, row.id) is not None:
        return False
    session.add(row)
    session.flush()
    return True


def end_grant(session: Session, recipient_id: str, last: date) -> RecipientRow | None:
    """End a grant on ``last``, unless it ends earlier; None for an unknown grant."""
    row = session.get(RecipientRow, recipient_id)
    if row is not None:
        row.until = min(row.until, last)
        session.flush()
    return row


def list_recipients(
    session: Session,
    day: date,
    place: ListPlace,
    state: GrantState | None,
    iin: str | None,
    service_type: str | None,
) -> ListPage[RecipientRow]:
    """The register, the newest grant first, filtered by the given values."""
    query = select(RecipientRow)
    if state is not None:
        until = col(RecipientRow.until)
        query = query.where(until >= day if state is GrantState.RUNNING else until < day)
    if iin is not None:
        query = query.where(col(RecipientRow.iin) == iin)
    if service_type is not None:
        query = query.where(col(RecipientRow.service_type) == service_type)
    order = ListOrder((col(RecipientRow.since), col(RecipientRow.id)))
    return order.read_page(query, place, select_rows(session))


def find_orders(session: Session, case_ids: Iterable[str]) -> dict[str, QueryRow]:
    """The orders to ГЦВП of these cases, by case."""
    query = select(QueryRow).where(col(QueryRow.case_id).in_(list(case_ids)), col(QueryRow.register_) == "gcvp")
    return {row.case_id: row for row in session.execute(query).scalars()}
