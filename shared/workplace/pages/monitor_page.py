"""``/monitor``: the monitor for people, without a script, in three languages; behind the operator's token."""

from __future__ import annotations

from dataclasses import replace
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
from shared.contracts.addresses import region_name
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in, title_in
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.page_sites import make_page
from shared.web.pages import ChosenLanguage, page_headers
from shared.workplace.http.waiting_views import MonitorView, WaitingGroupView, read_monitor
from shared.workplace.pages import site
from shared.workplace.pages.cases.case_history import name_system
from shared.workplace.records.monitor import WaitingFilter

router = APIRouter(tags=["pages"])

PAGES = replace(
    site.PAGES,
    words=TextCatalog(texts_beside(__file__, file="monitor_words.yaml"), site.WORDS),
    headers=page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Authorization, Cookie"),
)
SITE = replace(site.SITE, pages=PAGES)
COLUMNS = ("service", "step", "system", "region", "waiting", "soon", "late", "worst")


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
        page = make_page(SITE, request, tag)
        return page.show_fault("monitor.html", error, tables=[], now=None, columns=COLUMNS, is_late=is_late)
    monitor = await read_monitor(runtime, WaitingFilter(late=True if is_late else None))
    tables = _list_tables(tag, monitor, runtime.resource(PassportBook))
    return _respond_page(request, tag, is_late=is_late, tables=tables, now=monitor.now)


def _respond_page(request: Request, tag: str, *, is_late: bool, **values: Any) -> Response:
    values = {"tables": [], "now": None, "columns": COLUMNS, "fault": "", **values}
    return make_page(SITE, request, tag).show("monitor.html", is_late=is_late, **values)


def _list_tables(tag: str, monitor: MonitorView, book: PassportBook) -> list[tuple[str, list[dict[str, Any]]]]:
    """The two tables of the page, each a code of its heading and its rows."""
    return [
        (
            name,
            [_describe_row(group, tag, book) for group in monitor.groups if group.is_applicants == is_applicants],
        )
        for name, is_applicants in (("ours", False), ("applicants", True))
    ]


def _describe_row(group: WaitingGroupView, tag: str, book: PassportBook) -> dict[str, Any]:
    """A row in the words of the act; ``place`` is the step's id, which is one of a kind in channel and variant."""
    passport = book.get_passport(group.regulation)
    titles = (part.title for part in passport.procedures if part.variant == group.variant and part.title)
    names = [site.WORDS[f"channel-{group.channel}"][tag], *(text_in(tag, title) for title in set(titles))]
    return {
        "tone": "bad" if group.late else "doubtful" if group.due_soon else "plain",
        "service": title_in(tag, passport),
        "place": f"{group.regulation}, {', '.join(names)}, {group.step}",
        "action": text_in(tag, group.action),
        "system": name_system(group.system, tag),
        "region": region_name(group.region)[tag],
        "numbers": [("waiting", group.waiting), ("soon", group.due_soon), ("late", group.late)],
        "worst": group.worst_late,
    }
