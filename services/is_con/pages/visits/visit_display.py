"""The page of a case at the window, as several endpoints answer it: alone, or with a refusal above it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response

from services.is_con.pages.visits.visit_sight import VisitSight, read_visit
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.refusals import note_refusal
from shared.regulations.passport_book import PassportBook
from shared.web.page_forms import PageForm
from shared.web.page_sites import Page
from shared.workplace.pages.site import explain_error
from shared.workplace.records.storage import EmployeeRow

CaseName = Annotated[str, Path(max_length=100)]


async def show_case_at_window(
    page: Page,
    case: str,
    me: EmployeeRow,
    runtime: ServiceRuntime,
    *,
    refusal: BusError | None = None,
    form: PageForm | None = None,
    status: int = 200,
) -> Response:
    """The page of a case; with ``refusal`` the error of what the operator wanted stands above it, and the
    fields keep what ``form`` says.
    """
    visit = await read_visit(case, me, page, runtime)
    fault = {"text": "", "code": ""}
    if refusal is not None:
        note_refusal(page.request.scope, refusal)
        fault, status = {"text": explain_error(page, refusal), "code": refusal.code}, refusal.http_status
    book = runtime.resource(PassportBook)
    has_questions = book.get_passport(visit.case.regulation).questionnaire is not None
    return page.show(
        "visit.html",
        status=status,
        visit=visit,
        fault=fault,
        form=_fill_form(page, visit, form or PageForm()),
        has_questions=has_questions,
        now=runtime.now,
    )


def _fill_form(page: Page, visit: VisitSight, form: PageForm) -> PageForm:
    """What the fields hold: what was typed, else the person who has come, as far as that is known."""
    ticket = page.request.query_params.get("ticket", "")
    fields = {"recipient": visit.records.recipient, "power": visit.records.power, "ticket": ticket}
    return PageForm({**{name: [value] for name, value in fields.items()}, **form.values})
