"""The citizen's личный кабинет over HTTP: filing an application, status, result, questions, questionnaire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response, status
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlmodel import Session

from services.portal_pep import storage, submission
from services.portal_pep.actions import applications as actions
from services.portal_pep.api.cabinet_views import (
    ApplicationDraftRequest,
    ApplicationStepView,
    ApplicationSubmissionRequest,
    CabinetApplicationView,
    CabinetNotificationView,
    CitizenAnswerRequest,
    CitizenQuestionView,
    SupplementDraftRequest,
)
from services.portal_pep.api.identity_proofs import ask_births
from services.portal_pep.api.visitors import CitizenIin, CurrentVisitor, OneOfFewStreams, require_citizen
from services.portal_pep.case_session import find_citizen_questions
from services.portal_pep.domain import PORTAL
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import EventRow, PortalCase
from services.portal_pep.submission import FilledForm
from shared.bus.http.endpoints import BearerToken, Language, ServiceRuntime
from shared.bus.http.lists.paging import OF_CASE, Paging, at_most
from shared.bus.http.live_streams import LiveStreams
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import LongStream, accepts_body
from shared.bus.http.requests.plain_input import PlainBody, RowNumber
from shared.bus.profiles import Opening
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import ApplicationDocument, SupplementDocument, encode_draft
from shared.contracts.identifiers import IIN_ERRORS
from shared.pki.verification.verdict import SIGNATURE_ERRORS
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.process_state import ProcessState
from shared.sandbox.header_outcomes import OutcomeHeader, read_outcome

router = APIRouter(prefix="/api/v1", tags=["cabinet"])


@router.post(
    "/services/{service_id}/draft",
    responses={
        200: {"model": ApplicationDocument},
        **declare_errors(
            IIN_ERRORS,
            not_found="authority-unknown regulation-unknown variant-not-found",
            refused="channel-not-given not-entitled",
            malformed="document-too-large form-invalid message-too-large variant-needed",
            unavailable="register-unavailable",
        ),
    },
)
@accepts_body(sender_check=require_citizen)
async def draft_application(
    service_id: str, form: ApplicationDraftRequest, citizen_iin: CitizenIin, runtime: ServiceRuntime
) -> Response:
    """Check the form (ФЛК) and return the document to sign.

    ``form-invalid``, ``not-entitled`` and ``register-unavailable`` (НР ИИН tells the age), ``authority-unknown``,
    ``channel-not-given``, ``variant-needed``, ``variant-not-found``, ``document-too-large``.
    """
    passport = runtime.resource(PassportBook).get_passport(service_id)
    most_bytes = runtime.resource(PortalSettings).max_message_bytes
    births = await ask_births(runtime, service_id, form.fields)

    def compose_draft(uow: UnitOfWork) -> bytes:
        filled_form = FilledForm(form.authority, form.fields, form.attachments, form.variant, births)
        document = submission.compose_application(uow, passport, citizen_iin, filled_form)
        return encode_draft(document, most_bytes)

    return Response(await runtime.write(compose_draft), media_type="application/json")


@router.post(
    "/applications",
    status_code=status.HTTP_201_CREATED,
    responses=declare_errors(
        IIN_ERRORS,
        SIGNATURE_ERRORS,
        unavailable="directory-unavailable register-unavailable rules-unavailable",
        not_found="authority-unknown regulation-unknown variant-not-found",
        refused="channel-not-given draft-unknown not-entitled region-mismatch sandbox-only",
        conflict="application-already-submitted application-open-already event-impossible",
        malformed="document-malformed form-invalid message-too-large outcome-malformed variant-needed",
        internal="register-not-asked walk-broken",
    ),
)
@accepts_body(sender_check=require_citizen)
async def submit_application(
    request: ApplicationSubmissionRequest,
    visitor: CurrentVisitor,
    runtime: ServiceRuntime,
    x_sandbox_outcome: OutcomeHeader = None,
) -> CabinetApplicationView:
    """File the signed application: check «условие 2», then send the application to the provider.

    The codes of «условие 2» (``eds-…``) and of the draft; ``document-malformed``, ``region-mismatch``,
    ``draft-unknown``, ``application-already-submitted``, ``application-open-already``. In the sandbox the header
    ``X-Sandbox-Outcome`` orders what becomes of it: ``outcome-malformed``, ``event-impossible``; in production
    ``sandbox-only``.
    """
    is_open = runtime.resource(PortalSettings).opens(Opening.SANDBOX_RULES)
    ordered = read_outcome(x_sandbox_outcome, is_open=is_open)
    return await actions.submit_application(runtime, visitor, request, ordered)


@router.get("/history")
async def list_history(
    citizen_iin: CitizenIin, runtime: ServiceRuntime, pager: Paging
) -> list[CabinetApplicationView]:
    """«История получения услуг»: the citizen's applications, the newest first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_history(session, citizen_iin, pager.place))
    return [CabinetApplicationView.model_validate(row) for row in pager.link_page(page)]


@router.get("/notifications")
async def list_notifications(
    citizen_iin: CitizenIin, runtime: ServiceRuntime, pager: Paging, tag: Language, after: RowNumber = 0
) -> list[CabinetNotificationView]:
    """«Уведомления»: the citizen's notifications ``after`` this one, the newest first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.page_events(session, citizen_iin, after, pager.place))
    return [
        actions.compose_notification(row, tag, runtime.resource(PassportBook)) for row in pager.link_page(page)
    ]


@router.get("/applications/{case_id}", responses=declare_errors(not_found="application-unknown"))
async def get_application(
    case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime
) -> CabinetApplicationView:
    """One of the citizen's applications; ``application-unknown``."""
    return CabinetApplicationView.model_validate(await _read_own_application(case_id, citizen_iin, runtime))


@router.get("/applications/{case_id}/steps", responses=declare_errors(not_found="application-unknown"))
async def list_steps(
    case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime
) -> Annotated[list[ApplicationStepView], OF_CASE]:
    """The done steps of the regulation, as far as the portal knows."""
    row = await _read_own_application(case_id, citizen_iin, runtime)
    graph = runtime.resource(PassportBook).get_graph(row.regulation, PORTAL, row.variant)
    return [ApplicationStepView.from_step(step, graph.get_node(step.step)) for step in row.steps]


@router.get("/applications/{case_id}/asked", responses=declare_errors(not_found="application-unknown"))
async def list_questions(
    case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime
) -> Annotated[list[CitizenQuestionView], at_most(100, "steps of a process that wait for the citizen")]:
    """The questions that wait for the citizen's answer now."""
    row = await _read_own_application(case_id, citizen_iin, runtime)
    graph = runtime.resource(PassportBook).get_graph(row.regulation, PORTAL, row.variant)
    nodes = find_citizen_questions(ProcessState(graph, row.steps))
    return [
        CitizenQuestionView(
            step=node.id, text=node.action, choose=list(node.chooses), papers=node.wait is not None
        )
        for node in nodes
    ]


@router.post(
    "/applications/{case_id}/steps/{step}/draft",
    responses={
        200: {"model": SupplementDocument},
        **declare_errors(
            not_found="application-unknown step-not-found",
            conflict="step-already-done step-out-of-order",
            malformed="answer-needed document-too-large",
        ),
    },
)
@accepts_body(sender_check=require_citizen)
async def draft_supplement(
    case_id: str,
    step: str,
    papers: SupplementDraftRequest,
    citizen_iin: CitizenIin,
    runtime: ServiceRuntime,
) -> Response:
    """The document to sign in a step that waits for documents of the citizen.

    ``step-not-found``, ``step-out-of-order``, ``step-already-done``.
    """
    most_bytes = runtime.resource(PortalSettings).max_message_bytes

    def compose_draft(uow: UnitOfWork) -> bytes:
        supplement_document = submission.compose_supplement(uow, case_id, citizen_iin, step, papers.attachments)
        return encode_draft(supplement_document, most_bytes)

    return Response(await runtime.write(compose_draft), media_type="application/json")


@router.post(
    "/applications/{case_id}/steps/{step}",
    responses=declare_errors(
        SIGNATURE_ERRORS,
        unavailable="directory-unavailable",
        not_found="application-unknown step-not-found",
        refused="other-document",
        conflict="step-already-done step-out-of-order",
        malformed="answer-needed document-malformed message-too-large papers-needed words-missing",
        internal="register-not-asked",
    ),
)
@accepts_body(sender_check=require_citizen)
async def answer_question(
    case_id: str, step: str, reply: CitizenAnswerRequest, citizen_iin: CitizenIin, runtime: ServiceRuntime
) -> CabinetApplicationView:
    """Record the citizen's answer and send it to the provider.

    ``step-not-found``, ``step-out-of-order``, ``step-already-done``, ``answer-needed``, ``words-missing``,
    ``papers-needed``; for signed documents the codes of «условие 2» (``eds-…``), ``document-malformed``,
    ``other-document``.
    """
    return await actions.answer_question(runtime, citizen_iin, (case_id, step), reply)


@router.get(
    "/applications/{case_id}/output.pdf",
    response_class=Response,
    responses={
        **declare_bytes("application/pdf"),
        **declare_errors(
            not_found="application-unknown no-output", unavailable="not-enrolled", internal="seal-failed"
        ),
    },
)
async def download_output_pdf(case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime) -> Response:
    """The output document as PDF to print, sealed by the portal (PAdES), with the signed original attached.

    The header ``Link`` names the page on which every person can check the document. ``no-output``.
    """
    return await actions.issue_pdf(runtime, await _read_own_application(case_id, citizen_iin, runtime))


@router.post(
    "/applications/{case_id}/questionnaire",
    status_code=204,
    responses=declare_errors(
        not_found="application-unknown questionnaire-absent",
        conflict="questionnaire-answered questionnaire-early",
        malformed="questionnaire-invalid",
    ),
)
async def answer_questionnaire(
    case_id: str, answers: Annotated[dict[int, int], PlainBody], citizen_iin: CitizenIin, runtime: ServiceRuntime
) -> None:
    """Answer the questionnaire, once; the body gives the number of the chosen option by question number.

    ``questionnaire-invalid``, ``questionnaire-early``, ``questionnaire-answered``, ``questionnaire-absent``.
    """
    row = await _read_own_application(case_id, citizen_iin, runtime)
    await actions.answer_questionnaire(runtime, row, answers)


async def require_own_application(case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime) -> str:
    """The id of one of the citizen's applications; as a dependency, checked before a stream begins."""
    return (await _read_own_application(case_id, citizen_iin, runtime)).case_id


@router.get(
    "/applications/{case_id}/events",
    response_class=EventSourceResponse,
    dependencies=[LongStream, OneOfFewStreams],
    responses={200: {"model": CabinetNotificationView}, **declare_errors(not_found="application-unknown")},
)
async def stream_events(
    case_id: Annotated[str, Depends(require_own_application)],
    citizen_iin: CitizenIin,
    runtime: ServiceRuntime,
    token: BearerToken,
    tag: Language,
    last_event_id: Annotated[RowNumber, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Live updates (SSE): every change of the application; ``Last-Event-ID`` continues a broken stream.

    The stream ends with its session. ``too-many-streams``.
    """
    after, is_news, book = last_event_id, True, runtime.resource(PassportBook)

    def read_events(session: Session) -> list[EventRow]:
        return storage.list_events(session, iin=citizen_iin, case_id=case_id, after=after)

    async with runtime.resource(LiveStreams).follow(runtime, storage.topic_of(case_id), token) as stream:
        while not stream.is_ended:
            rows = await runtime.read(read_events) if is_news else []
            for row in rows:
                after = row.id or after
                notification = actions.compose_notification(row, tag, book)
                yield ServerSentEvent(data=notification.model_dump(mode="json"), id=str(after), event=row.kind)
            if not rows and not (is_news := await stream.wait_for_news()):
                yield ServerSentEvent(comment="waiting")


async def _read_own_application(case_id: str, citizen_iin: str, runtime: ServiceRuntime) -> PortalCase:
    return await runtime.read(lambda session: storage.get_application(session, case_id, citizen_iin))
