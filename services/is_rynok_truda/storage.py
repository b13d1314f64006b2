"""The register of the labour market: people, vacancies, referrals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, MetaData, insert, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.is_rynok_truda.domain import EmploymentStatus, LabourRegistration, Vacancy
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.workplace.records import storage


class Base(SQLModel, registry=registry()):
    """The metadata of ИС «Рынок труда», including the workplace's tables."""


class RegistrationRow(Base, table=True):
    """The status of a person since a day; ``case_id`` is None for a status without an application."""

    __tablename__ = "registration"
    __table_args__ = (Index("ix_registration_newest", "since", "iin"),)
    iin: str = Field(primary_key=True, max_length=12)
    region: str = Field(max_length=10, index=True)
    standing: str = Field(max_length=20, index=True)
    since: date
    case_id: str | None = Field(default=None, max_length=100)


class VacancyRow(Base, table=True):
    """Places of one profession at one employer; ``places`` counts the free ones."""

    __tablename__ = "vacancy"
    number: str = Field(primary_key=True, max_length=40)
    region: str = Field(max_length=10, index=True)
    profession: str = Field(max_length=200)
    profession_kk: str = Field(max_length=200)
    employer: str = Field(max_length=200)
    places: int


class ReferralRow(Base, table=True):
    """The referral of a person to a vacancy; a case refers once."""

    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_newest", "issued_at", "case_id"),)
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
    """Fill an empty register; False when it already has vacancies."""
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
    """The registration of a person, or None."""
    return session.get(RegistrationRow, iin)


def find_status(session: Session, iin: str) -> EmploymentStatus | None:
    """The status of a person; None for a person who is not registered."""
    row = get_registration(session, iin)
    return None if row is None else EmploymentStatus(row.standing)


def write_registration(
    session: Session, iin: str, region: str, standing: EmploymentStatus, since: date, case_id: str | None = None
) -> RegistrationRow:
    """Enter a person, or change the person's status; ``since`` stays when the status is unchanged."""
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
    session: Session, standing: EmploymentStatus | None, region: str | None, place: ListPlace
) -> ListPage[RegistrationRow]:
    """The register, the newest status first."""
    query = select(RegistrationRow)
    if standing is not None:
        query = query.where(col(RegistrationRow.standing) == standing.value)
    if region is not None:
        query = query.where(col(RegistrationRow.region) == region)
    order = ListOrder((col(RegistrationRow.since), col(RegistrationRow.iin)))
    return order.read_page(query, place, select_rows(session))


def list_vacancies(session: Session, region: str | None, place: ListPlace) -> ListPage[VacancyRow]:
    """The vacancies with free places, ordered by number."""
    query = select(VacancyRow).where(col(VacancyRow.places) > 0)
    if region is not None:
        query = query.where(col(VacancyRow.region) == region)
    order = ListOrder((col(VacancyRow.number),), is_ascending=True)
    return order.read_page(query, place, select_rows(session))


def put_vacancy(session: Session, row: VacancyRow) -> VacancyRow:
    """Enter a vacancy, or change the vacancy with its number."""
    vacancy = session.merge(row)
    session.flush()
    return vacancy


def free_vacancy(session: Session, iin: str, region: str, vacancy_number: str | None) -> VacancyRow | None:
    """The first vacancy of the region with a free place to which the person was not referred yet, or the one
    requested.
    """
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
    """Enter a referral and take its place; False when the case already has a referral."""
    if session.get(ReferralRow, row.case_id) is not None:
        return False
    vacancy.places -= 1
    session.add(row)
    session.flush()
    return True


def vacancy_of(session: Session, case_id: str) -> VacancyRow | None:
    """The vacancy to which a case has referred its applicant, or None."""
    row = session.get(ReferralRow, case_id)
    return None if row is None else session.get(VacancyRow, row.vacancy)


def list_referrals(
    session: Session, iin: str | None, place: ListPlace
) -> ListPage[tuple[ReferralRow, VacancyRow]]:
    """The referrals with their vacancies, the newest first."""
    query: Any = select(ReferralRow, VacancyRow).join(
        VacancyRow, col(VacancyRow.number) == col(ReferralRow.vacancy)
    )
    if iin is not None:
        query = query.where(col(ReferralRow.iin) == iin)
    order = ListOrder((col(ReferralRow.issued_at), col(ReferralRow.case_id)))
    return order.read_page(
        query,
        place,
        lambda query: [(row[0], row[1]) for row in session.execute(query)],
        lambda pair: (pair[0].issued_at, pair[0].case_id),
    )
