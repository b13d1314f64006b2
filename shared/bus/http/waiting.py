"""The operator's view of what waits: for a predecessor, or for something that was unavailable.

A predecessor that its sender signed and the carrier has comes by itself, and then its successors go on. One that
will never come (it was refused before anybody could read which case it belongs to) leaves a gap that only a person
can judge: he lets its successor proceed without it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update
from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.persistence.database import Database
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work

router = APIRouter(prefix="/api/v1/waiting", tags=["waiting"], dependencies=[OperatorOnly])


class Waiting(BaseModel):
    """A message that waits, and why; ``stream`` is the neighbour and the case, ``sequence`` its place there."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    stream: str
    sequence: int
    code: str
    attempts: int
    held_at: datetime
    due_at: datetime


@router.get("")
async def waiting(
    bus: Bus, code: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[Waiting]:
    """What waits longest, narrowed by the code of its reason."""
    return await bus.read(lambda session: _waiting(bus, session, code, limit))


@router.post("/{key}/proceed")
async def proceed(key: str, bus: Bus) -> Waiting:
    """Deal with a waiting message now, without the predecessors that it lacks; ``not-waiting``.

    A predecessor that comes later all the same is refused: ``sequence-reused``.
    """
    return await bus.write(lambda work: _proceed(bus, work, key))


def _waiting(bus: Runtime, session: Session, code: str | None, limit: int) -> list[Waiting]:
    held = bus.tables.held
    query = select(held).order_by(held.c.held_at, held.c.sequence).limit(limit)
    if code is not None:
        query = query.where(held.c.code == code)
    return [Waiting.model_validate(row) for row in session.execute(query)]


def _proceed(bus: Runtime, work: Work, key: str) -> Waiting:
    tables, database = bus.tables, work.use(Database)
    row = work.session.execute(select(tables.held).where(tables.held.c.key == key)).first()
    if row is None:
        raise NotFound("not-waiting", "no message of this key waits")
    found = database.read_keyed(work.session, tables.seen, ("last",), [row.stream], is_locking=True)
    last = found[0][0] if found else 0
    if row.sequence > last + 1:
        taken = [{"stream": row.stream, "last": row.sequence - 1}]
        database.write_many(work.session, tables.seen, taken, replace=["last"])
    work.session.execute(update(tables.held).where(tables.held.c.stream == row.stream).values(due_at=row.held_at))
    return Waiting.model_validate(row)
