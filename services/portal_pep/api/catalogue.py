"""The catalogue of services and their forms over HTTP, without a login."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from services.portal_pep.domain import PORTAL
from services.portal_pep.storage import count_answers
from shared.bus.http.endpoints import Language, ServiceRuntime
from shared.bus.http.languages import LANGUAGES
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.contracts.addresses import region_name
from shared.regulations.coverage.appeal import appeal_texts, find_appeal_clause
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.coverage.validity import validity_sentence
from shared.regulations.flk import form_schema
from shared.regulations.model import DirectoryOffice, Passport, Questionnaire
from shared.regulations.passport_book import PassportBook
from shared.regulations.public import public_form
from shared.regulations.public_schema import FormSchema, PublicRegulation
from shared.regulations.quality import QualityIndicatorView, measure_quality
from shared.regulations.translations import kazakh_title, text_in, translate_questionnaire

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class CatalogueServiceView(BaseModel):
    """A service in the catalogue; ``variants`` lists the variants of a service with several."""

    id: str
    region: str
    region_title: dict[str, str]
    service_type: str
    title: dict[str, str | None]
    title_kk_source: Literal["act", "akmola", "ours"]
    provider: str
    provider_kk: str
    is_in_force: bool
    validity: dict[str, str]
    variants: list[str]


class DepartmentView(BaseModel):
    """A department that decides applications; ``address`` is null where the act prints none."""

    code: str
    name: str
    name_kk: str
    address: str | None
    phones: list[str]


class AppealInformationView(BaseModel):
    """Who explains how to appeal: ``clause`` is the clause of the act, null where the act says nothing of it."""

    regulation: str
    clause: dict[str, str] | None
    text: dict[str, str]
    offices: list[DepartmentView]


class AttachedCopyView(BaseModel):
    """An electronic copy that the act wants with the application."""

    n: int
    name: str
    name_kk: str


@router.get("/services", dependencies=[ManyCalls])
async def list_services(
    runtime: ServiceRuntime, region: str | None = None
) -> Annotated[list[CatalogueServiceView], at_most(100, "one for an act")]:
    """The services for which the portal takes applications."""
    passports = runtime.resource(PassportBook).passports
    return [
        _compose_service(passport)
        for passport in passports
        if PORTAL in passport.channels.accept and region in (None, passport.region)
    ]


@router.get(
    "/services/{service_id}",
    responses={200: {"model": PublicRegulation}, **declare_errors(not_found="regulation-unknown")},
    dependencies=[ManyCalls],
)
async def get_service(service_id: str, runtime: ServiceRuntime) -> dict[str, Any]:
    """A service's passport in its public form; ``regulation-unknown``."""
    return public_form(runtime.resource(PassportBook).get_passport(service_id))


@router.get(
    "/services/{service_id}/form",
    responses={200: {"model": FormSchema}, **declare_errors(not_found="regulation-unknown")},
    dependencies=[ManyCalls],
)
async def get_service_form(service_id: str, runtime: ServiceRuntime) -> dict[str, Any]:
    """The service's form as JSON Schema."""
    return form_schema(runtime.resource(PassportBook).get_passport(service_id))


@router.get(
    "/services/{service_id}/authorities",
    responses=declare_errors(not_found="regulation-unknown"),
    dependencies=[ManyCalls],
)
async def list_authorities(
    service_id: str, runtime: ServiceRuntime
) -> Annotated[list[DepartmentView], at_most(1000, "the departments that an act names")]:
    """The departments in the act's directory: one of them is the ``authority`` of an application."""
    departments = runtime.resource(PassportBook).get_passport(service_id).directories.offices_for("portal")
    return [_compose_department(department) for department in departments]


def _compose_department(department: DirectoryOffice) -> DepartmentView:
    return DepartmentView(
        code=department.code,
        name=department.name,
        name_kk=text_in("kk", department.name),
        address=department.address,
        phones=list(department.phones),
    )


@router.get(
    "/services/{service_id}/questionnaire",
    responses={
        200: {"model": Questionnaire},
        **declare_errors(not_found="questionnaire-absent regulation-unknown"),
    },
    dependencies=[ManyCalls],
)
async def get_questionnaire(service_id: str, runtime: ServiceRuntime, tag: Language) -> dict[str, Any]:
    """The questionnaire on the quality of a completed service, in Kazakh for a reader of Kazakh, else in the act's
    words; ``questionnaire-absent``.
    """
    return translate_questionnaire(runtime.resource(PassportBook).get_questionnaire(service_id), tag)


@router.get(
    "/services/{service_id}/appeal",
    responses=declare_errors(not_found="regulation-unknown"),
    dependencies=[ManyCalls],
)
async def get_appeal_information(service_id: str, runtime: ServiceRuntime) -> AppealInformationView:
    """Who explains how to appeal against what officials did or failed to do, as the act says;
    ``regulation-unknown``.
    """
    passport = runtime.resource(PassportBook).get_passport(service_id)
    clause = await runtime.compute(lambda: find_appeal_clause(CoverageBook.load(), service_id))
    return AppealInformationView(
        regulation=passport.id,
        clause=clause,
        text=appeal_texts(has_clause=clause is not None),
        offices=[_compose_department(office) for office in passport.directories.departments],
    )


@router.get(
    "/services/{service_id}/copies",
    responses=declare_errors(not_found="regulation-unknown"),
    dependencies=[ManyCalls],
)
async def list_copies(
    service_id: str, runtime: ServiceRuntime
) -> Annotated[list[AttachedCopyView], at_most(20, "the copies that an act lists")]:
    """The electronic copies that the act wants with the application, in its order; empty where the act lists none;
    ``regulation-unknown``.
    """
    passport = runtime.resource(PassportBook).get_passport(service_id)
    names = [name for form in passport.forms if form.lists_copies for name in form.fields]
    return [AttachedCopyView(n=n, name=name, name_kk=text_in("kk", name)) for n, name in enumerate(names, 1)]


@router.get("/quality", dependencies=[ManyCalls])
async def list_quality(
    runtime: ServiceRuntime, region: str | None = None
) -> Annotated[list[QualityIndicatorView], at_most(100, "the services with a questionnaire")]:
    """The indicators of quality and accessibility by service and region, as citizens answered in the cabinet."""
    indicators = measure_quality(runtime.resource(PassportBook), await runtime.read(count_answers))
    return [view for view in indicators if region in (None, view.region)]


def _compose_service(passport: Passport) -> CatalogueServiceView:
    kazakh, document = kazakh_title(passport), CoverageBook.load().documents_by_regulation[passport.id]
    return CatalogueServiceView(
        id=passport.id,
        region=passport.region,
        region_title=region_name(passport.region),
        service_type=passport.service_type,
        title={"ru": passport.title.ru, "kk": kazakh.text},
        title_kk_source=kazakh.source,
        provider=passport.provider,
        provider_kk=text_in("kk", passport.provider),
        is_in_force=False,
        validity={tag: validity_sentence(document, tag) for tag in LANGUAGES},
        variants=list(passport.variants),
    )
