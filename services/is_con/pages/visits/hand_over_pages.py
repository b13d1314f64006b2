"""The hand-out of a result at the window: the recipient, a power of attorney, the signature."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated

from fastapi import Path, Response
from pydantic import ValidationError

from services.is_con.pages.visits.visit_display import CaseName, show_case_at_window
from services.is_con.pages.visits.visit_sight import read_visit
from services.is_con.pages.visits.visit_site import open_router
from services.is_con.pages.window.window_site import Operator
from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.contracts.documents import Representative
from shared.contracts.identifiers import check_iin
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage
from shared.workplace.http.actions import paper_actions
from shared.workplace.pages.site import explain_error
from shared.workplace.steps.hand_over import HandOverRequest

router = open_router()

Recipient = Annotated[str, Path(max_length=12)]
FIELDS_OF_FAULTS = {
    "wrong-recipient": "recipient",
    "power-unconfirmed": "power",
    "power-not-in-force": "power",
    "other-document": "signature",
}


@router.post("/visits/{case}/hand-over")
async def submit_hand_over(
    case: CaseName, page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Hand the result over to the recipient of the form, who signs on paper or with an ЭЦП (a CMS file)."""
    try:
        await paper_actions.perform_hand_over(case, _compose_hand_over(form), me, runtime)
    except BusError as error:
        field = FIELDS_OF_FAULTS.get(error.code, "signature" if error.code.startswith("eds-") else "")
        field = "recipient" if error.code.startswith("iin-") else field
        page.errors = {field: explain_error(page, error)} if field else {}
        return await show_case_at_window(page, case, me, runtime, refusal=error, form=form)
    page.leave_notice("handed-over")
    return page.lead_to(f"visits/{case}")


@router.post("/visits/{case}/power")
async def submit_power(
    case: CaseName, page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Ask ЕНИС about the power of attorney of the person who has come; the answer appears on the page."""
    try:
        iin = check_iin(form.text("recipient"))
        agent = _name_agent(iin, form.text("power"))
        await paper_actions.ask_power(case, agent, me, runtime)
    except BusError as error:
        field = "power" if error.code == "power-needed" else "recipient"
        page.errors = {field: explain_error(page, error)}
        return await show_case_at_window(page, case, me, runtime, refusal=error, form=form)
    page.leave_notice("power-asked", "doubtful")
    return page.lead_to(f"visits/{case}")


@router.get("/visits/{case}/statement/{iin}")
async def download_hand_over_statement(
    case: CaseName, iin: Recipient, page: OpenPage, me: Operator, runtime: ServiceRuntime
) -> Response:
    """The statement that the recipient signs with an ЭЦП, as a file."""
    statement = await paper_actions.compose_statement(case, check_iin(iin), me, runtime)
    headers = {"Content-Disposition": 'attachment; filename="hand-over.json"', "Cache-Control": "no-store"}
    return Response(statement, media_type="application/json", headers=headers)


@router.get("/visits/{case}/sheet")
async def show_hand_over_sheet(case: CaseName, page: OpenPage, me: Operator, runtime: ServiceRuntime) -> Response:
    """The sheet on which the recipient signs for the result on paper, to print."""
    visit = await read_visit(case, me, page, runtime)
    return page.show("sheet.html", visit=visit, me=me, now=runtime.now)


def _compose_hand_over(form: PageForm) -> HandOverRequest:
    file = form.file("signature")
    content = {
        "iin": form.text("recipient"),
        "power_number": form.text("power") or None,
        "cms": form.text("cms") or None if file is None else _armour(file.content),
        "ticket": form.text("ticket") or None,
    }
    try:
        return HandOverRequest.model_validate(content)
    except ValidationError as error:
        raise Malformed("request-malformed", "a value is too long or has another form") from error


def _armour(content: bytes) -> str:
    """A CMS file as the API takes it: PEM and base64 are text already, DER is not."""
    return content.decode("ascii") if content.isascii() else b64encode(content).decode()


def _name_agent(iin: str, power: str) -> Representative:
    try:
        return Representative(iin=iin, power_number=power)
    except ValidationError as error:
        raise Malformed("power-needed", "the form names no power of attorney") from error
