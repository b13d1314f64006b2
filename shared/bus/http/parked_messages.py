"""Waiting messages for the operator: messages that wait for a predecessor, or for something unavailable.

A predecessor that its sender signed and the carrier has will arrive, and its successors go on. A predecessor that
will never arrive (it was refused before its case could be read) leaves a gap that only a person can judge: the
operator lets the successor proceed without it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update
from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.persistence.database import Database
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/v1/waiting", tags=["waiting"], dependencies=[OperatorOnly])


class ParkedMessageView(BaseModel):
    """A waiting message with its reason; ``stream`` is the neighbour and the case, ``sequence`` the place in the
    stream.
    """

    model_config = ConfigDict(from_attributes=True)

    key: str
    stream: str
    sequence: int
    code: str
    attempts: int
    held_at: datetime
    due_at: datetime


@router.get("")
async def list_waiting_messages(
    runtime: ServiceRuntime, code: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[ParkedMessageView]:
    """The messages that wait longest, filtered by the code of the reason."""
    return await runtime.read(lambda session: _find_waiting(runtime, session, code, limit))


@router.post("/{key}/proceed", responses=declare_errors(not_found="not-waiting"))
async def proceed_without_predecessor(key: str, runtime: ServiceRuntime) -> ParkedMessageView:
    """Handle a waiting message now, without its missing predecessors; ``not-waiting``.

    A predecessor that arrives later is refused: ``sequence-reused``.
    """
    return await runtime.write(lambda uow: _proceed_in_transaction(runtime, uow, key))


def _find_waiting(runtime: Runtime, session: Session, code: str | None, limit: int) -> list[ParkedMessageView]:
    table = runtime.tables.held
    query = select(table).order_by(table.c.held_at, table.c.sequence).limit(limit)
    if code is not None:
        query = query.where(table.c.code == code)
    return [ParkedMessageView.model_validate(row) for row in session.execute(query)]


def _proceed_in_transaction(runtime: Runtime, uow: UnitOfWork, key: str) -> ParkedMessageView:
    tables, database = runtime.tables, uow.resource(Database)
    row = uow.session.execute(select(tables.held).where(tables.held.c.key == key)).first()
    if row is None:
        raise NotFound("not-waiting", "no message of this key waits")
    last_rows = database.read_by_keys(uow.session, tables.seen, ("last",), [row.stream], is_locking=True)
    last = last_rows[0][0] if last_rows else 0
    if row.sequence > last + 1:
        skipped_rows = [{"stream": row.stream, "last": row.sequence - 1}]
        database.write_many(uow.session, tables.seen, skipped_rows, replace=["last"])
    uow.session.execute(update(tables.held).where(tables.held.c.stream == row.stream).values(due_at=row.held_at))
    return ParkedMessageView.model_validate(row)
