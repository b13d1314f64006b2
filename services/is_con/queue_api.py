"""The electronic queue over HTTP: the terminal in the hall, the screen above the windows, the windows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from services.is_con import queue, storage
from services.is_con.domain import TicketPurpose, TicketState, day_of
from services.is_con.storage import TicketRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import WholePaging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.workplace.people.sessions import Employee

router = APIRouter(prefix="/api/v1/queue", tags=["queue"])

Number = Annotated[str, Field(max_length=10)]


class TicketRequest(RequestModel):
    """A ticket at a centre for a purpose, and for a service if the visitor names one."""

    centre: Annotated[str, Field(max_length=100)]
    purpose: TicketPurpose = TicketPurpose.INTAKE
    regulation: Annotated[str, Field(max_length=20)] | None = None


class TicketCallRequest(RequestModel):
    """A free window, and the purpose that it serves; without a purpose, every one."""

    window: Annotated[str, Field(min_length=1, max_length=10)]
    purpose: TicketPurpose | None = None


class TicketView(BaseModel):
    """A ticket; ``ahead`` counts the waiting tickets before it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    centre: str
    purpose: TicketPurpose
    regulation: str | None
    state: TicketState
    window: str | None
    case: str | None
    issued_at: datetime
    due_at: datetime | None
    called_at: datetime | None
    recalled_at: datetime | None
    closed_at: datetime | None
    is_late: bool = False
    ahead: int = 0

    @classmethod
    def from_row(cls, row: TicketRow, now: datetime, ahead: int = 0) -> TicketView:
        view = cls.model_validate(row)
        until = row.called_at or row.closed_at or now
        is_late = row.due_at is not None and until > row.due_at
        return view.model_copy(update={"is_late": is_late, "ahead": ahead})


class HallScreenView(BaseModel):
    """A line of the screen in the hall."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    state: TicketState
    window: str | None


@router.post(
    "/tickets",
    status_code=status.HTTP_201_CREATED,
    dependencies=[FewCalls],
    responses=declare_errors(
        not_found="centre-unknown channel-not-found regulation-unknown variant-not-found",
        refused="channel-not-given service-not-here",
    ),
)
async def take_ticket(request: TicketRequest, runtime: ServiceRuntime) -> TicketView:
    """Take a ticket at the terminal.

    ``centre-unknown``, ``regulation-unknown``, ``channel-not-given``, ``service-not-here``.
    """

    def issue_ticket(uow: UnitOfWork) -> TicketView:
        row = queue.take_ticket(uow, request.centre, request.purpose, request.regulation)
        return TicketView.from_row(row, uow.now, storage.ahead_of(uow.session, row))

    return await runtime.write(issue_ticket)


@router.get("/tickets/{ticket}", responses=declare_errors(not_found="ticket-unknown"), dependencies=[ManyCalls])
async def show_ticket(ticket: str, runtime: ServiceRuntime) -> TicketView:
    """One ticket by its id; ``ticket-unknown``."""
    row = await runtime.read(lambda session: storage.get_ticket(session, ticket))
    if row is None:
        raise NotFound("ticket-unknown", "no such ticket")
    ahead = await runtime.read(lambda session: storage.ahead_of(session, row))
    return TicketView.from_row(row, runtime.now, ahead if row.state == TicketState.WAITING else 0)


@router.post(
    "/tickets/{ticket}/leave",
    responses=declare_errors(not_found="ticket-unknown", conflict="ticket-closed"),
    dependencies=[FewCalls],
)
async def give_up_ticket(ticket: str, runtime: ServiceRuntime) -> TicketView:
    """Leave the queue; ``ticket-unknown``, ``ticket-closed``."""
    return await runtime.write(lambda uow: TicketView.from_row(queue.leave_queue(uow, ticket), uow.now))


@router.get("/screens/{centre}", responses=declare_errors(not_found="centre-unknown"), dependencies=[ManyCalls])
async def show_screen(centre: str, runtime: ServiceRuntime, pager: WholePaging) -> list[HallScreenView]:
    """The called and waiting tickets at a centre today, in the order of the queue; ``centre-unknown``,
    ``cursor-malformed``.
    """
    queue.centre_of(runtime.resource(PassportBook).passports, centre)
    today = day_of(runtime.now)
    page = await runtime.read(lambda session: storage.open_tickets(session, centre, today, pager.place))
    return [HallScreenView.model_validate(row) for row in pager.link_page(page)]


@router.post("/call", responses=declare_errors(not_found="queue-empty", conflict="window-busy"))
async def call_ticket(request: TicketCallRequest, me: Employee, runtime: ServiceRuntime) -> TicketView:
    """Call the ticket that waits longest; ``window-busy``, ``queue-empty``."""
    return await runtime.write(
        lambda uow: TicketView.from_row(queue.call_next(uow, me, request.window, request.purpose), uow.now)
    )


@router.post(
    "/{number}/recall",
    responses=declare_errors(not_found="ticket-unknown", refused="other-window", conflict="ticket-not-called"),
)
async def recall_ticket(number: Number, me: Employee, runtime: ServiceRuntime) -> TicketView:
    """Call a visitor who has not come once more; ``ticket-unknown``, ``ticket-not-called``, ``other-window``."""
    return await runtime.write(lambda uow: TicketView.from_row(queue.recall_ticket(uow, me, number), uow.now))


@router.post(
    "/{number}/served",
    responses=declare_errors(not_found="ticket-unknown", refused="other-window", conflict="ticket-not-called"),
)
async def mark_served(number: Number, me: Employee, runtime: ServiceRuntime) -> TicketView:
    """Close a called ticket as served without a case; ``ticket-unknown``, ``ticket-not-called``,
    ``other-window``.
    """
    return await runtime.write(
        lambda uow: TicketView.from_row(queue.close_ticket(uow, me, number, TicketState.SERVED), uow.now)
    )


@router.post(
    "/{number}/left",
    responses=declare_errors(not_found="ticket-unknown", refused="other-window", conflict="ticket-not-called"),
)
async def mark_left(number: Number, me: Employee, runtime: ServiceRuntime) -> TicketView:
    """Close a called ticket whose visitor did not come; ``ticket-unknown``, ``ticket-not-called``,
    ``other-window``.
    """
    return await runtime.write(
        lambda uow: TicketView.from_row(queue.close_ticket(uow, me, number, TicketState.LEFT), uow.now)
    )
