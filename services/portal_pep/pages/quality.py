"""``/quality``: the indicators of quality and accessibility by service and region, for people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.portal_pep.pages.catalogue.presenter import region_title, title_of
from services.portal_pep.pages.site import SITE, STATIC
from services.portal_pep.pages.site import WORDS as PORTAL_WORDS
from services.portal_pep.storage import count_answers
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import ManyCalls
from shared.regulations.passport_book import PassportBook
from shared.regulations.quality import measure_quality
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.page_sites import make_page
from shared.web.pages import ChosenLanguage, PageFolder, page_headers

router = APIRouter(tags=["pages"])
PAGES = PageFolder(
    Path(__file__).parent / "templates",
    TextCatalog(PORTAL_WORDS, texts_beside(__file__, file="quality_words.yaml")),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
    STATIC,
)
QUALITY_SITE = replace(SITE, pages=PAGES)


@router.get("/quality", response_class=HTMLResponse, dependencies=[ManyCalls])
async def show_quality(request: Request, runtime: ServiceRuntime, tag: ChosenLanguage) -> Response:
    """How many citizens answered for each service, and how satisfied they are."""
    indicators = measure_quality(runtime.resource(PassportBook), await runtime.read(count_answers))
    book = runtime.resource(PassportBook)
    names = {
        passport.id: (title_of(tag, passport), region_title(passport.region, tag)) for passport in book.passports
    }
    return make_page(QUALITY_SITE, request).show("quality.html", indicators=indicators, names=names, words=tag)
