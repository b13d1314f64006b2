"""``/intake``: an operator takes an application in, with the visitor at the window."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response

from services.is_con.pages.hall.hall_views import list_services
from services.is_con.pages.intake import intake_form
from services.is_con.pages.intake.intake_form import IntakeSheet, compose_request, find_form_faults, lay_out
from services.is_con.pages.intake.intake_site import open_router
from services.is_con.pages.window.error_texts import text_of_code
from services.is_con.pages.window.window_site import Operator
from services.is_con.queue import check_service
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.refusals import note_refusal
from shared.regulations.passport_book import PassportBook
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.http.actions.case_actions import open_application
from shared.workplace.pages.site import explain_error

router = open_router()

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
    return page.show("choose.html", regions=regions, ticket=ticket, q=q)


@router.get("/intake/{regulation}")
async def show_intake(
    regulation: Regulation, page: OpenPage, me: Operator, runtime: ServiceRuntime, ticket: TicketNumber = ""
) -> Response:
    """The form of the intake; ``regulation-unknown``, ``channel-not-given``, ``service-not-here``."""
    sheet = _lay_out(regulation, me.authority, page, runtime)
    return _show_sheet(page, sheet, PageForm({"ticket": [ticket]}))


@router.post("/intake/{regulation}")
@accepts_body()
async def submit_intake(
    regulation: Regulation, page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Take the application in and lead to its papers; a refusal stands above the form, or beside its field."""
    sheet = _lay_out(regulation, me.authority, page, runtime)
    if faults := find_form_faults(form, sheet):
        page.errors = {name: text_of_code(page, code) for name, code in faults.items()}
        return _show_sheet(page, sheet, form, status=422)
    try:
        case = await open_application(compose_request(form, sheet), me, runtime)
    except BusError as error:
        return _show_refusal(page, sheet, form, error)
    page.leave_notice("taken-in")
    return page.lead_to(f"visits/{case.correlation_id}")


def _show_refusal(page: Page, sheet: IntakeSheet, form: PageForm, error: BusError) -> Response:
    note_refusal(page.request.scope, error)
    text = explain_error(page, error)
    name = intake_form.FIELDS_OF_FAULTS.get(error.code)
    page.errors = {name: text} if name else intake_form.locate_faults(error, page.tag)
    open_case = str(error.details.get("case", ""))
    refusal = None if name else {"text": text, "code": error.code, "case": open_case}
    return _show_sheet(page, sheet, form, refusal=refusal, status=error.http_status)


def _lay_out(regulation: str, centre: str, page: Page, runtime: ServiceRuntime) -> IntakeSheet:
    passport = runtime.resource(PassportBook).get_passport(regulation)
    check_service(passport, centre)
    variants = {code: page.say(f"variant-{code}") for code in passport.variants if code != "main"}
    return lay_out(passport, page.tag, variants)


def _show_sheet(page: Page, sheet: IntakeSheet, form: PageForm, *, status: int = 200, **values: Any) -> Response:
    prefix, names = (
        intake_form.FIELD_PREFIX,
        {name: page.say("field-" + name.replace("_", "-")) for name in intake_form.PLAIN_FIELDS},
    )
    titles = {**names, "consent": page.say("field-consent"), **sheet.titles}
    values = {"refusal": None, **values}
    return page.show(
        "intake.html",
        status=status,
        sheet=sheet,
        value_of=form.text,
        form=form,
        prefix=prefix,
        titles=titles,
        **values,
    )
