"""``/explain``: why nothing comes back, for people; behind the token of ШЭП's operator or of a participant."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.shep_gateway.doors.participants import TOKEN_PREFIX
from services.shep_gateway.doors.rest.callers import find_participant
from services.shep_gateway.pages.explain_view import PAGES, describe_finding
from services.shep_gateway.pages.page_folder import SITE as GATEWAY_SITE
from services.shep_gateway.whereabouts.explaining import explain_id
from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.endpoints import ServiceRuntime, operator_door
from shared.bus.http.media import URLENCODED, declare_form_body
from shared.bus.http.problems import declare_pages
from shared.bus.http.records.whereabouts import MOST_FINDINGS
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.http.requests.callers import read_address
from shared.web.page_sites import PageSite, make_page
from shared.web.pages import ChosenLanguage

router = APIRouter(tags=["pages"])

SITE = PageSite(PAGES, "gateway", links=GATEWAY_SITE.links)
LONGEST_ID = 100


@router.get("/explain", response_class=HTMLResponse, dependencies=[ManyCalls], responses=declare_pages(429))
async def show_explain_form(request: Request, tag: ChosenLanguage) -> Response:
    """The form: the id of a message, case, session or exchange, and a token."""
    return _respond(request, tag)


@router.post(
    "/explain",
    response_class=HTMLResponse,
    dependencies=[FewCalls],
    responses=declare_pages(401, 429),
    openapi_extra=declare_form_body(
        URLENCODED,
        {"any_id": {"type": "string"}, "token": {"type": "string"}},
        ["any_id", "token"],
        "The form of the page.",
    ),
)
async def submit_explain_form(request: Request, runtime: ServiceRuntime, tag: ChosenLanguage) -> Response:
    """Where the message or case lies, for a submitted form (``any_id``, ``token``)."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    any_id, token = (next(iter(form.get(name, ())), "").strip() for name in ("any_id", "token"))
    any_id = any_id[:LONGEST_ID]
    try:
        reader = await _admit_reader(request, runtime, token)
    except (Untrusted, Throttled) as error:
        return make_page(SITE, request, tag).show_fault("explain.html", error, any_id=any_id, findings=[])
    findings = await explain_id(runtime, any_id, reader) if any_id else []
    return _respond(
        request, tag, any_id, findings=[describe_finding(one, tag) for one in findings[:MOST_FINDINGS]]
    )


async def _admit_reader(request: Request, runtime: ServiceRuntime, token: str) -> str | None:
    """The participant that holds the token, or None for ШЭП's operator; raises as the API's callers do."""
    if token.startswith(TOKEN_PREFIX):
        return (await find_participant(runtime, token)).address
    operator_door(request.app).admit(token, read_address(request.scope))
    return None


def _respond(request: Request, tag: str, any_id: str = "", **values: Any) -> Response:
    values = {"findings": [], "fault": "", **values}
    return make_page(SITE, request, tag).show("explain.html", any_id=any_id, **values)
