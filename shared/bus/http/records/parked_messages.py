"""Waiting messages for the operator: messages that wait for a predecessor, or for something unavailable.

A predecessor that its sender signed and the carrier has will arrive, and its successors go on. A predecessor that
will never arrive (it was refused before its case could be read) leaves a gap that only a person can judge: the
operator lets the successor proceed without it.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update
from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.bus.persistence.database import Database
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace
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
    runtime: ServiceRuntime, pager: Paging, code: str | None = None
) -> list[ParkedMessageView]:
    """The waiting messages, the newest first, filtered by the code of the reason; ``cursor-malformed``."""
    return pager.link_page(await runtime.read(lambda session: read_waiting(runtime, session, pager.place, code)))


@router.post("/{key}/proceed", responses=declare_errors(not_found="not-waiting"))
async def proceed_without_predecessor(key: str, runtime: ServiceRuntime) -> ParkedMessageView:
    """Handle a waiting message now, without its missing predecessors; ``not-waiting``.

    A predecessor that arrives later is refused: ``sequence-reused``.
    """
    return await runtime.write(lambda uow: _proceed_in_transaction(runtime, uow, key))


def read_waiting(
    runtime: Runtime, session: Session, place: ListPlace, code: str | None
) -> ListPage[ParkedMessageView]:
    """A page of the waiting messages, the newest first, filtered by the code of the reason."""
    table = runtime.tables.held
    query = select(table)
    if code is not None:
        query = query.where(table.c.code == code)
    order = ListOrder((table.c.held_at, table.c.sequence, table.c.key))
    page = order.read_page(query, place, lambda query: session.execute(query).all())
    return page.convert_rows(ParkedMessageView.model_validate)


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
