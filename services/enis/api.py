"""The notarial register over HTTP, for its operator; systems send queries over the bus."""

from __future__ import annotations

from fastapi import APIRouter

from services.enis import storage
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.contracts.registers import PowerOfAttorney

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


@router.get("/powers", tags=["powers of attorney"])
async def list_powers(runtime: ServiceRuntime, pager: Paging, after: str = "") -> list[PowerOfAttorney]:
    """The synthetic powers of attorney, ordered by number; ``cursor-malformed``."""
    return pager.link_page(await runtime.read(lambda session: storage.list_powers(session, after, pager.place)))
