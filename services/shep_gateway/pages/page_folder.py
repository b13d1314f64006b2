"""The templates, words and static files of ШЭП's pages."""

from __future__ import annotations

from pathlib import Path

from shared.texts.catalog import texts_beside
from shared.web.page_sites import PageSite, SiteLink
from shared.web.pages import PageFolder, page_headers
from shared.web.static_files import StaticFolder

BPMN_JS = StaticFolder("bpmn-js", Path(__file__).parent / "bpmn_js")
PAGES = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="words.yaml"),
    # the style sheets of bpmn-js bring images of their own
    page_headers(has_script=True, draws_inline_images=True, Vary="Accept-Language, Cookie"),
    StaticFolder("gateway", Path(__file__).parent / "static"),
)
SITE = PageSite(
    PAGES,
    "gateway",
    links=(SiteLink("coverage", "clauses"), SiteLink("explain", "explain"), SiteLink("console", "console")),
)
"""The frame of the pages that need no login."""
