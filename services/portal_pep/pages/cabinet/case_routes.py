"""``/cabinet/cases/{id}``: one application, live, with its documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlmodel import Session

from services.portal_pep import form_drafts, storage
from services.portal_pep.api import cabinet as cabinet_api
from services.portal_pep.api import evidence as evidence_api
from services.portal_pep.api.evidence import DocumentKind
from services.portal_pep.pages.cabinet import case_presenter
from services.portal_pep.pages.site import SITE, PageCitizen
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import PortalCase, QuestionnaireRow
from shared.bus.errors import BusError, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.live_streams import LiveStreams
from shared.bus.http.request_budgets import LongStream
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.coverage.appeal import appeal_texts, find_appeal_clause
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.kazakh import translate_questionnaire
from shared.regulations.passport_book import PassportBook
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)


@dataclass(frozen=True)
class CaseRecords:
    """What the portal keeps of an application beside the application."""

    events: list[storage.EventRow]
    files: list[form_drafts.DraftFileRow]
    kinds: frozenset[str]
    is_rated: bool


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
    return await cabinet_api.download_output_pdf(case_id, citizen.iin, runtime)


@router.get("/cabinet/cases/{case_id}/{kind}.cms")
async def download_cms(
    case_id: str, kind: DocumentKind, page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime
) -> Response:
    """A signed document exactly as it was signed; ``no-output``, ``no-notice``."""
    answer = await evidence_api.download_document(case_id, kind, citizen.iin, runtime)
    answer.headers["Content-Disposition"] = f'attachment; filename="{kind.value}.cms"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def describe_page(page: Page, runtime: Runtime, case: PortalCase) -> dict[str, Any]:
    """The values of the template of an application."""
    book, tag = runtime.resource(PassportBook), page.tag
    records = await runtime.read(lambda session: _read_records(session, case))
    passport = book.get_passport(case.regulation)
    clause = await runtime.compute(lambda: find_appeal_clause(CoverageBook.load(), passport.id))
    questionnaire = passport.questionnaire
    return {
        "case": case_presenter.describe_case(case, book, tag, runtime.now),
        "now": runtime.now,
        "notifications": [cabinet_api.compose_notification(row, tag, book) for row in reversed(records.events)],
        "files": records.files,
        "documents": await _describe_documents(runtime, case, records.kinds),
        "appeal": appeal_texts(has_clause=clause is not None)[tag],
        "appeal_offices": [
            (office.name, office.address or "", ", ".join(office.phones))
            for office in passport.directories.departments
            if office.code == case.authority
        ],
        "questionnaire": translate_questionnaire(questionnaire, tag)
        if questionnaire and case.outcome and not records.is_rated
        else None,
        "is_rated": records.is_rated,
        "has_cloud": runtime.resource(PortalSettings).opens(Opening.SYNTHETIC_CITIZENS),
    }


def _read_records(session: Session, case: PortalCase) -> CaseRecords:
    kinds = ("application", "supplement", "notice", "result")
    return CaseRecords(
        events=storage.list_events(session, iin=case.iin, case_id=case.case_id),
        files=form_drafts.list_files(session, case.iin, case.case_id),
        kinds=frozenset(kind for kind in kinds if storage.get_document(session, case.case_id, kind) is not None),
        is_rated=session.get(QuestionnaireRow, case.case_id) is not None,
    )


async def _describe_documents(runtime: Runtime, case: PortalCase, kinds: frozenset[str]) -> Mapping[str, Any]:
    """The documents of an application by kind; the authority's ones with their signers and their check."""
    documents: dict[str, Any] = dict.fromkeys(kinds)
    verdicts = {}
    try:
        for view in await evidence_api.list_evidence(case.case_id, case.iin, runtime):
            verdicts[view.document.storage_kind] = view
        if "result" in kinds:
            documents["result"] = await evidence_api.get_output(case.case_id, case.iin, runtime)
        if "notice" in kinds:
            documents["notice"] = await evidence_api.get_notice(case.case_id, case.iin, runtime)
    except NotFound:
        raise
    except BusError:
        return {"present": documents, "verdicts": {}}
    return {"present": documents, "verdicts": verdicts}
