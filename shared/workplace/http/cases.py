"""The workplace (АРМ) over HTTP, for the employees of every system with cases."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response, status
from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import OF_CASE, Paging, at_most
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.persistence.list_pages import ListPage
from shared.contracts.cases import DecisionOutcome, StepDone
from shared.contracts.documents import OutputDocument
from shared.contracts.identifiers import IIN_ERRORS
from shared.pki.verification.verdict import SIGNATURE_ERRORS
from shared.workplace.http import case_errors
from shared.workplace.http.actions import case_actions
from shared.workplace.http.case_views import (
    CaseExtensionRequest,
    DecisionRequest,
    MessageRefusalView,
    NextStepView,
    OutputSignatureRequest,
    StepRequest,
    WorkplaceCaseView,
)
from shared.workplace.http.own_cases import CMS, act_on_case, find_own_case
from shared.workplace.people.sessions import Employee, authenticate_employee
from shared.workplace.records import refusals, storage
from shared.workplace.records.case_record import DeadlineExtension
from shared.workplace.records.decisions import Decision
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.extensions import ExtensionRequest
from shared.workplace.steps.intake import IntakeRequest
from shared.workplace.steps.operations import take_step as take_case_step
from shared.workplace.steps.signed_documents import read_draft
from shared.workplace.steps.step_context import WorkplaceContext

router = APIRouter(prefix="/api/v1")

GRANTING = ("take_step", "decide_case")
"""The endpoints that may grant an application, which a system's register may refuse."""
SERVING = ("take_in_application", "hand_over_result")
"""The endpoints that serve a visitor called from the electronic queue, where there is one."""


@router.get("/cases", tags=["cases"])
async def list_cases(
    me: Employee,
    runtime: ServiceRuntime,
    pager: Paging,
    stage: CaseStage | None = None,
    late: bool = False,
    refused: bool = False,
    sort: Literal["received", "due"] = "received",
) -> list[WorkplaceCaseView]:
    """The cases of the employee's authority, the newest first, or by deadline with the nearest first; with
    ``late`` only late ones, with ``refused`` only those whose result was refused and not sent again;
    ``cursor-malformed``.
    """
    now = runtime.now

    def find_cases(session: Session) -> ListPage[WorkplaceCaseView]:
        page = storage.list_cases(
            session,
            me.authority,
            stage,
            pager.place,
            late_at=now if late else None,
            among=refusals.cases_with_refused_results() if refused else None,
            is_by_due=sort == "due",
        )
        return WorkplaceCaseView.from_page(page, session, now)

    return pager.link_page(await runtime.read(find_cases))


@router.get("/cases/{case}", tags=["cases"], responses=declare_errors(case_errors.OWN_CASE))
async def show_case(case: str, me: Employee, runtime: ServiceRuntime) -> WorkplaceCaseView:
    """One case by its number or id; ``case-unknown``, ``other-authority``."""
    return await case_actions.view_own_case(case, me, runtime)


@router.get(
    "/cases/{case}/application",
    tags=["cases"],
    response_class=Response,
    responses={**declare_bytes(CMS), **declare_errors(case_errors.OWN_CASE, not_found="no-output")},
)
async def download_application(case: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The signed application (CMS, DER)."""
    return Response(await _read_document(case, me, runtime, "application", "no-output"), media_type=CMS)


@router.post(
    "/applications",
    tags=["cases"],
    status_code=status.HTTP_201_CREATED,
    responses=declare_errors(
        case_errors.STEP,
        IIN_ERRORS,
        not_found="authority-unknown regulation-unknown variant-not-found",
        refused="channel-not-given not-entitled not-taken-here other-authority papers-missing service-not-here",
        conflict="application-open-already",
        malformed="form-invalid no-queue representative-same variant-needed",
        unavailable="register-unavailable",
    ),
)
@accepts_body(sender_check=authenticate_employee)
async def take_in_application(filed: IntakeRequest, me: Employee, runtime: ServiceRuntime) -> WorkplaceCaseView:
    """Take in a visitor's documents: takes the first steps of the channel, as far as possible.

    ``channel-not-given``, ``not-taken-here``, ``variant-not-found``, ``authority-unknown``, ``form-invalid``,
    ``not-entitled`` and ``register-unavailable`` (НР ИИН tells the age), ``application-open-already``,
    ``role-refused``.
    """
    return await case_actions.open_application(filed, me, runtime)


@router.get("/cases/{case}/todo", tags=["cases"], responses=declare_errors(case_errors.OWN_CASE))
async def list_next_steps(
    case: str, me: Employee, runtime: ServiceRuntime
) -> Annotated[list[NextStepView], at_most(100, "steps of a process that can be next")]:
    """The next steps of a case, here and elsewhere, as far as this system knows."""
    return await case_actions.view_next_steps(case, me, runtime)


@router.post(
    "/cases/{case}/steps/{step}",
    tags=["cases"],
    responses=declare_errors(
        case_errors.OWN_CASE,
        case_errors.STEP,
        case_errors.OUTPUT,
        SIGNATURE_ERRORS,
        not_found="not-in-queue",
        refused="bar-code-unknown wrong-office wrong-recipient",
        conflict="place-vacant queue-out-of-order result-settled",
        malformed="answer-needed reason-missing recipient-needed record-faulty result-unknown words-missing",
    ),
)
@accepts_body(sender_check=authenticate_employee)
async def take_step(
    case: str, step: str, request: StepRequest, me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Take a step: ``step-not-found``, ``step-out-of-order``, ``step-already-done``, ``answer-needed``,
    ``role-refused``, ``not-here``, ``wrong-office``, ``reason-missing``, ``recipient-needed`` (see ``hand-over``),
    ``words-missing`` for an applicant's refusal without words, ``record-faulty``, ``bar-code-unknown`` and
    ``wrong-recipient`` of the step's record, ``place-vacant`` and ``queue-out-of-order`` of a queue,
    ``result-unknown`` and ``result-settled`` of a chosen result; the codes of «условие 2» for a CMS that does not
    hold."""
    return await case_actions.perform_step(case, step, request, me, runtime)


@router.post(
    "/cases/{case}/accept", tags=["cases"], responses=declare_errors(case_errors.OWN_CASE, case_errors.STEP)
)
async def accept_case(case: str, me: Employee, runtime: ServiceRuntime) -> WorkplaceCaseView:
    """Take a case into work; ``step-out-of-order`` when the regulation does not allow it now."""
    return await act_on_case(
        case,
        me,
        runtime,
        lambda case_session: take_case_step(
            case_session, case_session.find_step("accept"), WorkplaceContext(employee=me)
        ),
    )


@router.post(
    "/cases/{case}/decision",
    tags=["cases"],
    responses=declare_errors(
        case_errors.OWN_CASE,
        case_errors.STEP,
        not_found="no-application",
        malformed="answer-needed reason-missing",
    ),
)
async def decide_case(
    case: str, decision: DecisionRequest, me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Grant or refuse an application; ``reason-missing`` for a refusal without a reason."""
    final_decision = Decision(decision.outcome, decision.reason, decision.reason_kk)
    answer = "granted" if final_decision.outcome is DecisionOutcome.POSITIVE else "refused"
    context = WorkplaceContext(answer, me, final_decision)
    return await act_on_case(
        case,
        me,
        runtime,
        lambda case_session: take_case_step(case_session, case_session.find_step("decide"), context),
    )


@router.get("/cases/{case}/extensions", tags=["cases"], responses=declare_errors(case_errors.OWN_CASE))
async def list_extensions(
    case: str, me: Employee, runtime: ServiceRuntime
) -> Annotated[list[DeadlineExtension], OF_CASE]:
    """The extended deadlines of a case, in order."""
    return list((await find_own_case(case, me, runtime)).extensions)


@router.post(
    "/cases/{case}/extension",
    tags=["cases"],
    responses=declare_errors(
        case_errors.OWN_CASE,
        not_found="step-not-found",
        refused="extension-backwards extension-not-given extension-unmeasured not-here role-refused",
        conflict="case-taken extension-given extension-not-now",
        malformed="message-too-large reason-missing",
        unavailable="directory-unavailable",
    ),
)
async def extend_deadline(
    case: str, request: CaseExtensionRequest, me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Extend the deadline of the step that waits for this employee: ``extension-not-given``,
    ``extension-given``, ``extension-not-now``, ``extension-unmeasured``, ``extension-backwards``,
    ``reason-missing``, ``role-refused``, ``other-authority``."""
    extension = ExtensionRequest(request.extension, request.reason, request.until)
    return await case_actions.perform_extension(case, extension, me, runtime)


@router.get(
    "/cases/{case}/draft",
    tags=["cases"],
    response_class=Response,
    responses={
        200: {"model": OutputDocument},
        **declare_errors(case_errors.OWN_CASE, not_found="no-draft"),
    },
)
async def download_draft(case: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The output document to sign; ``no-draft`` before the decision."""
    return Response(await _read_document(case, me, runtime, "draft", "no-draft"), media_type="application/json")


@router.post(
    "/cases/{case}/signature",
    tags=["cases"],
    responses=declare_errors(case_errors.OWN_CASE, case_errors.STEP, case_errors.OUTPUT, SIGNATURE_ERRORS),
)
@accepts_body(sender_check=authenticate_employee)
async def sign_output(
    case: str, signature: OutputSignatureRequest, me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Issue and sign the output document; the codes of «условие 2» when the employee's own CMS does not hold."""

    def issue_and_sign(case_session: WorkplaceCaseSession) -> None:
        read_draft(case_session)
        if case_session.is_next("issue"):
            take_case_step(case_session, case_session.find_step("issue"), WorkplaceContext(employee=me))
        signing = WorkplaceContext(employee=me, signed_document=signature.cms)
        take_case_step(case_session, case_session.find_step("sign"), signing)

    return await act_on_case(case, me, runtime, issue_and_sign)


@router.post(
    "/cases/{case}/resend",
    tags=["cases"],
    responses=declare_errors(
        case_errors.OWN_CASE,
        SIGNATURE_ERRORS,
        not_found="no-draft step-not-found",
        refused="not-here other-document role-refused signer-missing",
        conflict="case-taken nothing-to-resend",
        malformed="message-too-large",
        unavailable="directory-unavailable",
    ),
)
@accepts_body(sender_check=authenticate_employee)
async def resend_result(
    case: str, signature: OutputSignatureRequest, me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Sign a refused result anew, with another certificate where the signature was refused, and send it again.

    ``nothing-to-resend`` unless the last result was refused; ``role-refused``; the codes of «условие 2» when the
    employee's own CMS does not hold."""
    return await case_actions.perform_resending(case, signature.cms, me, runtime)


@router.get("/refusals", tags=["cases"], dependencies=[OperatorOnly])
async def list_refusals(runtime: ServiceRuntime, pager: Paging) -> list[MessageRefusalView]:
    """The messages of this workplace that a receiver refused, the newest refusal first; no personal data.
    ``cursor-malformed``.
    """
    page = await runtime.read(lambda session: refusals.list_refusals(session, pager.place))
    return [MessageRefusalView.from_row(row) for row in pager.link_page(page)]


@router.get(
    "/cases/{case}/output",
    tags=["cases"],
    response_class=Response,
    responses={**declare_bytes(CMS), **declare_errors(case_errors.OWN_CASE, not_found="no-output")},
)
async def download_output(case: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The signed output document (CMS, DER); ``no-output`` before it is signed."""
    return Response(await _read_document(case, me, runtime, "output", "no-output"), media_type=CMS)


@router.get("/cases/{case}/steps", tags=["cases"], dependencies=[OperatorOnly])
async def list_steps(case: str, runtime: ServiceRuntime) -> Annotated[list[StepDone], OF_CASE]:
    """The done steps of a case that this system knows, by the id of the case."""
    return await runtime.read(lambda session: storage.steps_of(session, case))


async def _read_document(case: str, me: EmployeeRow, runtime: ServiceRuntime, kind: str, missing: str) -> bytes:
    row = await find_own_case(case, me, runtime)
    content = await runtime.read(lambda session: storage.read_document(session, row.case_id, kind))
    if content is None:
        raise NotFound(missing, "this document does not exist yet")
    return content
