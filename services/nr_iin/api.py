"""The register over HTTP, for its operator: systems ask over the bus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.nr_iin import storage
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.contracts.identifiers import check_iin
from shared.contracts.registers import Person

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


@router.get("/persons", tags=["persons"])
async def persons(
    bus: Bus,
    region: str | None = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Person]:
    """The synthetic population, in the order of the numbers."""
    return await bus.read(lambda session: storage.page(session, region, after, limit))


@router.get("/persons/{iin}", tags=["persons"])
async def person(iin: str, bus: Bus) -> Person:
    """One person; a code of the ИИН's check, or ``iin-unknown``."""
    number = check_iin(iin)
    found = await bus.read(lambda session: storage.find(session, number))
    if found is None:
        raise NotFound("iin-unknown", "nobody holds this number")
    return found
