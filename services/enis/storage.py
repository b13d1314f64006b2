"""The powers of attorney."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.contracts.registers import PowerOfAttorney


class Base(SQLModel, registry=registry()):
    """The metadata of ЕНИС."""


class PowerRow(Base, table=True):
    """A power of attorney."""

    __tablename__ = "power_of_attorney"
    number: str = Field(primary_key=True, max_length=40)
    principal_iin: str = Field(max_length=12, index=True)
    attorney_iin: str = Field(max_length=12)
    valid_from: date
    valid_to: date
    is_revoked: bool


def seed_powers(session: Session, powers: Iterable[PowerOfAttorney]) -> bool:
    """Fill an empty register; False when it already has powers."""
    if session.execute(select(col(PowerRow.number)).limit(1)).first() is not None:
        return False
    rows = [power.model_dump() for power in powers]
    if rows:
        session.execute(insert(PowerRow), rows)
    return True


def find_power(session: Session, number: str) -> PowerOfAttorney | None:
    """The power with this number, or None."""
    row = session.get(PowerRow, number)
    return None if row is None else PowerOfAttorney(**row.model_dump())


def list_powers(session: Session, after: str, place: ListPlace) -> ListPage[PowerOfAttorney]:
    """The powers ordered by number, beginning after the number ``after``."""
    query = select(PowerRow).where(col(PowerRow.number) > after)
    order = ListOrder((col(PowerRow.number),), is_ascending=True)
    page = order.read_page(query, place, select_rows(session))
    return page.convert_rows(lambda row: PowerOfAttorney(**row.model_dump()))
