"""The register of the labour market: people, vacancies, referrals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, MetaData, insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.is_rynok_truda.domain import EmploymentStatus, LabourRegistration, Vacancy
from shared.bus.persistence.tables import UtcDateTime
from shared.workplace.records import storage


class Base(SQLModel, registry=registry()):
    """ИС «Рынок труда»'s own metadata, with the workplace's tables beside it."""


class RegistrationRow(Base, table=True):
    """How a person stands, since when, by which case; ``case_id`` is None for what nobody applied for."""

    __tablename__ = "registration"
    iin: str = Field(primary_key=True, max_length=12)
    region: str = Field(max_length=10, index=True)
    standing: str = Field(max_length=20, index=True)
    since: date
    case_id: str | None = Field(default=None, max_length=100)


class VacancyRow(Base, table=True):
    """Places of one profession at one employer; ``places`` are those that are left."""

    __tablename__ = "vacancy"
    number: str = Field(primary_key=True, max_length=40)
    region: str = Field(max_length=10, index=True)
    profession: str = Field(max_length=200)
    profession_kk: str = Field(max_length=200)
    employer: str = Field(max_length=200)
    places: int


class ReferralRow(Base, table=True):
    """Somebody was sent to an employer; a case sends once."""

    __tablename__ = "referral"
    case_id: str = Field(primary_key=True, max_length=100)
    number: str = Field(max_length=40)
    iin: str = Field(max_length=12, index=True)
    vacancy: str = Field(max_length=40, index=True)
    issued_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def build_metadata() -> MetaData:
    """All tables of the system."""
    metadata: MetaData = Base.metadata
    storage.adopt_tables(metadata)
    return metadata


def seed_register(
    session: Session, people: Iterable[LabourRegistration], vacancies: Iterable[Vacancy], since: date
) -> bool:
    """Fill an empty register; False when it has vacancies already."""
    if session.execute(select(col(VacancyRow.number)).limit(1)).first() is not None:
        return False
    rows = [
        {**vars(person), "standing": person.standing.value, "since": since, "case_id": None} for person in people
    ]
    if rows:
        session.execute(insert(RegistrationRow), rows)
    session.execute(insert(VacancyRow), [vars(vacancy) for vacancy in vacancies])
    return True


def get_registration(session: Session, iin: str) -> RegistrationRow | None:
    return session.get(RegistrationRow, iin)


def find_status(session: Session, iin: str) -> EmploymentStatus | None:
    """How a person stands; None for whom nobody registered."""
    row = get_registration(session, iin)
    return None if row is None else EmploymentStatus(row.standing)


def write_registration(
    session: Session, iin: str, region: str, standing: EmploymentStatus, since: date, case_id: str | None = None
) -> RegistrationRow:
    """Enter a person, or how he stands now; whoever stands so already keeps his day."""
    row = session.get(RegistrationRow, iin)
    if row is None:
        row = RegistrationRow(iin=iin, region=region, standing="", since=since)
        session.add(row)
    if row.standing != standing.value:
        row.standing, row.since = standing.value, since
    row.region, row.case_id = region, case_id or row.case_id
    session.flush()
    return row


def list_registrations(
    session: Session, standing: EmploymentStatus | None, region: str | None, limit: int
) -> list[Any]:
    """The register, the latest first."""
    query = select(RegistrationRow).order_by(col(RegistrationRow.since).desc(), col(RegistrationRow.iin))
    if standing is not None:
        query = query.where(col(RegistrationRow.standing) == standing.value)
    if region is not None:
        query = query.where(col(RegistrationRow.region) == region)
    return list(session.execute(query.limit(limit)).scalars())


def list_vacancies(session: Session, region: str | None, limit: int, *, is_open: bool = True) -> list[VacancyRow]:
    """The vacancies by number; those with places left, or all."""
    query = select(VacancyRow).order_by(col(VacancyRow.number)).limit(limit)
    if region is not None:
        query = query.where(col(VacancyRow.region) == region)
    if is_open:
        query = query.where(col(VacancyRow.places) > 0)
    return list(session.execute(query).scalars())


def put_vacancy(session: Session, row: VacancyRow) -> VacancyRow:
    """Enter a vacancy, or change the one of this number."""
    vacancy = session.merge(row)
    session.flush()
    return vacancy


def free_vacancy(session: Session, iin: str, region: str, vacancy_number: str | None) -> VacancyRow | None:
    """The first vacancy of the region with a place left that the person was not sent to yet; or the wanted one."""
    been = select(col(ReferralRow.vacancy)).where(col(ReferralRow.iin) == iin)
    query = select(VacancyRow).where(
        col(VacancyRow.region) == region, col(VacancyRow.places) > 0, col(VacancyRow.number).not_in(been)
    )
    if vacancy_number:
        query = query.where(col(VacancyRow.number) == vacancy_number)
    vacancy: VacancyRow | None = session.execute(
        query.order_by(col(VacancyRow.number)).limit(1).with_for_update()
    ).scalar()
    return vacancy


def add_referral(session: Session, row: ReferralRow, vacancy: VacancyRow) -> bool:
    """Note a referral and take its place; False when the case has one already."""
    if session.get(ReferralRow, row.case_id) is not None:
        return False
    vacancy.places -= 1
    session.add(row)
    session.flush()
    return True


def vacancy_of(session: Session, case_id: str) -> VacancyRow | None:
    """The vacancy to which a case sent somebody already."""
    row = session.get(ReferralRow, case_id)
    return None if row is None else session.get(VacancyRow, row.vacancy)


def list_referrals(session: Session, iin: str | None, limit: int) -> list[tuple[ReferralRow, VacancyRow]]:
    """The referrals with their vacancies, the latest first."""
    query = select(ReferralRow, VacancyRow).join(VacancyRow, col(VacancyRow.number) == col(ReferralRow.vacancy))
    if iin is not None:
        query = query.where(col(ReferralRow.iin) == iin)
    rows = session.execute(query.order_by(col(ReferralRow.issued_at).desc()).limit(limit)).all()
    return [(row[0], row[1]) for row in rows]
