"""The notarial register over HTTP, for its operator: systems ask over the bus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.enis import storage
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.contracts.registers import Power

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


@router.get("/powers", tags=["powers of attorney"])
async def powers(bus: Bus, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[Power]:
    """The synthetic powers of attorney, in the order of their numbers."""
    return await bus.read(lambda session: storage.page(session, after, limit))
