"""``/intake``: an operator takes an application in, with the visitor at the window."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from services.is_con.pages.hall.hall_views import list_services
from services.is_con.pages.window import window_site
from services.is_con.pages.window.window_site import Operator
from services.is_con.queue import check_service
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.regulations.model import Channel
from shared.regulations.passport_book import PassportBook
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.pages.intake import intake_sheets
from shared.workplace.pages.intake.intake_form import IntakeSheet
from shared.workplace.people.sessions import authenticate_employee

router = intake_sheets.open_router(window_site.SITE)
CHANNEL: Channel = "con"
VISITS = "visits"

Regulation = Annotated[str, Path(max_length=20)]
TicketNumber = Annotated[str, Query(max_length=10)]


@router.get("/intake")
async def choose_intake(
    page: OpenPage,
    me: Operator,
    runtime: ServiceRuntime,
    ticket: TicketNumber = "",
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The services that the operator's centre gives, to choose the visitor's one."""
    regions = list_services(runtime.resource(PassportBook), me.authority, page.tag, q)
    return intake_sheets.show_services(page, regions, q, ticket)


@router.get("/intake/{regulation}")
async def show_intake(
    regulation: Regulation, page: OpenPage, me: Operator, runtime: ServiceRuntime, ticket: TicketNumber = ""
) -> Response:
    """The form of the intake; ``regulation-unknown``, ``channel-not-given``, ``service-not-here``."""
    sheet = _lay_out(regulation, me.authority, page, runtime)
    form = PageForm({"ticket": [ticket]})
    return intake_sheets.show_sheet(page, sheet, form, case_path=VISITS, has_queue=True)


@router.post("/intake/{regulation}")
@accepts_body(sender_check=authenticate_employee)
async def submit_intake(
    regulation: Regulation, page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Take the application in and lead to its papers; a refusal stands above the form, or beside its field."""
    sheet = _lay_out(regulation, me.authority, page, runtime)
    return await intake_sheets.take_in(page, sheet, form, me, runtime, case_path=VISITS, has_queue=True)


def _lay_out(regulation: str, centre: str, page: Page, runtime: ServiceRuntime) -> IntakeSheet:
    passport = runtime.resource(PassportBook).get_passport(regulation)
    check_service(passport, centre)
    return intake_sheets.lay_out(page, passport, CHANNEL)
