"""The systems that may vouch for employees, beside the register of organisations: for НУЦ's operator."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.is_nuc import storage
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.organisations import Organisation, OrganisationRegister

router = APIRouter(prefix="/api/v1", tags=["vouching"], dependencies=[OperatorOnly])

OfficeCode = Annotated[str, Path(max_length=100, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
SystemAddress = Annotated[str, Path(max_length=91, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


class OrganisationView(BaseModel):
    """An organisation of the acts. ``vouching_systems`` may vouch for its employees; the operator has added those
    of ``added_systems``, the register of organisations names the others.
    """

    office: str
    bin: str
    organisation: str
    vouching_systems: list[str]
    added_systems: list[str]

    @classmethod
    def of_organisation(cls, organisation: Organisation, added: set[str]) -> Self:
        return cls(
            office=organisation.office,
            bin=organisation.bin,
            organisation=organisation.name,
            vouching_systems=sorted(organisation.systems | added),
            added_systems=sorted(added - organisation.systems),
        )


@router.get("/organisations")
async def list_organisations(
    runtime: ServiceRuntime,
) -> Annotated[list[OrganisationView], at_most(1000, "one for an office that the acts name")]:
    """The organisations, by office, each with the systems that may vouch for its employees."""
    added = await runtime.read(storage.read_vouching_systems)
    organisations = sorted(runtime.resource(OrganisationRegister), key=lambda organisation: organisation.office)
    return [OrganisationView.of_organisation(one, added.get(one.office, set())) for one in organisations]


@router.put(
    "/organisations/{office}/systems/{address}", responses=declare_errors(not_found="organisation-unknown")
)
async def add_vouching_system(
    office: OfficeCode, address: SystemAddress, runtime: ServiceRuntime
) -> OrganisationView:
    """Let another system vouch for employees of an organisation, for example before ШЭП's operator makes the
    system the provider of the organisation's services; ``organisation-unknown``. Counts from the next request.
    """
    organisation = _get_organisation(runtime, office)
    await runtime.write(lambda uow: storage.add_vouching_system(uow.session, office, address, uow.now))
    return await _show_organisation(runtime, organisation)


@router.delete(
    "/organisations/{office}/systems/{address}", responses=declare_errors(not_found="organisation-unknown")
)
async def remove_vouching_system(
    office: OfficeCode, address: SystemAddress, runtime: ServiceRuntime
) -> OrganisationView:
    """Let a system that the operator added vouch no longer; ``organisation-unknown``. Systems of the register of
    organisations stay. Certificates that the system has vouched for stay valid, and are not renewed.
    """
    organisation = _get_organisation(runtime, office)
    await runtime.write(lambda uow: storage.remove_vouching_system(uow.session, office, address))
    return await _show_organisation(runtime, organisation)


def _get_organisation(runtime: Runtime, office: str) -> Organisation:
    organisation = runtime.resource(OrganisationRegister).find_by_office(office)
    if organisation is None:
        raise NotFound("organisation-unknown", "the register of organisations has no such office", office=office)
    return organisation


async def _show_organisation(runtime: Runtime, organisation: Organisation) -> OrganisationView:
    added = await runtime.read(storage.read_vouching_systems)
    return OrganisationView.of_organisation(organisation, added.get(organisation.office, set()))
