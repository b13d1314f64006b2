"""``/cabinet/cases/{id}``: one application, live, with its documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.portal_pep import storage
from services.portal_pep.actions.applications import issue_pdf
from services.portal_pep.actions.documents import DocumentKind, DocumentSignatureForm, read_document
from services.portal_pep.pages.cabinet.case_page import describe_page
from services.portal_pep.pages.site import SITE, PageCitizen
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.live_streams import LiveStreams
from shared.bus.http.request_budgets import LongStream
from shared.bus.runtime.service_runtime import Runtime
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage

router = PageRouter(SITE)


@router.get("/cabinet/cases/{case_id}")
async def show_case(case_id: str, page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime) -> Response:
    """One of the citizen's applications; htmx gets the part that changes. ``application-unknown``."""
    case = await runtime.read(lambda session: storage.get_application(session, case_id, citizen.iin))
    values = await describe_page(page, runtime, case)
    return page.show("case_part.html" if page.is_part else "case.html", **values)


async def require_own_case(case_id: str, citizen: PageCitizen, runtime: ServiceRuntime) -> str:
    """The id of one of the citizen's applications, checked before a stream begins."""
    return await runtime.read(lambda session: storage.get_application(session, case_id, citizen.iin).case_id)


async def hold_stream(citizen: PageCitizen, runtime: ServiceRuntime) -> AsyncIterator[None]:
    """A place for a stream until the answer ends; ``too-many-streams``."""
    with runtime.resource(LiveStreams).hold_place(citizen.iin):
        yield


@router.get(
    "/cabinet/cases/{case_id}/events",
    response_class=EventSourceResponse,
    dependencies=[LongStream, Depends(hold_stream)],
)
async def stream_changes(
    case_id: Annotated[str, Depends(require_own_case)], page: OpenPage, runtime: ServiceRuntime
) -> AsyncIterator[ServerSentEvent]:
    """An event for every change of the application; the page then asks for what has changed."""
    async for event in _tell_changes(runtime, storage.topic_of(case_id), page.session.token):
        yield event


@router.get("/cabinet/events", response_class=EventSourceResponse, dependencies=[LongStream, Depends(hold_stream)])
async def stream_all_changes(
    page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime
) -> AsyncIterator[ServerSentEvent]:
    """An event for every change of any of the citizen's applications."""
    async for event in _tell_changes(runtime, storage.citizen_topic(citizen.iin), page.session.token):
        yield event


async def _tell_changes(runtime: Runtime, topic: str, token: str) -> AsyncIterator[ServerSentEvent]:
    async with runtime.resource(LiveStreams).follow(runtime, topic, token) as stream:
        yield ServerSentEvent(data="open", event="opened")
        while not stream.is_ended:
            if await stream.wait_for_news():
                yield ServerSentEvent(data="changed", event="changed")
            else:
                yield ServerSentEvent(comment="waiting")


@router.get("/cabinet/cases/{case_id}/output.pdf")
async def open_pdf(case_id: str, page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime) -> Response:
    """The output document as PDF; ``no-output``."""
    case = await runtime.read(lambda session: storage.get_application(session, case_id, citizen.iin))
    return await issue_pdf(runtime, case)


@router.get("/cabinet/cases/{case_id}/{kind}.cms")
async def download_cms(
    case_id: str, kind: DocumentKind, page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime
) -> Response:
    """A signed document exactly as it was signed; ``no-output``, ``no-notice``."""
    answer = await read_document(runtime, (case_id, citizen.iin), kind, DocumentSignatureForm.SIGNED)
    answer.headers["Content-Disposition"] = f'attachment; filename="{kind.value}.cms"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
