"""``/monitor``: the monitor for people, without a script, in three languages; behind the operator's token."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs
from xml.etree.ElementTree import Element  # S405 is about reading: nothing is read here

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.texts import COMMON
from shared.web.pages import ChosenLanguage, el, html_document, inline_style_source, language_links, page_headers
from shared.workplace.http.deadlines import MonitorFilter, MonitorView, WaitingGroupView, read_monitor
from shared.workplace.http.monitor_words import WORDS

router = APIRouter(tags=["pages"])

STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans",sans-serif;color:#141820;margin:0;background:#eef2f5}
main{max-width:76rem;margin:0 auto;padding:1rem}table{border-collapse:collapse;width:100%;background:#fff}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d5dce3;vertical-align:top}th{color:#606874}
td.n{text-align:right}tr.late{background:#fcecea}tr.soon{background:#fff4e2}small{color:#606874;display:block}
nav a{margin-right:.8rem}form{margin:1rem 0}input[type=password]{font:inherit;width:24rem;max-width:100%}
.fault{color:#b3261e}
"""
HEADERS = page_headers(inline_style_source(STYLE), Cache_Control="no-store", Vary="Accept-Language, Authorization")
MINUTE, HOUR, DAY = 60, 3600, 86_400
COLUMNS = ("region", "system", "service", "step", "waiting", "soon", "late", "worst")


@router.get("/monitor", response_class=HTMLResponse)
async def show_monitor(
    request: Request, runtime: ServiceRuntime, tag: ChosenLanguage, token: BearerToken, late: bool = False
) -> Response:
    """The monitor to whoever brings the token in a header; to others the form that asks for it."""
    if not token:
        return _render_page(tag, [_render_form(tag, is_late=late)])
    return await _render_monitor(request, runtime, tag, token, is_late=late)


@router.post("/monitor", response_class=HTMLResponse)
async def submit_monitor_form(request: Request, runtime: ServiceRuntime, tag: ChosenLanguage) -> Response:
    """The monitor to whoever filled in the form (``token``, ``late``)."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    token = next(iter(form.get("token", ())), "").strip()
    return await _render_monitor(request, runtime, tag, token, is_late="late" in form)


async def _render_monitor(
    request: Request, runtime: ServiceRuntime, tag: str, token: str, *, is_late: bool
) -> Response:
    expected: str = request.app.state.operator_token
    if not secrets.compare_digest(token.encode(), expected.encode()):
        fault = el("p", COMMON["operator-only"][tag], class_="fault")
        return _render_page(tag, [fault, _render_form(tag, is_late=is_late)], 401)
    monitor = await read_monitor(runtime, MonitorFilter(late=True if is_late else None))
    return _render_page(tag, [*_render_tables(tag, monitor), _render_form(tag, is_late=is_late)])


def format_delay(seconds: float, tag: str) -> str:
    """A delay in its two largest units."""
    days, hours, minutes = int(seconds // DAY), int(seconds % DAY // HOUR), int(seconds % HOUR // MINUTE)
    parts = [(days, "days"), (hours, "hours"), (minutes, "minutes")]
    first = next((n for n, (count, _) in enumerate(parts) if count), 2)
    return " ".join(f"{count} {WORDS[unit][tag]}" for count, unit in parts[first : first + 2])


def _render_tables(tag: str, monitor: MonitorView) -> list[Element]:
    elements: list[Element] = []
    for name, is_applicants in (("ours", False), ("applicants", True)):
        groups = [group for group in monitor.groups if group.is_applicants == is_applicants]
        elements.append(el("h2", WORDS[name][tag]))
        elements.append(_render_table(tag, groups) if groups else el("p", WORDS["nothing"][tag]))
    at = monitor.now.astimezone(KAZAKHSTAN)
    return [*elements, el("p", f"{WORDS['now'][tag]}: {at:%d.%m.%Y %H:%M} (UTC+05:00)")]


def _render_table(tag: str, groups: list[WaitingGroupView]) -> Element:
    head = el("tr", *(el("th", WORDS[name][tag]) for name in COLUMNS))
    return el("table", el("thead", head), el("tbody", *(_render_row(tag, group) for group in groups)))


def _render_row(tag: str, group: WaitingGroupView) -> Element:
    where = f"{group.regulation} · {group.channel} · {group.variant} · {group.step}"
    worst = format_delay(group.worst_late, tag) if group.worst_late is not None else "—"
    numbers = [el("td", str(count), class_="n") for count in (group.waiting, group.due_soon, group.late)]
    words = [el("td", text) for text in (group.region, group.system, group.service)]
    step = el("td", group.action, el("small", where))
    return el(
        "tr", *words, step, *numbers, el("td", worst), class_="late" if group.late else _urgency_class(group)
    )


def _urgency_class(group: WaitingGroupView) -> str:
    return "soon" if group.due_soon else "calm"


def _render_form(tag: str, *, is_late: bool) -> Element:
    token = el("input", type="password", name="token", autocomplete="current-password", required="")
    checked = {"checked": ""} if is_late else {}
    late = el("input", type="checkbox", name="late", value="1", **checked)
    fields = [el("label", WORDS["ask"][tag], " ", token), el("label", late, WORDS["late-only"][tag])]
    return el("form", *fields, el("button", WORDS["do"][tag]), method="post", action=f"?lang={tag}")


def _render_page(tag: str, parts: list[Element], status: int = 200) -> Response:
    title = WORDS["title"][tag]
    body = el("main", language_links(), el("h1", title), *parts)
    text = html_document(tag, title, [el("style", STYLE)], [body])
    return HTMLResponse(text, status_code=status, headers=HEADERS)
