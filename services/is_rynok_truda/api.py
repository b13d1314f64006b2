"""The register of the labour market over HTTP: vacancies for everybody, people and referrals for its operator."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.is_rynok_truda import storage
from services.is_rynok_truda.domain import Standing
from services.is_rynok_truda.storage import VacancyRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.contracts.addresses import regional_gateway
from shared.contracts.identifiers import check_iin
from shared.contracts.local_time import KAZAKHSTAN

router = APIRouter(prefix="/api/v1")

Limit = Annotated[int, Query(ge=1, le=1000)]
Region = Annotated[str | None, Query(max_length=10)]
Named = Annotated[str, Field(min_length=1, max_length=200)]


class RegistrationOut(BaseModel):
    """How a person stands in the register."""

    model_config = ConfigDict(from_attributes=True)

    iin: str
    region: str
    standing: Standing
    since: date
    case_id: str | None


class StandingIn(BaseModel):
    """How a person stands from today on."""

    model_config = ConfigDict(extra="forbid")

    region: Annotated[str, Field(max_length=10)]
    standing: Standing


class VacancyIn(BaseModel):
    """A vacancy; without places it is closed."""

    model_config = ConfigDict(extra="forbid")

    region: Annotated[str, Field(max_length=10)]
    profession: Named
    profession_kk: Named
    employer: Named
    places: Annotated[int, Field(ge=0, le=100_000)]


class VacancyOut(BaseModel):
    """A vacancy and how many places are left."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    region: str
    profession: str
    profession_kk: str
    employer: str
    places: int


class ReferralOut(BaseModel):
    """Who was sent where, by which case."""

    number: str
    case_id: str
    iin: str
    issued_at: datetime
    vacancy: VacancyOut


@router.get("/vacancies", tags=["labour market"])
async def vacancies(bus: Bus, region: Region = None, limit: Limit = 100) -> list[VacancyOut]:
    """The vacancies with places left, by number; open to everybody."""
    rows = await bus.read(lambda session: storage.vacancies(session, region, limit))
    return [VacancyOut.model_validate(row) for row in rows]


@router.put("/vacancies/{number}", tags=["labour market"], dependencies=[OperatorOnly])
async def put_vacancy(
    number: Annotated[str, Path(min_length=1, max_length=40)], given: VacancyIn, bus: Bus
) -> VacancyOut:
    """Enter a vacancy or change it; ``region-unknown``."""
    regional_gateway(given.region)
    row = VacancyRow(number=number, **given.model_dump())
    return await bus.write(lambda work: VacancyOut.model_validate(storage.put_vacancy(work.session, row)))


@router.get("/registrations", tags=["labour market"], dependencies=[OperatorOnly])
async def registrations(
    bus: Bus, standing: Standing | None = None, region: Region = None, limit: Limit = 100
) -> list[RegistrationOut]:
    """The people of the register, the latest first."""
    rows = await bus.read(lambda session: storage.registrations(session, standing, region, limit))
    return [RegistrationOut.model_validate(row) for row in rows]


@router.get("/registrations/{iin}", tags=["labour market"], dependencies=[OperatorOnly])
async def registration(iin: str, bus: Bus) -> RegistrationOut:
    """How a person stands; a code of the ИИН's check, ``person-not-registered``."""
    number = check_iin(iin)
    row = await bus.read(lambda session: storage.registration(session, number))
    if row is None:
        raise NotFound("person-not-registered", "nobody registered this person")
    return RegistrationOut.model_validate(row)


@router.put("/registrations/{iin}", tags=["labour market"], dependencies=[OperatorOnly])
async def register(iin: str, given: StandingIn, bus: Bus) -> RegistrationOut:
    """Say how a person stands; a code of the ИИН's check, ``region-unknown``."""
    number = check_iin(iin)
    regional_gateway(given.region)
    today = bus.now.astimezone(KAZAKHSTAN).date()
    return await bus.write(
        lambda work: RegistrationOut.model_validate(
            storage.register(work.session, number, given.region, given.standing, today)
        )
    )


@router.get("/referrals", tags=["labour market"], dependencies=[OperatorOnly])
async def referrals(
    bus: Bus, iin: Annotated[str | None, Query(max_length=12)] = None, limit: Limit = 100
) -> list[ReferralOut]:
    """Who was sent where, the latest first."""
    rows = await bus.read(lambda session: storage.referrals(session, iin, limit))
    return [
        ReferralOut(**row.model_dump(exclude={"vacancy"}), vacancy=VacancyOut.model_validate(vacancy))
        for row, vacancy in rows
    ]
