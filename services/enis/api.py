"""The notarial register over HTTP, for its operator; systems send queries over the bus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.enis import storage
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.contracts.registers import PowerOfAttorney

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


@router.get("/powers", tags=["powers of attorney"])
async def list_powers(
    runtime: ServiceRuntime, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[PowerOfAttorney]:
    """The synthetic powers of attorney, ordered by number."""
    return await runtime.read(lambda session: storage.list_powers(session, after, limit))
