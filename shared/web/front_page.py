"""The front page of a system that has none of its own: what it is, and where its pages and its API are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response

from shared.bus.http.requests.call_limits import ManyCalls
from shared.web.page_routes import PageRouter
from shared.web.page_sites import WORDS, OpenPage, Page, PageSite
from shared.web.pages import PageFolder, page_headers

FOLDER = PageFolder(
    Path(__file__).parent / "templates",
    WORDS,
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
)
TITLE = "system-title"
PAGES_TO_NAME = ("/places", "/monitor", "/docs", "/openapi.json", "/readyz")
"""The pages that a front page names where the system has them."""


def _describe_system(page: Page) -> Mapping[str, Any]:
    return {"brand_text": page.request.app.state.texts[TITLE][page.tag]}


SITE = PageSite(FOLDER, "brand", describe=_describe_system)


async def show_front_page(page: OpenPage) -> Response:
    """The front page."""
    paths = {getattr(route, "path", "") for route in page.request.app.routes} | {"/openapi.json"}
    return page.show("front_page.html", paths=[path for path in PAGES_TO_NAME if path in paths])


def add_front_page(app: FastAPI) -> None:
    """Give an app the front page, unless it has a page at ``/``."""
    if any(getattr(route, "path", "") == "/" for route in app.routes):
        return
    router = PageRouter(SITE)
    router.add_api_route("/", show_front_page, methods=["GET"], dependencies=[ManyCalls])
    app.router.routes.extend(router.routes)
