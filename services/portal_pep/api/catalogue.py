"""The catalogue of services and their forms over HTTP, without a login."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.portal_pep.domain import PORTAL
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.contracts.addresses import region_name
from shared.regulations.flk import form_schema
from shared.regulations.model import Passport, Questionnaire
from shared.regulations.passport_book import PassportBook
from shared.regulations.public import public_form
from shared.regulations.public_schema import FormSchema, PublicRegulation

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class CatalogueServiceView(BaseModel):
    """A service in the catalogue; ``variants`` lists the variants of a service with several."""

    id: str
    region: str
    region_title: dict[str, str]
    service_type: str
    title: dict[str, str | None]
    provider: str
    variants: list[str]


class DepartmentView(BaseModel):
    """A department that decides applications; ``address`` is null where the act prints none."""

    code: str
    name: str
    address: str | None
    phones: list[str]


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
    return [
        DepartmentView(
            code=department.code, name=department.name, address=department.address, phones=list(department.phones)
        )
        for department in departments
    ]


@router.get(
    "/services/{service_id}/questionnaire",
    responses={
        200: {"model": Questionnaire},
        **declare_errors(not_found="questionnaire-absent regulation-unknown"),
    },
    dependencies=[ManyCalls],
)
async def get_questionnaire(service_id: str, runtime: ServiceRuntime) -> dict[str, Any]:
    """The questionnaire on the quality of a completed service; ``questionnaire-absent``."""
    return runtime.resource(PassportBook).get_questionnaire(service_id).model_dump()


def _compose_service(passport: Passport) -> CatalogueServiceView:
    return CatalogueServiceView(
        id=passport.id,
        region=passport.region,
        region_title=region_name(passport.region),
        service_type=passport.service_type,
        title={"ru": passport.title.ru, "kk": passport.title.kk},
        provider=passport.provider,
        variants=list(passport.variants),
    )
