"""The documents of a case, and the signed records of its steps, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import OF_CASE
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.contracts.documents import StepRecordDocument
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from shared.pki.verification.verdict import SIGNATURE_ERRORS
from shared.regulations.translations import kazakh_text
from shared.texts.catalog import texts_beside
from shared.workplace.http import case_errors
from shared.workplace.http.actions.record_actions import compose_record
from shared.workplace.http.own_cases import CMS, find_own_case
from shared.workplace.http.records.record_views import CaseDocumentView, RecordDraftRequest
from shared.workplace.people.sessions import Employee, authenticate_employee
from shared.workplace.records import storage
from shared.workplace.records.documents import APPLICATION, NOTICE, OUTPUT, SUPPLEMENT
from shared.workplace.steps import receipts
from shared.workplace.steps.step_context import WorkplaceContext

router = APIRouter(prefix="/api/v1")

TEXTS = texts_beside(__file__, file="document_words.yaml", languages=("kk", "ru"))
RECORD_ERRORS = "bar-code-unknown wrong-recipient"
"""The refusals of a record beside the signature's."""


@router.get("/cases/{case}/documents", tags=["papers"], responses=declare_errors(case_errors.OWN_CASE))
async def list_documents(
    case: str, me: Employee, runtime: ServiceRuntime
) -> Annotated[list[CaseDocumentView], OF_CASE]:
    """Every document of a case at this workplace, in the order of time: application, supplement, notice, records,
    расписки, result.
    """
    row = await find_own_case(case, me, runtime)

    def find_documents(session: Session) -> list[CaseDocumentView]:
        views = (*_signed_documents(session, row.case_id), *_papers(session, row.case_id))
        return sorted(views, key=lambda view: view.made_at)

    return await runtime.read(find_documents)


@router.get(
    "/cases/{case}/records/{number}",
    tags=["papers"],
    response_class=Response,
    responses={**declare_bytes(CMS), **declare_errors(case_errors.OWN_CASE, not_found="receipt-unknown")},
)
async def download_record(case: str, number: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The signed record of a step (CMS, DER): the survey, the conclusion, the journal's entry, the register."""
    row = await find_own_case(case, me, runtime)
    paper = await runtime.read(lambda session: receipts.get_receipt(session, number))
    if paper.case != row.case_id or paper.signed_document is None:
        raise NotFound("receipt-unknown", "the case has no record with this number")
    return Response(paper.signed_document, media_type=CMS)


@router.post(
    "/cases/{case}/steps/{step}/record",
    tags=["papers"],
    responses=declare_errors(
        case_errors.OWN_CASE,
        SIGNATURE_ERRORS,
        not_found="no-application no-draft step-not-found",
        refused=f"not-here other-document role-refused {RECORD_ERRORS}",
        conflict="case-taken step-already-done step-out-of-order",
        malformed="answer-needed reason-missing record-faulty",
        unavailable="directory-unavailable",
    ),
)
@accepts_body(sender_check=authenticate_employee)
async def draft_record(
    case: str, step: str, request: RecordDraftRequest, me: Employee, runtime: ServiceRuntime
) -> StepRecordDocument:
    """Compose the record that the employee signs at a step, for a key of one's own: the CMS over this JSON goes
    with the step. ``record-faulty`` names the fields that are missing; ``no-draft`` where the act lets people make
    no record; ``bar-code-unknown``; ``wrong-recipient``.
    """
    context = WorkplaceContext(request.answer, me, request.decision, record=request.entry)
    return await compose_record(case, step, context, runtime)


def _signed_documents(session: Session, case_id: str) -> Iterator[CaseDocumentView]:
    for kind in (APPLICATION, SUPPLEMENT, NOTICE, OUTPUT):
        content = storage.read_document(session, case_id, kind)
        if content is not None:
            yield _view_signed(case_id, kind, content)


def _view_signed(case_id: str, kind: str, content: bytes) -> CaseDocumentView:
    opened = signed_data.open_signed(content)
    values, title = json.loads(opened.content), TEXTS[f"document-{kind}"]
    result = values.get("result") or ""
    return CaseDocumentView(
        kind=kind,
        number=values.get("number"),
        title=result or title["ru"],
        title_kk=kazakh_text(result) or title["kk"],
        step=values.get("step"),
        clause=None,
        made_at=datetime.fromisoformat(values.get("issued_at") or values["made_at"]),
        signer=signer_info(opened.certificate).common_name,
        path=f"/api/v1/cases/{case_id}/{kind}",
    )


def _papers(session: Session, case_id: str) -> Iterator[CaseDocumentView]:
    for row in receipts.receipts_of_case(session, case_id):
        is_record = row.signed_document is not None
        yield CaseDocumentView(
            kind=row.kind,
            number=row.number,
            title=row.title,
            title_kk=row.title_kk,
            step=row.step,
            clause=row.clause or None,
            made_at=row.made_at,
            signer=receipts.find_signer(row),
            path=f"/api/v1/cases/{case_id}/records/{row.number}"
            if is_record
            else f"/api/v1/receipts/{row.number}",
        )
