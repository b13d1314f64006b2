"""``/cabinet``: «История получения услуг»; ``/cabinet/notifications``: «Уведомления»."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from services.portal_pep import form_drafts, storage
from services.portal_pep.pages.cabinet import case_presenter
from services.portal_pep.pages.catalogue.presenter import title_of
from services.portal_pep.pages.site import SITE, PageCitizen
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.cursor import read_cursor, write_cursor
from shared.bus.http.lists.paging import LONGEST_CURSOR
from shared.bus.persistence.list_pages import ListPage, ListPlace
from shared.regulations.passport_book import PassportBook
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)
ROWS = 20
HISTORY, NOTIFICATIONS = "cabinet/history", "cabinet/notifications"


@router.get("/cabinet")
async def show_history(page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime) -> Response:
    """The citizen's applications, the newest first, and the forms that are not sent yet; live."""
    book, place = runtime.resource(PassportBook), read_place(page, HISTORY)
    rows = await runtime.read(lambda session: storage.list_history(session, citizen.iin, place))
    drafts = await runtime.read(lambda session: form_drafts.list_drafts(session, citizen.iin))
    return page.show(
        "history_part.html" if page.is_part else "history.html",
        cards=[case_presenter.describe_card(case, book, page.tag) for case in rows.rows],
        drafts=[
            (row.regulation, title_of(page.tag, book.get_passport(row.regulation)), row.changed_at)
            for row in drafts
        ],
        **describe_neighbours(page, HISTORY, "cabinet", place, rows),
    )


@router.get("/cabinet/notifications")
async def show_notifications(page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime) -> Response:
    """The citizen's notifications, the newest first; live."""
    book, place = runtime.resource(PassportBook), read_place(page, NOTIFICATIONS)
    rows = await runtime.read(lambda session: storage.page_events(session, citizen.iin, 0, place))
    return page.show(
        "notifications_part.html" if page.is_part else "notifications.html",
        notifications=[case_presenter.describe_event(row, book, page.tag) for row in rows.rows],
        **describe_neighbours(page, NOTIFICATIONS, "cabinet/notifications", place, rows),
    )


def read_place(page: Page, name: str) -> ListPlace:
    """The page of a list that the address asks for; Malformed ``cursor-malformed``."""
    cursor = page.request.query_params.get("cursor", "")[:LONGEST_CURSOR]
    return read_cursor(name, cursor, ROWS) if cursor else ListPlace(ROWS)


def describe_neighbours(page: Page, name: str, path: str, place: ListPlace, rows: ListPage[Any]) -> dict[str, Any]:
    """The addresses of the first and of the next page of a list, where there are any."""
    following = write_cursor(name, rows.next, is_backward=False) if rows.next else ""
    return {
        "first_page": page.address(path) if place.after is not None else "",
        "next_page": page.address(path, cursor=following) if following else "",
    }
