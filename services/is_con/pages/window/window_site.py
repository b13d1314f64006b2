"""The site of the windows: the frame of a workplace with the pages of a centre, for operators with a login."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from fastapi import Depends

from services.is_con.pages.static_folder import CENTRE_STATIC
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.page_routes import PageRouter
from shared.web.page_sites import SiteLink
from shared.workplace.pages import site
from shared.workplace.records.storage import EmployeeRow

WORDS = TextCatalog(site.WORDS, texts_beside(__file__, file="window_words.yaml"))
PAGES = replace(site.PAGES, templates=Path(__file__).parent / "templates", words=WORDS, static=CENTRE_STATIC)
SITE = replace(site.SITE, pages=PAGES, home="window")
CENTRE_LINKS = tuple(
    SiteLink(path, f"link-{path}", is_for_visitors=True) for path in ("window", "intake", "status", "shelf")
)
"""The centre's own pages in the navigation of its operators."""
Operator = Annotated[EmployeeRow, Depends(site.enter_employee)]
"""The operator of the page's session; ``login-needed`` and ``password-change-needed`` lead to their pages."""


def open_router() -> PageRouter:
    """A router for pages of the windows."""
    return PageRouter(SITE)
