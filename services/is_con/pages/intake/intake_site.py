"""The site of the intake: the frame of the windows with the words of the intake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from services.is_con.pages.window import window_site
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.page_routes import PageRouter

WORDS = TextCatalog(window_site.PAGES.words, texts_beside(__file__, file="intake_words.yaml"))
PAGES = replace(window_site.PAGES, templates=Path(__file__).parent / "templates", words=WORDS)
SITE = replace(window_site.SITE, pages=PAGES)


def open_router() -> PageRouter:
    """A router for pages of the intake."""
    return PageRouter(SITE)
