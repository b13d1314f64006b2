"""The electronic queue over HTTP: the terminal in the hall, the screen above the windows, the windows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from services.is_con import queue, storage
from services.is_con.domain import Purpose, State, day_of
from services.is_con.storage import TicketRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus
from shared.bus.runtime.unit_of_work import Work
from shared.regulations.book import PassportBook
from shared.workplace.http.cases import Employee

router = APIRouter(prefix="/api/v1/queue", tags=["queue"])

Number = Annotated[str, Field(max_length=10)]


class TicketIn(BaseModel):
    """Who wants a ticket, at which centre, what for, and for which service if he knows."""

    model_config = ConfigDict(extra="forbid")

    centre: Annotated[str, Field(max_length=100)]
    purpose: Purpose = Purpose.INTAKE
    regulation: Annotated[str, Field(max_length=20)] | None = None


class CallIn(BaseModel):
    """Which window is free, and for whom if not for everybody."""

    model_config = ConfigDict(extra="forbid")

    window: Annotated[str, Field(min_length=1, max_length=10)]
    purpose: Purpose | None = None


class TicketOut(BaseModel):
    """A ticket; ``ahead`` is how many wait before him."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    centre: str
    purpose: Purpose
    regulation: str | None
    state: State
    window: str | None
    case: str | None
    issued_at: datetime
    due_at: datetime | None
    called_at: datetime | None
    closed_at: datetime | None
    is_late: bool = False
    ahead: int = 0

    @classmethod
    def of(cls, row: TicketRow, now: datetime, ahead: int = 0) -> TicketOut:
        told = cls.model_validate(row)
        until = row.called_at or row.closed_at or now
        is_late = row.due_at is not None and until > row.due_at
        return told.model_copy(update={"is_late": is_late, "ahead": ahead})


class PlaceOut(BaseModel):
    """A line of the screen in the hall."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    state: State
    window: str | None


@router.post("/tickets", status_code=status.HTTP_201_CREATED)
async def take_ticket(wanted: TicketIn, bus: Bus) -> TicketOut:
    """A ticket from the terminal; ``centre-unknown``, ``regulation-unknown``, ``channel-not-given``,
    ``service-not-here``."""

    def run(work: Work) -> TicketOut:
        row = queue.take_ticket(work, wanted.centre, wanted.purpose, wanted.regulation)
        return TicketOut.of(row, work.now, storage.ahead_of(work.session, row))

    return await bus.write(run)


@router.get("/tickets/{ticket}")
async def ticket(ticket: str, bus: Bus) -> TicketOut:
    """One's own ticket, by its id; ``ticket-unknown``."""
    row = await bus.read(lambda session: storage.ticket(session, ticket))
    if row is None:
        raise NotFound("ticket-unknown", "no such ticket")
    ahead = await bus.read(lambda session: storage.ahead_of(session, row))
    return TicketOut.of(row, bus.now, ahead if row.state == State.WAITING else 0)


@router.post("/tickets/{ticket}/leave")
async def give_up(ticket: str, bus: Bus) -> TicketOut:
    """Give one's place up; ``ticket-unknown``, ``ticket-closed``."""
    return await bus.write(lambda work: TicketOut.of(queue.leave(work, ticket), work.now))


@router.get("/screens/{centre}")
async def screen(centre: str, bus: Bus) -> list[PlaceOut]:
    """Who is called to which window and who waits, at a centre today; ``centre-unknown``."""
    queue.centre_of(bus.use(PassportBook).all, centre)
    rows = await bus.read(lambda session: storage.open_tickets(session, centre, day_of(bus.now)))
    return [PlaceOut.model_validate(row) for row in rows]


@router.post("/call")
async def call(wanted: CallIn, me: Employee, bus: Bus) -> TicketOut:
    """Call who waits longest; ``window-busy``, ``queue-empty``."""
    return await bus.write(
        lambda work: TicketOut.of(queue.call_next(work, me, wanted.window, wanted.purpose), work.now)
    )


@router.post("/{number}/served")
async def served(number: Number, me: Employee, bus: Bus) -> TicketOut:
    """Who was called is served without a case; ``ticket-unknown``, ``ticket-not-called``, ``other-window``."""
    return await bus.write(lambda work: TicketOut.of(queue.close(work, me, number, State.SERVED), work.now))


@router.post("/{number}/left")
async def left(number: Number, me: Employee, bus: Bus) -> TicketOut:
    """Who was called did not come; ``ticket-unknown``, ``ticket-not-called``, ``other-window``."""
    return await bus.write(lambda work: TicketOut.of(queue.close(work, me, number, State.LEFT), work.now))
