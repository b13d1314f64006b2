"""``/monitor``: the monitor for people, without a script, in three languages; behind the operator's token."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime, operator_door
from shared.bus.http.media import URLENCODED, declare_form_body
from shared.bus.http.problems import declare_pages
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.callers import read_address
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.translations import text_in
from shared.texts.catalog import texts_beside
from shared.web.page_sites import PageSite, make_page
from shared.web.pages import ChosenLanguage, PageFolder, page_headers
from shared.workplace.http.waiting_views import MonitorView, WaitingGroupView, read_monitor
from shared.workplace.records.monitor import WaitingFilter

router = APIRouter(tags=["pages"])

PAGES = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="monitor_words.yaml"),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Authorization, Cookie"),
)
SITE = PageSite(PAGES, "brand")
MINUTE, HOUR, DAY = 60, 3600, 86_400
COLUMNS = ("region", "system", "service", "step", "waiting", "soon", "late", "worst")


@router.get("/monitor", response_class=HTMLResponse, responses=declare_pages(401, 429))
async def show_monitor(
    request: Request, runtime: ServiceRuntime, tag: ChosenLanguage, token: BearerToken, late: bool = False
) -> Response:
    """The monitor for a caller with the operator's token in the header; a form for the token for other callers."""
    if not token:
        return _respond_page(request, tag, is_late=late)
    return await _respond_monitor(request, runtime, tag, token, is_late=late)


@router.post(
    "/monitor",
    response_class=HTMLResponse,
    dependencies=[FewCalls],
    responses=declare_pages(401, 429),
    openapi_extra=declare_form_body(
        URLENCODED,
        {"token": {"type": "string"}, "late": {"type": "string"}},
        ["token"],
        "The form of the page.",
    ),
)
async def submit_monitor_form(request: Request, runtime: ServiceRuntime, tag: ChosenLanguage) -> Response:
    """The monitor for a submitted form (``token``, ``late``)."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    token = next(iter(form.get("token", ())), "").strip()
    return await _respond_monitor(request, runtime, tag, token, is_late="late" in form)


async def _respond_monitor(
    request: Request, runtime: ServiceRuntime, tag: str, token: str, *, is_late: bool
) -> Response:
    try:
        operator_door(request.app).admit(token, read_address(request.scope))
    except (Untrusted, Throttled) as error:
        values = {"tables": [], "now": "", "columns": COLUMNS, "is_late": is_late}
        return make_page(SITE, request, tag).show_fault("monitor.html", error, **values)
    monitor = await read_monitor(runtime, WaitingFilter(late=True if is_late else None))
    at = monitor.now.astimezone(KAZAKHSTAN)
    return _respond_page(
        request, tag, is_late=is_late, tables=_list_tables(tag, monitor), now=f"{at:%d.%m.%Y %H:%M} (UTC+05:00)"
    )


def _respond_page(request: Request, tag: str, *, is_late: bool, **values: Any) -> Response:
    values = {"tables": [], "now": "", "columns": COLUMNS, "fault": "", **values}
    return make_page(SITE, request, tag).show("monitor.html", is_late=is_late, **values)


def format_delay(seconds: float, tag: str) -> str:
    """A delay in its two largest units."""
    days, hours, minutes = int(seconds // DAY), int(seconds % DAY // HOUR), int(seconds % HOUR // MINUTE)
    parts = [(days, "days"), (hours, "hours"), (minutes, "minutes")]
    first = next((n for n, (count, _) in enumerate(parts) if count), 2)
    return " ".join(f"{count} {PAGES.words[unit][tag]}" for count, unit in parts[first : first + 2])


def _list_tables(tag: str, monitor: MonitorView) -> list[tuple[str, list[dict[str, Any]]]]:
    """The two tables of the page, each a code of its heading and its rows."""
    return [
        (name, [_describe_row(group, tag) for group in monitor.groups if group.is_applicants == is_applicants])
        for name, is_applicants in (("ours", False), ("applicants", True))
    ]


def _describe_row(group: WaitingGroupView, tag: str) -> dict[str, Any]:
    return {
        "urgency": "late" if group.late else "soon" if group.due_soon else "calm",
        "words": [("region", group.region), ("system", group.system), ("service", group.service)],
        "action": text_in(tag, group.action),
        "where": f"{group.regulation} · {group.channel} · {group.variant} · {group.step}",
        "numbers": [("waiting", group.waiting), ("soon", group.due_soon), ("late", group.late)],
        "worst": format_delay(group.worst_late, tag) if group.worst_late is not None else "—",
    }
