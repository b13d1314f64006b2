"""The site of the windows: its folder of pages, for operators with a login."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends

from services.is_con.pages.static_folder import CENTRE_STATIC
from shared.bus.http.endpoints import ServiceRuntime
from shared.texts.catalog import texts_beside
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, PageSite, SiteLink
from shared.web.pages import PageFolder, page_headers
from shared.workplace.people.sessions import authenticate_employee
from shared.workplace.records.storage import EmployeeRow

PAGES = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="window_words.yaml"),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
    CENTRE_STATIC,
)
LINKS = tuple(
    SiteLink(path, word, is_for_visitors=True)
    for path, word in (("window", "window"), ("intake", "intake"), ("status", "status"), ("shelf", "shelf"))
)
SITE = PageSite(PAGES, "brand", links=LINKS, home="window", login="login", logout="logout")


def open_router() -> PageRouter:
    """A router for pages of the windows."""
    return PageRouter(SITE)


async def enter_window(page: OpenPage, runtime: ServiceRuntime) -> EmployeeRow:
    """The operator of the page's session, as a dependency; ``login-needed``, ``password-change-needed``."""
    me = await authenticate_employee(runtime, page.session.token)
    page.visitor = f"{me.surname} {me.name}"
    return me


Operator = Annotated[EmployeeRow, Depends(enter_window)]
