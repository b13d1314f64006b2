"""A case: what it is, what may be done with it, its documents, its history."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Response
from sqlmodel import Session

from shared.bus.errors import BusError, Conflict, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.contracts.documents import ApplicationDocument, read_application
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph
from shared.web.page_forms import SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.assignments.step_takers import takers_of
from shared.workplace.case_words import words_of
from shared.workplace.http.actions.case_actions import perform_return, perform_taking
from shared.workplace.http.own_cases import CMS, find_own_case
from shared.workplace.pages.cases.case_actions import ActionViewer, describe_actions
from shared.workplace.pages.cases.case_documents import (
    SIGNED_KINDS,
    SignedDocumentView,
    describe_document,
    list_attachments,
)
from shared.workplace.pages.cases.case_facts import describe_answers, list_case_facts, list_form_facts
from shared.workplace.pages.cases.case_history import describe_history, list_extensions
from shared.workplace.pages.site import PageEmployee, make_router
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import refusals, storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.documents import APPLICATION, FORM, SUPPLEMENT
from shared.workplace.steps.receipts import get_receipt, receipts_of_case
from shared.workplace.steps.records.step_files import list_files, read_file

router = make_router()


@dataclass(frozen=True)
class OpenedCase:
    """A case of the employee's office with its act, and the names of the colleagues by ИИН."""

    case: WorkplaceCase
    passport: Passport
    graph: ProcessGraph
    names: dict[str, str]


async def open_case(case: str, me: PageEmployee, runtime: ServiceRuntime) -> OpenedCase:
    """The case of a page; ``case-unknown``, ``other-authority``."""
    record = await find_own_case(case, me, runtime)
    book: PassportBook = runtime.resource(PassportBook)
    colleagues = await runtime.read(lambda session: storage.employees_of(session, me.authority))
    return OpenedCase(
        record,
        book.get_passport(record.regulation),
        book.get_graph(record.regulation, record.channel, record.variant),
        {row.iin: f"{row.surname} {row.name}" for row in colleagues},
    )


PageCase = Annotated[OpenedCase, Depends(open_case)]


def describe_head(opened: OpenedCase, page: Page, tab: str, now: datetime) -> dict[str, Any]:
    """What every page of a case shows above: the number, the deadline, the tabs."""
    return {
        "case": opened.case,
        "case_number": opened.case.number or opened.case.case_id[:8],
        "case_path": f"cases/{opened.case.case_id}",
        "tab": tab,
        "window_link": _window_path(page).format(case=opened.case.case_id),
        "now": now,
    }


def _window_path(page: Page) -> str:
    profile: WorkplaceProfile = page.request.app.state.runtime.resource(WorkplaceProfile)
    return profile.window_path


@router.get("/cases/{case}")
async def show_case(page: OpenPage, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime) -> Response:
    """What a case is and what may be done with it."""
    case = opened.case

    def read_more(session: Session) -> dict[str, Any]:
        refusal_rows = refusals.refusals_of(session, [case.case_id])
        application = read_case_application(session, case.case_id)
        viewer = ActionViewer(me, opened.names, page.tag, _window_path(page))
        is_refused = refusals.find_refused_result(session, case.case_id) is not None
        return {
            "actions": describe_actions(case, opened.graph, viewer, has_refused_result=is_refused),
            "refused_messages": refusal_rows,
            "form": list_form_facts(application, opened.passport, page.tag) if application else [],
            "answers": describe_answers(storage.queries_of(session, case.case_id), page.tag),
            "words": words_of(session, case.case_id),
        }

    values = await runtime.read(read_more)
    facts = list_case_facts(case, opened.passport, opened.names, page.tag)
    head = describe_head(opened, page, "case", runtime.now)
    return page.show("case.html", facts=facts, **head, **values)


@router.get("/cases/{case}/documents")
async def show_documents(page: OpenPage, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime) -> Response:
    """The documents of a case, each signature judged condition by condition, and the applicant's files."""
    case = opened.case

    def read_documents(session: Session) -> dict[str, Any]:
        contents = {kind: storage.read_document(session, case.case_id, kind) for kind in SIGNED_KINDS}
        application = read_case_application(session, case.case_id)
        papers = receipts_of_case(session, case.case_id)
        files = list_files(session, case.case_id)
        return {"contents": contents, "application": application, "papers": papers, "files": files}

    stored = await runtime.read(read_documents)
    centre, now = runtime.resource(CertificationCentre), runtime.now

    def judge() -> list[SignedDocumentView]:
        return [
            describe_document(case, kind, content, centre, now, page.tag)
            for kind, content in stored["contents"].items()
            if content is not None
        ]

    supplement, application = stored["contents"][SUPPLEMENT], stored["application"]
    attachments = list_attachments(application, supplement) if application else []
    return page.show(
        "case_documents.html",
        documents=await runtime.compute(judge),
        attachments=[(item.name, len(item.content) * 3 // 4) for item in attachments],
        papers=stored["papers"],
        files=stored["files"],
        names=opened.names,
        **describe_head(opened, page, "documents", now),
    )


@router.get("/cases/{case}/history")
async def show_history(page: OpenPage, opened: PageCase, runtime: ServiceRuntime) -> Response:
    """The steps of a case: who took them and when, planned and real; the extended deadlines."""
    case = opened.case
    takers = await runtime.read(lambda session: takers_of(session, case.case_id))
    steps = describe_history(case, opened.graph, takers, opened.names, page.tag)
    head = describe_head(opened, page, "history", runtime.now)
    return page.show("case_history.html", steps=steps, extensions=list_extensions(case, page.tag), **head)


@router.get("/cases/{case}/documents/{kind}")
async def download_document(kind: str, opened: PageCase, runtime: ServiceRuntime) -> Response:
    """A signed document as CMS (DER)."""
    if kind not in SIGNED_KINDS:
        raise NotFound("no-output", "the case has no such document")
    case_id = opened.case.case_id
    content = await runtime.read(lambda session: storage.read_document(session, case_id, kind))
    if content is None:
        raise NotFound("no-output", "the case has no such document")
    return _send_file(content, f"{opened.case.number or case_id}-{kind}.p7m", CMS)


@router.get("/cases/{case}/records/{number}")
async def download_record(number: str, opened: PageCase, runtime: ServiceRuntime) -> Response:
    """The signed record of a step as CMS (DER)."""
    paper = await runtime.read(lambda session: get_receipt(session, number))
    if paper.case != opened.case.case_id or paper.signed_document is None:
        raise NotFound("receipt-unknown", "the case has no record with this number")
    return _send_file(paper.signed_document, f"{number}.p7m", CMS)


@router.get("/cases/{case}/attachments/{position}")
async def download_attachment(position: int, opened: PageCase, runtime: ServiceRuntime) -> Response:
    """A file that the applicant attached, as a download."""
    case_id = opened.case.case_id

    def read_files(session: Session) -> Any:
        application = read_case_application(session, case_id)
        supplement = storage.read_document(session, case_id, SUPPLEMENT)
        return list_attachments(application, supplement) if application else []

    attachments = await runtime.read(read_files)
    if not 0 <= position < len(attachments):
        raise NotFound("no-output", "the case has no such file")
    attachment = attachments[position]
    return _send_file(b64decode(attachment.content), attachment.name, "application/octet-stream")


@router.get("/cases/{case}/files/{file_id}")
async def download_file(file_id: str, opened: PageCase, runtime: ServiceRuntime) -> Response:
    """A file that an employee added at a step, as a download."""
    row = await runtime.read(lambda session: read_file(session, opened.case.case_id, file_id))
    return _send_file(row.content, row.name, "application/octet-stream")


@router.post("/cases/{case}/take")
async def take_case(
    page: OpenPage, form: SentForm, case: str, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """Take a case; of two employees the second learns who was first."""
    return await act(page, case, "case-taken-notice", perform_taking(case, me, runtime))


@router.post("/cases/{case}/give-back")
async def give_case_back(
    page: OpenPage, form: SentForm, case: str, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """Give a case back."""
    return await act(page, case, "case-given-back", perform_return(case, me, runtime))


async def act(page: Page, case: str, word: str, action: Any) -> Response:
    """Await an action and lead to the case; what another employee did first is told on the case itself."""
    try:
        await action
    except Conflict as error:
        return tell_conflict(page, case, error)
    page.leave_notice(word)
    return page.lead_to(f"cases/{case}")


def tell_conflict(page: Page, case: str, error: BusError) -> Response:
    """Lead to the case, and tell there that somebody was faster or that the case has moved on."""
    page.leave_notice("conflict-taken" if error.code == "case-taken" else "conflict-moved", "doubtful")
    return page.lead_to(f"cases/{case}")


def read_case_application(session: Session, case_id: str) -> ApplicationDocument | None:
    """The application, signed or as it was filled in here; None at a system that has none."""
    signed_document = storage.read_document(session, case_id, APPLICATION)
    if signed_document is not None:
        return read_application(signed_data.open_signed(signed_document).content)
    content = storage.read_document(session, case_id, FORM)
    return None if content is None else read_application(content)


def _send_file(content: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)
