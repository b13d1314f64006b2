"""The documents handed out at a window, and the registers' answers for a case, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import OF_CASE, Paging
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.plain_input import PlainBody, RequestModel
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import OutputDocument, Representative
from shared.contracts.identifiers import IIN_ERRORS
from shared.pki.verification.verdict import SIGNATURE_ERRORS
from shared.web.pages import ChosenLanguage
from shared.workplace.http import case_errors
from shared.workplace.http.actions import paper_actions
from shared.workplace.http.actions.paper_views import ReceiptView, RegisterAnswerView
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.http.own_cases import CMS, find_own_case
from shared.workplace.http.receipt_page import PAGES, render_receipt
from shared.workplace.people.sessions import Employee, authenticate_employee
from shared.workplace.records import shelf, storage
from shared.workplace.records.documents import SUPPLEMENT
from shared.workplace.records.shelf import HandOverProof, ShelfStatus
from shared.workplace.steps import receipts
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.decision import prepare_own_refusal
from shared.workplace.steps.hand_over import HandOverRequest
from shared.workplace.steps.records.recipient_signatures import HandOverStatement

router = APIRouter(prefix="/api/v1")


class ShelfResultView(BaseModel):
    """A result at a centre: its term on the shelf, and its recipient."""

    model_config = ConfigDict(from_attributes=True)

    case: str
    regulation: str
    standing: ShelfStatus
    ready_at: datetime
    keep_until: datetime
    archived_at: datetime | None
    handed_at: datetime | None
    recipient: str | None
    power_number: str | None
    proof: HandOverProof | None
    employee: str | None


@router.get("/cases/{case}/answers", tags=["cases"], responses=declare_errors(case_errors.OWN_CASE))
async def list_answers(
    case: str, me: Employee, runtime: ServiceRuntime
) -> Annotated[list[RegisterAnswerView], OF_CASE]:
    """The register queries of a case with their answers, for comparison with the originals.

    ``case-unknown``, ``other-authority``.
    """
    return await paper_actions.view_register_answers(case, me, runtime)


@router.get("/cases/{case}/receipts", tags=["papers"], responses=declare_errors(case_errors.OWN_CASE))
async def list_receipts(case: str, me: Employee, runtime: ServiceRuntime) -> Annotated[list[ReceiptView], OF_CASE]:
    """The расписки that were handed out for a case."""
    return await paper_actions.view_receipts(case, me, runtime)


@router.get(
    "/cases/{case}/supplement",
    tags=["cases"],
    response_class=Response,
    responses={**declare_bytes(CMS), **declare_errors(case_errors.OWN_CASE, not_found="no-supplement")},
)
async def download_supplement(case: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The documents that the applicant signed and sent later (CMS, DER).

    ``case-unknown``, ``other-authority``, ``no-supplement``.
    """
    row = await find_own_case(case, me, runtime)
    content = await runtime.read(lambda session: storage.read_document(session, row.case_id, SUPPLEMENT))
    if content is None:
        raise NotFound("no-supplement", "the applicant sent nothing after the application")
    return Response(content, media_type=CMS)


@router.get(
    "/receipts/{number}",
    tags=["papers"],
    responses=declare_errors(not_found="receipt-unknown"),
    dependencies=[FewCalls],
)
async def show_receipt(number: str, runtime: ServiceRuntime) -> ReceiptView:
    """A расписка by its number, without a login: the number cannot be guessed; ``receipt-unknown``."""
    return ReceiptView.model_validate(
        receipts.receipt_fields(await runtime.read(lambda session: receipts.get_receipt(session, number)))
    )


@router.get(
    "/receipts/{number}/page",
    tags=["papers"],
    response_class=HTMLResponse,
    responses=declare_errors(not_found="receipt-unknown"),
    dependencies=[FewCalls],
)
async def show_receipt_page(
    number: str, request: Request, runtime: ServiceRuntime, tag: ChosenLanguage
) -> Response:
    """A расписка to print, in Russian or Kazakh (``lang``, else Accept-Language)."""
    row = await runtime.read(lambda session: receipts.get_receipt(session, number))
    return HTMLResponse(render_receipt(row, tag, request.url.path), headers=dict(PAGES.headers))


@router.get("/shelf", tags=["papers"])
async def list_shelf(
    me: Employee, runtime: ServiceRuntime, pager: Paging, standing: ShelfStatus | None = None
) -> list[ShelfResultView]:
    """The results at the employee's centre, the newest first: waiting, archived and handed over;
    ``cursor-malformed``.
    """
    page = await runtime.read(lambda session: shelf.list_results(session, me.authority, standing, pager.place))
    return [ShelfResultView.model_validate(row) for row in pager.link_page(page)]


@router.get(
    "/cases/{case}/hand-over/{iin}",
    tags=["papers"],
    response_class=Response,
    responses={200: {"model": HandOverStatement}, **declare_errors(case_errors.OWN_CASE)},
)
async def download_statement(case: str, iin: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The statement that this recipient signs for the result."""
    statement = await paper_actions.compose_statement(case, iin, me, runtime)
    return Response(statement, media_type="application/json")


@router.post(
    "/cases/{case}/hand-over",
    tags=["papers"],
    responses=declare_errors(
        case_errors.OWN_CASE,
        case_errors.STEP,
        IIN_ERRORS,
        SIGNATURE_ERRORS,
        refused="other-document power-not-in-force power-unconfirmed wrong-recipient",
        conflict="nothing-to-hand-over",
        malformed="no-queue",
    ),
)
@accepts_body(sender_check=authenticate_employee)
async def hand_over_result(
    case: str, request: HandOverRequest, me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Hand the result over to its recipient.

    ``nothing-to-hand-over``; ``wrong-recipient``, ``power-unconfirmed``, ``power-not-in-force``; the codes of
    «условие 2» and ``other-document`` for a signature.
    """
    return await paper_actions.perform_hand_over(case, request, me, runtime)


@router.post(
    "/cases/{case}/powers",
    tags=["papers"],
    status_code=status.HTTP_202_ACCEPTED,
    responses=declare_errors(
        case_errors.OWN_CASE,
        IIN_ERRORS,
        not_found="no-application step-not-found",
        conflict="nothing-to-hand-over",
        malformed="message-too-large",
        unavailable="directory-unavailable",
    ),
)
async def ask_about_power(
    case: str, agent: Annotated[Representative, PlainBody], me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Ask ЕНИС about the power of attorney of a person who collects the result; see ``list_answers``."""
    return await paper_actions.ask_power(case, agent, me, runtime)


class RefusalDraftRequest(RequestModel):
    """The reason of a refusal that an employee is going to sign."""

    reason: Annotated[str, Field(max_length=2000)]
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None


@router.post(
    "/cases/{case}/steps/{step}/draft",
    tags=["papers"],
    responses=declare_errors(
        case_errors.OWN_CASE,
        not_found="no-application no-draft step-not-found",
        refused="not-here role-refused",
        conflict="case-taken step-already-done step-out-of-order",
        malformed="answer-needed reason-missing",
    ),
)
@accepts_body(sender_check=authenticate_employee)
async def prepare_refusal(
    case: str, step: str, request: RefusalDraftRequest, me: Employee, runtime: ServiceRuntime
) -> OutputDocument:
    """Compose the refusal that the employee signs at a step, for a key of one's own: the same JSON is the case's
    ``draft``, and its CMS goes with the step. ``no-draft`` where the act lets somebody sign the refusal later;
    ``role-refused``, ``reason-missing``.
    """

    def compose(uow: UnitOfWork) -> OutputDocument:
        case_session = WorkplaceCaseSession.load(uow, storage.get_case(uow.session, case).case_id)
        return prepare_own_refusal(case_session, step, me, request.reason, request.reason_kk)

    return await runtime.write(compose)
