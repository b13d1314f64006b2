"""The operator's view of what was not dealt with: look at it, and have it dealt with after all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update
from sqlmodel import Session

from shared.bus.carriers.transport import Raw
from shared.bus.errors import Conflict, NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work

router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"], dependencies=[OperatorOnly])


class DeadLetter(BaseModel):
    """A message that was not dealt with, and why; its bytes stay in the database."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    died_at: datetime
    source: str | None
    message_id: str | None
    correlation_id: str | None
    code: str
    reason: str
    replayed_at: datetime | None


@router.get("")
async def dead_letters(
    bus: Bus,
    code: str | None = None,
    correlation_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[DeadLetter]:
    """The latest dead letters of this system, narrowed by code and case."""
    return await bus.read(lambda session: _letters(bus, session, code, correlation_id, limit))


@router.post("/{letter_id}/replay")
async def replay(letter_id: str, bus: Bus) -> DeadLetter:
    """Verify and handle a dead letter again, outside its order: the operator knows why.

    ``dead-letter-unknown``, ``dead-letter-replayed``, or the code for which it fails again; then it stays dead.
    """
    return await bus.write(lambda work: _replay(bus, work, letter_id))


def _letters(
    bus: Runtime, session: Session, code: str | None, correlation_id: str | None, limit: int
) -> list[DeadLetter]:
    dead = bus.tables.dead
    query = select(dead).order_by(dead.c.died_at.desc()).limit(limit)
    if code is not None:
        query = query.where(dead.c.code == code)
    if correlation_id is not None:
        query = query.where(dead.c.correlation_id == correlation_id)
    return [DeadLetter.model_validate(row) for row in session.execute(query)]


def _replay(bus: Runtime, work: Work, letter_id: str) -> DeadLetter:
    dead = bus.tables.dead
    row = work.session.execute(select(dead).where(dead.c.id == letter_id)).first()
    if row is None:
        raise NotFound("dead-letter-unknown", "no such dead letter")
    if row.replayed_at is not None:
        raise Conflict("dead-letter-replayed", "it was dealt with already")
    bus.handle_again(Raw(row.body, row.signature, row.hop), work)
    work.session.execute(update(dead).where(dead.c.id == letter_id).values(replayed_at=work.now))
    return DeadLetter.model_validate(row).model_copy(update={"replayed_at": work.now})
