"""Dead letters for the operator: the list, and handling a dead letter again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import from_json
from sqlalchemy import ColumnElement, Select, select, update
from sqlmodel import Session

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import Conflict, NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import ANY_ERROR, declare_errors
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"], dependencies=[OperatorOnly])


def _read_json(stored: Any) -> Any:
    return from_json(stored) if isinstance(stored, str) else stored


class DeadLetterView(BaseModel):
    """A dead letter with its reason; its bytes stay in the database. In the sandbox ``explanation`` says why it
    was refused, where there is more to say than the code.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    died_at: datetime
    source: str | None
    message_id: str | None
    correlation_id: str | None
    code: str
    reason: str
    replayed_at: datetime | None
    explanation: Annotated[dict[str, Any] | None, BeforeValidator(_read_json)] = None


@router.get("")
async def list_dead_letters(
    runtime: ServiceRuntime, pager: Paging, code: str | None = None, correlation_id: str | None = None
) -> list[DeadLetterView]:
    """The dead letters of this system, the newest first, filtered by code and case; ``cursor-malformed``."""
    filters = {"code": code, "correlation_id": correlation_id}
    return pager.link_page(
        await runtime.read(lambda session: read_letters(runtime, session, pager.place, filters))
    )


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


def _select_letters(tables: BusTables) -> Select[Any]:
    """The query of dead letters with their explanations."""
    dead, explained = tables.dead, tables.explained
    joined = dead.outerjoin(explained, explained.c.id == dead.c.id)
    return select(dead, explained.c.explanation).select_from(joined)


def read_letters(
    runtime: Runtime, session: Session, place: ListPlace, filters: Mapping[str, str | None]
) -> ListPage[DeadLetterView]:
    """A page of the dead letters, the newest first, filtered by the given columns."""
    table = runtime.tables.dead
    wanted = (table.c[name] == value for name, value in filters.items() if value is not None)
    return _read_page(runtime.tables, session, place, *wanted)


def read_open_letters(runtime: Runtime, session: Session, place: ListPlace) -> ListPage[DeadLetterView]:
    """A page of the dead letters that nobody has handled again, the newest first."""
    return _read_page(runtime.tables, session, place, runtime.tables.dead.c.replayed_at.is_(None))


def _read_page(
    tables: BusTables, session: Session, place: ListPlace, *wanted: ColumnElement[bool]
) -> ListPage[DeadLetterView]:
    order = ListOrder((tables.dead.c.died_at, tables.dead.c.id))
    query = _select_letters(tables).where(*wanted)
    page = order.read_page(query, place, lambda query: session.execute(query).all())
    return page.convert_rows(DeadLetterView.model_validate)


def _replay_in_transaction(runtime: Runtime, uow: UnitOfWork, letter_id: str) -> DeadLetterView:
    table = runtime.tables.dead
    row = uow.session.execute(_select_letters(runtime.tables).where(table.c.id == letter_id)).first()
    if row is None:
        raise NotFound("dead-letter-unknown", "no such dead letter")
    if row.replayed_at is not None:
        raise Conflict("dead-letter-replayed", "the dead letter was handled already")
    runtime.handle_again(SignedBytes(row.body, row.signature, row.hop), uow)
    uow.session.execute(update(table).where(table.c.id == letter_id).values(replayed_at=uow.machine_now))
    return DeadLetterView.model_validate(row).model_copy(update={"replayed_at": uow.machine_now})
