"""The site of the visits: the frame of the windows with the words of cases and results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from services.is_con.pages.window import window_site
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.page_routes import PageRouter

WORDS = TextCatalog(window_site.PAGES.words, texts_beside(__file__, file="visit_words.yaml"))
PAGES = replace(window_site.PAGES, templates=Path(__file__).parent / "templates", words=WORDS)
SITE = replace(window_site.SITE, pages=PAGES)


def open_router() -> PageRouter:
    """A router for pages of cases at the window."""
    return PageRouter(SITE)
