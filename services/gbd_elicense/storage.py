"""The register of permits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Column, Index, MetaData, insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.gbd_elicense.domain import IN_FORCE, Permit, PermitKind, PermitState
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.workplace.records import storage


class Base(SQLModel, registry=registry()):
    """The metadata of ГБД «Е-лицензирование», including the workplace's tables."""


class PermitRow(Base, table=True):
    """A permit. ``case_id`` is the last case that changed it, ``replaces`` the permit that it replaced."""

    __tablename__ = "permit"
    __table_args__ = (Index("ix_permit_newest", "changed_at", "number"),)
    number: str = Field(primary_key=True, max_length=40)
    kind: str = Field(max_length=20)
    holder: str = Field(max_length=12, index=True)
    state: str = Field(max_length=20, index=True)
    valid_from: date
    valid_to: date = Field(index=True)
    replaces: str | None = Field(default=None, max_length=40)
    case_id: str | None = Field(default=None, max_length=100, index=True)
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def build_metadata() -> MetaData:
    """All tables of the system."""
    metadata: MetaData = Base.metadata
    storage.adopt_tables(metadata)
    return metadata


def seed_permits(session: Session, permits: Iterable[Permit], now: datetime) -> bool:
    """Fill an empty register; False when it already has permits."""
    if session.execute(select(col(PermitRow.number)).limit(1)).first() is not None:
        return False
    rows = [
        {**vars(permit), "kind": permit.kind.value, "state": "issued", "changed_at": now} for permit in permits
    ]
    if rows:
        session.execute(insert(PermitRow), rows)
    return True


def get_permit(session: Session, number: str) -> PermitRow | None:
    """The permit with this number, or None."""
    return session.get(PermitRow, number)


def find_in_force(
    session: Session, holder: str, kind: PermitKind, day: date, number: str | None
) -> PermitRow | None:
    """The holder's permit of this kind in force on ``day``: the one with this number, else the one with the
    longest term.
    """
    query = select(PermitRow).where(
        col(PermitRow.holder) == holder,
        col(PermitRow.kind) == kind.value,
        col(PermitRow.state).in_([state.value for state in IN_FORCE]),
        col(PermitRow.valid_to) >= day,
    )
    if number:
        query = query.where(col(PermitRow.number) == number)
    query = query.order_by(col(PermitRow.valid_to).desc(), col(PermitRow.number)).limit(1)
    row: PermitRow | None = session.execute(query.with_for_update()).scalar()
    return row


def of_case(session: Session, case_id: str) -> PermitRow | None:
    """The permit that a case changed last, or None."""
    row: PermitRow | None = session.execute(
        select(PermitRow).where(col(PermitRow.case_id) == case_id).limit(1)
    ).scalar()
    return row


def add_permit(session: Session, row: PermitRow) -> PermitRow:
    """Enter a permit."""
    session.add(row)
    session.flush()
    return row


def list_permits(
    session: Session,
    day: date,
    holder: str | None,
    kind: PermitKind | None,
    state: PermitState | None,
    place: ListPlace,
) -> ListPage[PermitRow]:
    """The register, the latest change first, filtered by holder, kind and the state on ``day``."""
    query = select(PermitRow)
    if holder is not None:
        query = query.where(col(PermitRow.holder) == holder)
    if kind is not None:
        query = query.where(col(PermitRow.kind) == kind.value)
    if state is PermitState.EXPIRED:
        living = [state_in_force.value for state_in_force in IN_FORCE]
        query = query.where(col(PermitRow.state).in_(living), col(PermitRow.valid_to) < day)
    elif state is not None:
        query = query.where(col(PermitRow.state) == state.value)
        if state in IN_FORCE:
            query = query.where(col(PermitRow.valid_to) >= day)
    order = ListOrder((col(PermitRow.changed_at), col(PermitRow.number)))
    return order.read_page(query, place, select_rows(session))
