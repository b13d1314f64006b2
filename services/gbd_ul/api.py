"""ГБД ЮЛ over HTTP, for its operator; systems ask through ШЭП."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.gbd_ul import storage
from services.gbd_ul.domain import RegistrationStatus
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.contracts.identifiers import BIN_ERRORS, check_bin

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


class LegalEntityView(BaseModel):
    """An organisation of the register."""

    model_config = ConfigDict(from_attributes=True)

    bin: str
    name_ru: str
    name_kk: str
    registration: RegistrationStatus
    registered_on: date
    region: str
    leader_iin: str
    leader_name: str
    head_bin: str | None


@router.get("/organisations", tags=["organisations"])
async def list_legal_entities(
    runtime: ServiceRuntime,
    pager: Paging,
    registration: RegistrationStatus | None = None,
    head_bin: Annotated[str | None, Query(max_length=12)] = None,
) -> list[LegalEntityView]:
    """The organisations, ordered by БИН; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_entities(session, registration, head_bin, pager.place))
    return [LegalEntityView.model_validate(entity) for entity in pager.link_page(page)]


@router.get(
    "/organisations/{bin}",
    tags=["organisations"],
    responses=declare_errors(BIN_ERRORS, not_found="organisation-unknown"),
)
async def show_organisation(bin: str, runtime: ServiceRuntime) -> LegalEntityView:
    """One organisation; the codes of the БИН check, ``organisation-unknown``."""
    number = check_bin(bin)
    entity = await runtime.read(lambda session: storage.find_entity(session, number))
    if entity is None:
        raise NotFound("organisation-unknown", "no organisation has this БИН")
    return LegalEntityView.model_validate(entity)
