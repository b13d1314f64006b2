"""The register over HTTP, for its operator; systems send queries over the bus."""

from __future__ import annotations

from fastapi import APIRouter

from services.nr_iin import storage
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.registers import PersonRecord

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


@router.get("/persons", tags=["persons"])
async def list_persons(
    runtime: ServiceRuntime, pager: Paging, region: str | None = None, after: str = ""
) -> list[PersonRecord]:
    """The synthetic population, ordered by ИИН; ``cursor-malformed``."""
    return pager.link_page(
        await runtime.read(lambda session: storage.list_persons(session, region, after, pager.place))
    )


@router.get("/persons/{iin}", tags=["persons"], responses=declare_errors(IIN_ERRORS, not_found="iin-unknown"))
async def show_person(iin: str, runtime: ServiceRuntime) -> PersonRecord:
    """One person; the codes of the ИИН check, ``iin-unknown``."""
    number = check_iin(iin)
    holder = await runtime.read(lambda session: storage.find_person(session, number))
    if holder is None:
        raise NotFound("iin-unknown", "no person holds this ИИН")
    return holder
