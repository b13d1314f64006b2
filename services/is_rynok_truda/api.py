"""The register of the labour market over HTTP: vacancies for everybody, people and referrals for its operator."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.is_rynok_truda import storage
from services.is_rynok_truda.domain import EmploymentStatus
from services.is_rynok_truda.storage import VacancyRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.plain_input import RequestModel
from shared.contracts.addresses import regional_gateway
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.local_time import local_day

router = APIRouter(prefix="/api/v1")

Region = Annotated[str | None, Query(max_length=10)]
Named = Annotated[str, Field(min_length=1, max_length=200)]


class LabourRegistrationView(BaseModel):
    """The status of a person in the register."""

    model_config = ConfigDict(from_attributes=True)

    iin: str
    region: str
    standing: EmploymentStatus
    since: date
    case_id: str | None


class EmploymentStatusRequest(RequestModel):
    """The status of a person from today on."""

    region: Annotated[str, Field(max_length=10)]
    standing: EmploymentStatus


class VacancyRequest(RequestModel):
    """A vacancy; without places it is closed."""

    region: Annotated[str, Field(max_length=10)]
    profession: Named
    profession_kk: Named
    employer: Named
    places: Annotated[int, Field(ge=0, le=100_000)]


class VacancyView(BaseModel):
    """A vacancy and the number of free places."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    region: str
    profession: str
    profession_kk: str
    employer: str
    places: int


class ReferralView(BaseModel):
    """A referral of a person to a vacancy by a case."""

    number: str
    case_id: str
    iin: str
    issued_at: datetime
    vacancy: VacancyView


@router.get("/vacancies", tags=["labour market"], dependencies=[ManyCalls])
async def list_vacancies(runtime: ServiceRuntime, pager: Paging, region: Region = None) -> list[VacancyView]:
    """The vacancies with free places, ordered by number; open to everybody. ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_vacancies(session, region, pager.place))
    return [VacancyView.model_validate(row) for row in pager.link_page(page)]


@router.put(
    "/vacancies/{number}",
    tags=["labour market"],
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="region-unknown"),
)
async def put_vacancy(
    number: Annotated[str, Path(min_length=1, max_length=40)], request: VacancyRequest, runtime: ServiceRuntime
) -> VacancyView:
    """Enter or change a vacancy; ``region-unknown``."""
    regional_gateway(request.region)
    row = VacancyRow(number=number, **request.model_dump())
    return await runtime.write(lambda uow: VacancyView.model_validate(storage.put_vacancy(uow.session, row)))


@router.get("/registrations", tags=["labour market"], dependencies=[OperatorOnly])
async def list_registrations(
    runtime: ServiceRuntime, pager: Paging, standing: EmploymentStatus | None = None, region: Region = None
) -> list[LabourRegistrationView]:
    """The people of the register, the newest status first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_registrations(session, standing, region, pager.place))
    return [LabourRegistrationView.model_validate(row) for row in pager.link_page(page)]


@router.get(
    "/registrations/{iin}",
    tags=["labour market"],
    dependencies=[OperatorOnly],
    responses=declare_errors(IIN_ERRORS, not_found="person-not-registered"),
)
async def show_registration(iin: str, runtime: ServiceRuntime) -> LabourRegistrationView:
    """The status of a person; the codes of the ИИН check, ``person-not-registered``."""
    number = check_iin(iin)
    row = await runtime.read(lambda session: storage.get_registration(session, number))
    if row is None:
        raise NotFound("person-not-registered", "this person is not registered")
    return LabourRegistrationView.model_validate(row)


@router.put(
    "/registrations/{iin}",
    tags=["labour market"],
    dependencies=[OperatorOnly],
    responses=declare_errors(IIN_ERRORS, not_found="region-unknown"),
)
async def register_person(
    iin: str, request: EmploymentStatusRequest, runtime: ServiceRuntime
) -> LabourRegistrationView:
    """Set the status of a person; the codes of the ИИН check, ``region-unknown``."""
    number = check_iin(iin)
    regional_gateway(request.region)
    today = local_day(runtime.now)
    return await runtime.write(
        lambda uow: LabourRegistrationView.model_validate(
            storage.write_registration(uow.session, number, request.region, request.standing, today)
        )
    )


@router.get("/referrals", tags=["labour market"], dependencies=[OperatorOnly])
async def list_referrals(
    runtime: ServiceRuntime, pager: Paging, iin: Annotated[str | None, Query(max_length=12)] = None
) -> list[ReferralView]:
    """The referrals, the newest first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_referrals(session, iin, pager.place))
    return [
        ReferralView(**row.model_dump(exclude={"vacancy"}), vacancy=VacancyView.model_validate(vacancy))
        for row, vacancy in pager.link_page(page)
    ]
