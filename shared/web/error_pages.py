"""Errors as pages: what is wrong and what to do, in the visitor's language, with the stable code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request, Response

from shared.bus.errors import BusError
from shared.bus.http.problem_pages import Problem
from shared.texts.catalog import COMMON
from shared.web.page_sites import WORDS, Page, PageSite, lead_to_login, make_page
from shared.web.pages import PageFolder, page_headers

FOLDER = PageFolder(
    Path(__file__).parent / "templates",
    WORDS,
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept, Accept-Language, Cookie"),
)
BARE_SITE = PageSite(FOLDER, "brand")
"""The frame of an error at an address that belongs to no site."""
ADVICE = {
    **dict.fromkeys((400, 413, 415, 422, 431), "mend"),
    **dict.fromkeys((401, 403, 421), "not-yours"),
    **dict.fromkeys((404, 405), "elsewhere"),
    409: "look-first",
    **dict.fromkeys((408, 429, 502, 503), "later"),
}


def respond_error(page: Page, error: BusError, status: int) -> Response:
    """The page of an error in the frame of its site."""
    return _show(page, error.code, page.explain(error), status, error.details.get("retry_after"))


def draw_problem(request: Request, problem: Problem) -> Response:
    """The page of an error that a system answers outside of its sites: a wrong address or method, a body that is
    too large, a fault of the system (a ``ProblemDrawer``). A form that was refused before it was read leads where
    its site leads with this error.
    """
    site: PageSite = getattr(request.scope.get("route"), "site", BARE_SITE)
    path = site.lead_of(problem["code"])
    if path is not None:
        return lead_to_login(make_page(site, request), path, BusError(problem["code"], problem["detail"]))
    page = make_page(BARE_SITE, request)
    texts = {**COMMON, **getattr(request.app.state, "texts", {})}.get(problem["code"], {})
    text = texts.get(page.tag) or problem["detail"]
    return _show(page, problem["code"], text, problem["status"], problem.get("retry_after"))


def _show(page: Page, code: str, text: str, status: int, wait: Any) -> Response:
    frame = Page(
        PageSite(FOLDER, "brand", home=page.site.home), page.request, page.tag, page.session, page.visitor
    )
    site, words = page.site, page.site.pages.words
    values: dict[str, Any] = {
        "error_text": text,
        "error_code": code,
        "error_status": status,
        "advice": WORDS[ADVICE.get(status, "our-fault")][page.tag],
        "brand_text": words[site.brand][page.tag],
        "site": site,
        "site_say": page.say,
    }
    headers = {"Retry-After": str(wait)} if wait else None
    return frame.show("error_page.html", status=status, headers=headers, **values)
