"""``/window``: the queue at an operator's window: call, call once more, close."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import Response

from services.is_con import queue
from services.is_con.domain import TicketPurpose, TicketState
from services.is_con.pages.window.queue_sights import read_window
from services.is_con.pages.window.window_site import Operator, open_router
from services.is_con.storage import TicketRow
from shared.bus.errors import Conflict, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.web.page_forms import SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.records.storage import EmployeeRow

router = open_router()

LONGEST_WINDOW = 10
TicketAct = Callable[[UnitOfWork, EmployeeRow, str], TicketRow]


def _mark_served(uow: UnitOfWork, me: EmployeeRow, number: str) -> TicketRow:
    return queue.close_ticket(uow, me, number, TicketState.SERVED)


def _mark_left(uow: UnitOfWork, me: EmployeeRow, number: str) -> TicketRow:
    return queue.close_ticket(uow, me, number, TicketState.LEFT)


TICKET_ACTS: Mapping[str, TicketAct] = {
    "recall": queue.recall_ticket,
    "served": _mark_served,
    "left": _mark_left,
}
"""What an operator does with the called ticket, by the name of the form's button."""


@router.get("/window")
async def show_window(page: OpenPage, me: Operator, runtime: ServiceRuntime) -> Response:
    """The queue at the operator's window."""
    return await _show_window(page, me, runtime)


@router.post("/window/call")
async def call_visitor(page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Call the visitor who waits longest to the window of the form."""
    window = form.text("window")[: LONGEST_WINDOW + 1]
    if not window or len(window) > LONGEST_WINDOW:
        page.errors = {"window": page.say("window-needed")}
        return await _show_window(page, me, runtime, status=422)
    purpose = _purpose_of(form.text("purpose"))
    try:
        await runtime.write(lambda uow: queue.call_next(uow, me, window, purpose))
    except (NotFound, Conflict) as error:  # queue-empty, window-busy
        page.leave_notice(error.code, "doubtful")
    return page.lead_to("window")


@router.post("/window/{number}")
async def close_visit(
    number: str, page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Call the visitor of this ticket once more, or close the ticket, as the form's button says."""
    act = TICKET_ACTS.get(form.text("act"))
    if act is None:
        raise NotFound("not-found", "no such act with a ticket")
    await runtime.write(lambda uow: act(uow, me, number))
    page.leave_notice(f"ticket-{form.text('act')}")
    return page.lead_to("window")


async def _show_window(page: Page, me: EmployeeRow, runtime: ServiceRuntime, status: int = 200) -> Response:
    book, now = runtime.resource(PassportBook), runtime.now
    sight = await runtime.read(lambda session: read_window(session, me, now, book, page.tag))
    template = "waiting.html" if page.is_part else "window.html"
    return page.show(template, status=status, sight=sight, purposes=TicketPurpose, centre=me.authority)


def _purpose_of(text: str) -> TicketPurpose | None:
    return next((purpose for purpose in TicketPurpose if purpose == text), None)
