"""The board over HTTP, for the centres' operator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.is_con import storage
from services.is_con.storage import BoardRow
from shared.bus.errors import NotFound
from shared.bus.http import Bus, OperatorOnly
from shared.contracts.cases import StepDone

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


@router.get("/board", tags=["board"])
async def board(
    bus: Bus,
    status: str | None = None,
    authority: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[BoardRow]:
    """What the centres see, the latest change first."""
    return await bus.read(lambda session: storage.board(session, status, authority, limit))


@router.get("/board/{correlation_id}", tags=["board"])
async def case(correlation_id: str, bus: Bus) -> BoardRow:
    """One case; ``case-unknown``."""
    row = await bus.read(lambda session: session.get(BoardRow, correlation_id))
    if row is None:
        raise NotFound("case-unknown", "no such case on the board")
    return row


@router.get("/cases/{correlation_id}/steps", tags=["board"])
async def steps(correlation_id: str, bus: Bus) -> list[StepDone]:
    """The steps of a case as ИС ЦОН knows them."""
    return await bus.read(lambda session: storage.steps_of(session, correlation_id))
