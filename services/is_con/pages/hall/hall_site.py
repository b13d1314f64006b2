"""The site of the hall: its folder of pages, for visitors without a login."""

from __future__ import annotations

from pathlib import Path

from services.is_con.pages.hall.hall_views import WORDS
from services.is_con.pages.static_folder import CENTRE_STATIC
from shared.web.page_routes import PageRouter
from shared.web.page_sites import PageSite
from shared.web.pages import PageFolder, page_headers

PAGES = PageFolder(
    Path(__file__).parent / "templates",
    WORDS,
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
    CENTRE_STATIC,
)
SITE = PageSite(PAGES, "brand", home="hall")


def open_router() -> PageRouter:
    """A router for pages of the hall."""
    return PageRouter(SITE)
