"""``/hall``: the terminal at the entrance, which gives tickets, and the page of a ticket for its holder."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response

from services.is_con import queue
from services.is_con.domain import TicketPurpose
from services.is_con.pages.hall import hall_views
from services.is_con.pages.hall.hall_site import open_router
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.passport_book import PassportBook
from shared.web.page_forms import SentForm
from shared.web.page_sites import OpenPage

router = open_router()

CentreCode = Annotated[str, Path(max_length=100)]
TicketId = Annotated[str, Path(max_length=36)]


@router.get("/hall", dependencies=[ManyCalls])
async def show_centres(page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The centres: each has a terminal and a screen."""
    return page.show("centres.html", centres=hall_views.list_centres(runtime.resource(PassportBook), page.tag))


@router.get("/hall/{centre}", dependencies=[ManyCalls])
async def show_terminal(centre: CentreCode, page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The first page of a terminal: why a visitor comes."""
    return page.show("terminal.html", **_describe_centre(centre, page.tag, runtime))


@router.get("/hall/{centre}/services", dependencies=[ManyCalls])
async def show_services(
    centre: CentreCode, page: OpenPage, runtime: ServiceRuntime, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The services that the centre gives, to choose one."""
    regions = hall_views.list_services(runtime.resource(PassportBook), centre, page.tag, q)
    return page.show("services.html", regions=regions, q=q, **_describe_centre(centre, page.tag, runtime))


@router.post("/hall/{centre}/tickets", dependencies=[FewCalls])
async def submit_purpose(centre: CentreCode, page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Give a ticket for the purpose and the service of the form, and lead to the ticket."""
    purpose, regulation = hall_views.purpose_of(form.text("purpose")), form.text("regulation")[:20] or None
    ticket = await runtime.write(lambda uow: queue.take_ticket(uow, centre, purpose, regulation).id)
    return page.lead_to(f"hall/{centre}/tickets/{ticket}")


@router.get("/hall/{centre}/tickets/{ticket}", dependencies=[ManyCalls])
async def show_ticket_page(
    centre: CentreCode, ticket: TicketId, page: OpenPage, runtime: ServiceRuntime
) -> Response:
    """A ticket, to print and to follow; ``ticket-unknown``."""
    book = runtime.resource(PassportBook)
    sight = await runtime.read(lambda session: hall_views.read_ticket(session, ticket, book, page.tag))
    if sight is None or sight.row.centre != centre:
        raise NotFound("ticket-unknown", "no such ticket")
    template = "ticket_state.html" if page.is_part else "ticket.html"
    values = _describe_centre(centre, page.tag, runtime)
    return page.show(template, ticket=sight.row, sight=sight, now=runtime.now, **values)


@router.post("/hall/{centre}/tickets/{ticket}/leave", dependencies=[FewCalls])
async def leave_hall(centre: CentreCode, ticket: TicketId, page: OpenPage, runtime: ServiceRuntime) -> Response:
    """Give up a ticket, and show it closed."""
    await runtime.write(lambda uow: queue.leave_queue(uow, ticket).id)
    return page.lead_to(f"hall/{centre}/tickets/{ticket}")


def _describe_centre(centre: str, tag: str, runtime: Runtime) -> dict[str, Any]:
    """The centre for a template; ``centre-unknown``."""
    office = queue.centre_of(runtime.resource(PassportBook).passports, centre)
    name, name_tag = hall_views.name_centre(office, tag)
    return {"centre": centre, "centre_name": name, "centre_tag": name_tag, "purposes": TicketPurpose}
