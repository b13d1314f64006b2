"""``/services``: the catalogue by region, situation of life and search; ``/services/{id}``: a service."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from services.portal_pep.pages.catalogue import presenter
from services.portal_pep.pages.entrance.synthetic import list_invented_citizens
from services.portal_pep.pages.site import SITE, STATIC, MaybeCitizen
from services.portal_pep.settings import PortalSettings
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.profiles import Opening
from shared.regulations.coverage.appeal import appeal_texts, find_appeal_clause
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.passport_book import PassportBook
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage

router = PageRouter(SITE, dependencies=[ManyCalls])
router.mount(STATIC.mount_path, STATIC)
Filter = Annotated[str, Query(max_length=100)]


@router.get("/")
async def show_home(page: OpenPage) -> Response:
    """The portal's address leads to its catalogue."""
    return page.lead_to("services")


@router.get("/services")
async def show_services(
    page: OpenPage,
    citizen: MaybeCitizen,
    runtime: ServiceRuntime,
    region: Filter = "",
    situation: Filter = "",
    q: Filter = "",
) -> Response:
    """The services, narrowed by region, situation and words; htmx gets the list alone."""
    book, tag = runtime.resource(PassportBook), page.tag
    cards = presenter.list_cards(book, tag, region=region, situation=situation, words=q)
    is_sandbox = runtime.resource(PortalSettings).opens(Opening.SYNTHETIC_CITIZENS)
    return page.show(
        "services_list.html" if page.is_part else "services.html",
        cards=cards,
        regions=presenter.list_regions(book, tag),
        situations=list(presenter.SITUATIONS),
        region=region,
        situation=situation,
        words=q,
        invented=list_invented_citizens(runtime) if is_sandbox and citizen is None else [],
    )


@router.get("/services/{service_id}")
async def show_service(
    service_id: str, page: OpenPage, citizen: MaybeCitizen, runtime: ServiceRuntime
) -> Response:
    """What a service is, made from its passport; ``regulation-unknown``."""
    passport = runtime.resource(PassportBook).get_passport(service_id)
    clause = await runtime.compute(lambda: find_appeal_clause(CoverageBook.load(), service_id))
    return page.show(
        "service.html",
        service=presenter.describe_service(passport, runtime.resource(PassportBook), page.tag),
        is_by_portal="portal" in passport.channels.accept,
        appeal=appeal_texts(has_clause=clause is not None)[page.tag],
        appeal_clause=clause[page.tag] if clause else "",
        questionnaire=passport.questionnaire is not None,
        is_logged_in=citizen is not None,
    )
