"""``/explain``: why nothing comes back, for people; behind the token of ШЭП's operator or of a participant."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.shep_gateway.doors.participants import TOKEN_PREFIX
from services.shep_gateway.doors.rest.callers import find_participant
from services.shep_gateway.texts import TEXTS
from services.shep_gateway.whereabouts.explaining import CALM, explain_id
from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.endpoints import ServiceRuntime, operator_door
from shared.bus.http.media import URLENCODED, declare_form_body
from shared.bus.http.problems import declare_pages
from shared.bus.http.records.whereabouts import MOST_FINDINGS, WhereaboutsFinding
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.http.requests.callers import read_address
from shared.bus.http.requests.refusals import note_refusal
from shared.contracts.local_time import KAZAKHSTAN
from shared.texts.catalog import texts_beside
from shared.web.pages import ChosenLanguage, PageFolder, page_headers

router = APIRouter(tags=["pages"])

PAGES = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="explain_words.yaml"),
    page_headers(Cache_Control="no-store", Vary="Accept-Language"),
)
LONGEST_ID = 100
WAITS = frozenset(("answer-awaited", "step-of-applicant", "step-of-person", "step-of-system", "waits-in-mailbox"))
"""The findings that tell of a wait in which nothing is wrong."""
MOMENTS = frozenset(("due", "next-try-at"))


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
        note_refusal(request.scope, error)
        wait = error.details.get("retry_after")
        headers = {"Retry-After": str(wait)} if wait else None
        fault = TEXTS[error.code][tag]
        return _respond(request, tag, any_id, fault=fault, status=error.http_status, extra_headers=headers)
    findings = await explain_id(runtime, any_id, reader) if any_id else []
    return _respond(request, tag, any_id, findings=[_describe(one, tag) for one in findings[:MOST_FINDINGS]])


async def _admit_reader(request: Request, runtime: ServiceRuntime, token: str) -> str | None:
    """The participant that holds the token, or None for ШЭП's operator; raises as the API's callers do."""
    if token.startswith(TOKEN_PREFIX):
        return (await find_participant(runtime, token)).address
    operator_door(request.app).admit(token, read_address(request.scope))
    return None


def _describe(finding: WhereaboutsFinding, tag: str) -> dict[str, Any]:
    nested = (finding.explanation or {}).get("findings", ())
    return {
        "kind": "good" if finding.code in CALM else "doubtful" if finding.code in WAITS else "bad",
        "code": finding.code,
        "text": finding.texts[tag],
        "since": _format_moment(finding.since) if finding.since else "",
        "message_id": finding.message_id or "",
        "details": [_describe_fact(name, fact, tag) for name, fact in finding.details.items()],
        "reasons": [(one["code"], one["texts"][tag], list(one["details"].items())) for one in nested],
    }


def _describe_fact(name: str, fact: str, tag: str) -> tuple[str, str]:
    """The name of a fact in the reader's language, and the fact; a moment as the clocks of Kazakhstan show it."""
    if name in MOMENTS:
        fact = _format_moment(datetime.fromisoformat(fact))
    return PAGES.words.get(f"of-{name}", {}).get(tag, name), fact


def _format_moment(at: datetime) -> str:
    return f"{at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M:%S} (UTC+05:00)"


def _respond(
    request: Request, tag: str, any_id: str = "", *, fault: str = "", status: int = 200, **values: Any
) -> Response:
    values = {"findings": [], **values}
    return PAGES.respond("explain.html", tag, request.url, status=status, fault=fault, any_id=any_id, **values)
