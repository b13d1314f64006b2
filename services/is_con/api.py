"""The board over HTTP, for the centres' operator."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from shared.bus.errors import NotFound
from shared.bus.http import Bus, OperatorOnly
from shared.workplace import storage
from shared.workplace.storage import CaseRow

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


class BoardOut(BaseModel):
    """A case as the centres see it: no personal data."""

    model_config = ConfigDict(from_attributes=True)

    correlation_id: str
    regulation: str
    channel: str
    authority: str
    number: str | None
    status: str
    received_at: datetime
    changed_at: datetime


@router.get("/board", tags=["board"])
async def board(
    bus: Bus,
    status: str | None = None,
    authority: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[BoardOut]:
    """What the centres see, the latest change first."""
    rows = await bus.read(lambda session: storage.board(session, status, authority, limit))
    return [BoardOut.model_validate(row) for row in rows]


@router.get("/board/{correlation_id}", tags=["board"])
async def case(correlation_id: str, bus: Bus) -> BoardOut:
    """One case; ``case-unknown``."""
    row = await bus.read(lambda session: session.get(CaseRow, correlation_id))
    if row is None:
        raise NotFound("case-unknown", "no such case on the board")
    return BoardOut.model_validate(row)
