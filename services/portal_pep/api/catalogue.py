"""The catalogue of services and their forms: open to everybody."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.portal_pep.domain import PORTAL
from shared.bus.http.endpoints import Bus
from shared.contracts.addresses import REGIONS
from shared.regulations.book import PassportBook
from shared.regulations.flk import form_schema
from shared.regulations.model import Passport
from shared.regulations.public import public_form

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class ServiceOut(BaseModel):
    """A service as the catalogue lists it; ``variants`` are those to choose from where there are several."""

    id: str
    region: str
    region_title: dict[str, str]
    service_type: str
    title: dict[str, str | None]
    provider: str
    variants: list[str]


class OfficeOut(BaseModel):
    """A department that one may apply to."""

    code: str
    name: str
    address: str
    phones: list[str]


@router.get("/services")
async def services(bus: Bus, region: str | None = None) -> list[ServiceOut]:
    """The services that the portal takes applications for."""
    passports = bus.use(PassportBook).all
    return [
        _listed(passport)
        for passport in passports
        if PORTAL in passport.channels.accept and region in (None, passport.region)
    ]


@router.get("/services/{service_id}")
async def service(service_id: str, bus: Bus) -> dict[str, Any]:
    """A service's passport in its public form; ``regulation-unknown``."""
    return public_form(bus.use(PassportBook).get(service_id))


@router.get("/services/{service_id}/form")
async def form(service_id: str, bus: Bus) -> dict[str, Any]:
    """The form as JSON Schema."""
    return form_schema(bus.use(PassportBook).get(service_id))


@router.get("/services/{service_id}/authorities")
async def authorities(service_id: str, bus: Bus) -> list[OfficeOut]:
    """The departments of the act, to choose the addressee from."""
    departments = bus.use(PassportBook).get(service_id).directories.departments
    return [
        OfficeOut(code=one.code, name=one.name, address=one.address, phones=list(one.phones))
        for one in departments
    ]


@router.get("/services/{service_id}/questionnaire")
async def questionnaire(service_id: str, bus: Bus) -> dict[str, Any]:
    """The questions on quality that follow a completed service; ``questionnaire-absent``."""
    return bus.use(PassportBook).questionnaire(service_id).model_dump()


def _listed(passport: Passport) -> ServiceOut:
    return ServiceOut(
        id=passport.id,
        region=passport.region,
        region_title=REGIONS[passport.region],
        service_type=passport.service_type,
        title={"ru": passport.title.ru, "kk": passport.title.kk},
        provider=passport.provider,
        variants=list(passport.variants),
    )
