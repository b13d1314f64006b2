"""The organisations of the register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.gbd_ul.domain import LegalEntity, RegistrationStatus
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows

MOST_BRANCHES = 100


class Base(SQLModel, registry=registry()):
    """The metadata of ГБД ЮЛ."""


class LegalEntityRow(Base, table=True):
    """An organisation of the register."""

    __tablename__ = "legal_entity"
    bin: str = Field(primary_key=True, max_length=12)
    name_ru: str = Field(max_length=400)
    name_kk: str = Field(max_length=400)
    registration: str = Field(max_length=20)
    registered_on: date
    region: str = Field(max_length=10)
    leader_iin: str = Field(max_length=12)
    leader_name: str = Field(max_length=200)
    head_bin: str | None = Field(default=None, max_length=12, index=True)


def seed_entities(session: Session, entities: Iterable[LegalEntity]) -> bool:
    """Fill an empty register; False when the register already has organisations."""
    if session.execute(select(col(LegalEntityRow.bin)).limit(1)).first() is not None:
        return False
    session.execute(insert(LegalEntityRow), [asdict(entity) for entity in entities])
    return True


def find_entity(session: Session, bin_: str) -> LegalEntity | None:
    """The organisation with this БИН, or None."""
    row = session.get(LegalEntityRow, bin_)
    return None if row is None else _entity_of(row)


def list_branches(session: Session, bin_: str) -> Sequence[str]:
    """The БИН of the branches of an organisation, in order."""
    query = select(col(LegalEntityRow.bin)).where(col(LegalEntityRow.head_bin) == bin_)
    return session.execute(query.order_by(col(LegalEntityRow.bin)).limit(MOST_BRANCHES)).scalars().all()


def list_entities(
    session: Session, registration: RegistrationStatus | None, head_bin: str | None, place: ListPlace
) -> ListPage[LegalEntity]:
    """Organisations ordered by БИН; of one state, or the branches of one organisation, if given."""
    query = select(LegalEntityRow)
    if registration is not None:
        query = query.where(col(LegalEntityRow.registration) == registration.value)
    if head_bin is not None:
        query = query.where(col(LegalEntityRow.head_bin) == head_bin)
    order = ListOrder((col(LegalEntityRow.bin),), is_ascending=True)
    return order.read_page(query, place, select_rows(session)).convert_rows(_entity_of)


def _entity_of(row: LegalEntityRow) -> LegalEntity:
    return LegalEntity(**{**row.model_dump(), "registration": RegistrationStatus(row.registration)})
