"""The workplace of a gateway over HTTP: the handled services, the departments, and the export of their cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import ExportPaging, ListPager, Paging, at_most
from shared.bus.http.media import declare_text
from shared.bus.http.problems import declare_errors
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import kazakh_title
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.people.sessions import Employee
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import providers, storage
from shared.workplace.records.stages import CaseStage

router = APIRouter(prefix="/api/v1", tags=["providers"])

Authority = Annotated[str, Path(max_length=100)]
CSV = "text/csv; charset=utf-8"


class HandledServiceView(BaseModel):
    """A service and channel handled at this workplace; ``title_kk`` is absent where the act has no Kazakh title.

    ``is_by_passport`` is False for a service whose route the operator of ШЭП or of the РШЭП changed to here.
    """

    regulation: str
    service_type: str
    region: str
    channel: str
    title: str
    title_kk: str | None
    provider: str
    is_by_passport: bool
    under_way: int
    completed: int


class ProviderView(BaseModel):
    """A department whose people work here; ``cases`` counts cases by stage, ``oldest_at`` is the arrival of the
    oldest open case.
    """

    authority: str
    name: str | None
    region: str | None
    cases: dict[CaseStage, int]
    oldest_at: datetime | None


@router.get("/services", dependencies=[OperatorOnly])
async def list_services(
    runtime: ServiceRuntime,
) -> Annotated[list[HandledServiceView], at_most(400, "one for each channel of an act")]:
    """The services handled here by the passports, and those of changed routes that have brought a case."""
    book, profile = runtime.resource(PassportBook), runtime.resource(WorkplaceProfile)
    offers = await runtime.read(lambda session: providers.find_handled(book, profile.systems, session))
    counted = await runtime.read(providers.count_cases)
    views = []
    for offer in offers:
        passport = book.get_passport(offer.regulation)
        under_way, completed = counted.get((offer.regulation, offer.channel), (0, 0))
        views.append(
            HandledServiceView(
                regulation=passport.id,
                service_type=passport.service_type,
                region=passport.region,
                channel=offer.channel,
                title=passport.title.ru,
                title_kk=kazakh_title(passport).text,
                provider=passport.provider,
                is_by_passport=offer.is_by_passport,
                under_way=under_way,
                completed=completed,
            )
        )
    return views


@router.get("/providers", dependencies=[OperatorOnly])
async def list_providers(
    runtime: ServiceRuntime,
) -> Annotated[list[ProviderView], at_most(1000, "the departments that the acts name")]:
    """The departments that have had cases here, ordered by code."""
    names = _department_names(runtime)
    loads = await runtime.read(providers.measure_loads)
    return [
        ProviderView(
            authority=load.authority,
            name=names.get(load.authority, (None, None))[0],
            region=names.get(load.authority, (None, None))[1],
            cases={CaseStage(stage): count for stage, count in load.cases.items()},
            oldest_at=load.oldest_at,
        )
        for load in loads
    ]


@router.get(
    "/providers/{authority}/cases",
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="authority-unknown"),
)
async def list_provider_cases(
    authority: Authority, runtime: ServiceRuntime, pager: Paging, stage: CaseStage | None = None
) -> list[WorkplaceCaseView]:
    """The cases of a department, the newest first; ``authority-unknown``, ``cursor-malformed``."""
    _check_department(authority, runtime)
    now = runtime.now
    page = await runtime.read(
        lambda session: WorkplaceCaseView.from_page(
            storage.list_cases(session, authority, stage, pager.place), session, now
        )
    )
    return pager.link_page(page)


@router.get(
    "/providers/{authority}/export",
    dependencies=[OperatorOnly],
    response_class=Response,
    responses={**declare_text("text/csv"), **declare_errors(not_found="authority-unknown")},
)
async def export_cases(
    authority: Authority, runtime: ServiceRuntime, pager: ExportPaging, stage: CaseStage | None = None
) -> Response:
    """The cases of a department as CSV, the newest first, without personal data; ``authority-unknown``,
    ``cursor-malformed``.
    """
    _check_department(authority, runtime)
    return await _csv_response(authority, runtime, stage, pager)


@router.get("/export", response_class=Response, responses=declare_text("text/csv"))
async def export_own_cases(
    me: Employee, runtime: ServiceRuntime, pager: ExportPaging, stage: CaseStage | None = None
) -> Response:
    """The cases of the employee's own department as CSV, the newest first, without personal data;
    ``cursor-malformed``.
    """
    return await _csv_response(me.authority, runtime, stage, pager)


async def _csv_response(authority: str, runtime: Runtime, stage: CaseStage | None, pager: ListPager) -> Response:
    page = await runtime.read(lambda session: storage.list_cases(session, authority, stage, pager.place))
    headers = {"Content-Disposition": f'attachment; filename="{authority}.csv"', **pager.link_headers(page)}
    return Response(providers.as_csv(page.rows), media_type=CSV, headers=headers)


def _check_department(authority: str, runtime: Runtime) -> None:
    if authority not in _department_names(runtime):
        raise NotFound("authority-unknown", "no act's directory has this department", authority=authority)


def _department_names(runtime: Runtime) -> dict[str, tuple[str, str]]:
    """The name and the region of every department of the acts, by the department's code."""
    return {
        department.code: (department.name, passport.region)
        for passport, _ in runtime.resource(PassportBook).all_graphs()
        for department in passport.directories.departments
    }
