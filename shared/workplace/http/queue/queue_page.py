"""``/queue``: the queue for places of an authority, for its employees, without a script, in three languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from shared.bus.errors import Refused, Throttled, Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.media import URLENCODED, declare_form_body
from shared.bus.http.problems import declare_pages
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts.local_time import KAZAKHSTAN
from shared.people import accounts, logins
from shared.people.logins import LoginAttempt
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in
from shared.texts.catalog import texts_beside
from shared.web.page_sites import PageSite, make_page
from shared.web.pages import ChosenLanguage, PageFolder, page_headers
from shared.workplace.http.queue.queue_views import QueueEntryView
from shared.workplace.people.sessions import authenticate_employee
from shared.workplace.places import entries
from shared.workplace.places.entries import PlaceRow, PlaceStatus
from shared.workplace.records.storage import ACCOUNTS, LOGINS, EmployeeRow

router = APIRouter(tags=["pages"])

PAGES = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="queue_words.yaml"),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
)
SITE = PageSite(PAGES, "brand")
MOST_ROWS = 500
"""The first of the queue that the page shows; the API has all."""


@router.get("/queue", response_class=HTMLResponse, dependencies=[ManyCalls], responses=declare_pages(429))
async def show_queue_form(request: Request, tag: ChosenLanguage) -> Response:
    """The form with which an employee opens the queue of the employee's authority."""
    return _respond_page(request, tag)


@router.post(
    "/queue",
    response_class=HTMLResponse,
    dependencies=[FewCalls],
    responses=declare_pages(401, 403, 429),
    openapi_extra=declare_form_body(
        URLENCODED,
        {"iin": {"type": "string"}, "password": {"type": "string"}},
        ["iin", "password"],
        "The form of the page.",
    ),
)
async def show_queue(
    request: Request, runtime: ServiceRuntime, tag: ChosenLanguage, address: CallerAddress
) -> Response:
    """The queue and the places of the authority of an employee who gives ИИН and password (``iin``,
    ``password``); the session ends with the page.
    """
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    iin, password = (next(iter(form.get(name, ())), "").strip() for name in ("iin", "password"))
    try:
        me = await _authenticate_once(runtime, LoginAttempt(iin[:12], address), password[:200])
    except (Untrusted, Throttled, Refused) as error:
        values = {"rows": [], "vacancies": [], "organisation": ""}
        return make_page(SITE, request, tag).show_fault("queue.html", error, **values)
    values = await runtime.read(lambda session: _read_queue(session, me, runtime.resource(PassportBook), tag))
    return _respond_page(request, tag, organisation=text_in(tag, me.organisation), **values)


async def _authenticate_once(runtime: ServiceRuntime, attempt: LoginAttempt, password: str) -> EmployeeRow:
    """The employee with this password, without a session that stays; the errors of a login."""
    token = await accounts.log_in(runtime, ACCOUNTS, attempt, password)
    try:
        return await authenticate_employee(runtime, token)
    finally:
        await runtime.write(lambda uow: logins.close_session(uow.session, LOGINS, token))


def _read_queue(session: Session, me: EmployeeRow, book: PassportBook, tag: str) -> dict[str, Any]:
    page = entries.list_entries(session, me.authority, None, ListPlace(MOST_ROWS))
    places = entries.list_places(session, me.authority, PlaceStatus.FREE, ListPlace(MOST_ROWS))
    return {
        "rows": [
            {
                "place": view.position,
                "number": view.number,
                "service": _service_name(view.regulation, book, tag),
                "since": f"{view.waiting_since.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}",
                "status": view.status.value,
                "noticed": "yes" if view.noticed_at else "no",
            }
            for view in QueueEntryView.from_page(page, session).rows
        ],
        "vacancies": [_describe_place(row, book, tag) for row in places.rows],
    }


def _describe_place(row: PlaceRow, book: PassportBook, tag: str) -> dict[str, str]:
    return {
        "organisation": row.organisation,
        "service": _service_name(row.regulation, book, tag),
        "since": f"{row.announced_at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}",
    }


def _service_name(regulation: str, book: PassportBook, tag: str) -> str:
    title = book.get_passport(regulation).title
    return title.kk if tag == "kk" and title.kk else title.ru


def _respond_page(request: Request, tag: str, **values: Any) -> Response:
    values = {"rows": [], "vacancies": [], "organisation": "", "fault": "", **values}
    return make_page(SITE, request, tag).show("queue.html", **values)
