"""Dead letters for the operator: the list, and handling a dead letter again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update
from sqlmodel import Session

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import Conflict, NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import ANY_ERROR, declare_errors
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"], dependencies=[OperatorOnly])


class DeadLetterView(BaseModel):
    """A dead letter with its reason; its bytes stay in the database."""

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
async def list_dead_letters(
    runtime: ServiceRuntime,
    code: str | None = None,
    correlation_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[DeadLetterView]:
    """The latest dead letters of this system, filtered by code and case."""
    return await runtime.read(lambda session: _find_dead_letters(runtime, session, code, correlation_id, limit))


@router.post(
    "/{letter_id}/replay",
    responses=declare_errors(ANY_ERROR, not_found="dead-letter-unknown", conflict="dead-letter-replayed"),
)
async def replay_dead_letter(letter_id: str, runtime: ServiceRuntime) -> DeadLetterView:
    """Verify and handle a dead letter again, at the operator's request and outside the order of the stream.

    ``dead-letter-unknown``, ``dead-letter-replayed``, or the code of a new failure; after a failure the message
    stays a dead letter.
    """
    return await runtime.write(lambda uow: _replay_in_transaction(runtime, uow, letter_id))


def _find_dead_letters(
    runtime: Runtime, session: Session, code: str | None, correlation_id: str | None, limit: int
) -> list[DeadLetterView]:
    table = runtime.tables.dead
    query = select(table).order_by(table.c.died_at.desc()).limit(limit)
    if code is not None:
        query = query.where(table.c.code == code)
    if correlation_id is not None:
        query = query.where(table.c.correlation_id == correlation_id)
    return [DeadLetterView.model_validate(row) for row in session.execute(query)]


def _replay_in_transaction(runtime: Runtime, uow: UnitOfWork, letter_id: str) -> DeadLetterView:
    table = runtime.tables.dead
    row = uow.session.execute(select(table).where(table.c.id == letter_id)).first()
    if row is None:
        raise NotFound("dead-letter-unknown", "no such dead letter")
    if row.replayed_at is not None:
        raise Conflict("dead-letter-replayed", "the dead letter was handled already")
    runtime.handle_again(SignedBytes(row.body, row.signature, row.hop), uow)
    uow.session.execute(update(table).where(table.c.id == letter_id).values(replayed_at=uow.machine_now))
    return DeadLetterView.model_validate(row).model_copy(update={"replayed_at": uow.machine_now})
