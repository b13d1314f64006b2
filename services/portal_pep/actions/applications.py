"""An application of a citizen: sending it, answers, the printed result, the questionnaire, notifications."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import Response

from services.portal_pep import storage, submission
from services.portal_pep.api.cabinet_views import (
    ApplicationSubmissionRequest,
    CabinetApplicationView,
    CabinetNotificationView,
    CitizenAnswerRequest,
)
from services.portal_pep.api.identity_proofs import ask_births
from services.portal_pep.domain import NOTIFICATIONS, EventKind, format_moment, safe_file_name
from services.portal_pep.operations import CitizenReply
from services.portal_pep.printing.issuer import PdfIssuer
from services.portal_pep.storage import EventRow, PortalCase, QuestionnaireRow
from services.portal_pep.submission import CabinetVisitor, check_application
from shared.bus.errors import Conflict
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.contracts.documents import ApplicationDocument
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.regulations.passport_book import PassportBook
from shared.regulations.quality import check_answers
from shared.regulations.translations import text_in, title_in
from shared.sandbox.header_outcomes import check_extension, order_outcome
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import OutcomeOrder, RuleEffect


async def submit_application(
    runtime: Runtime,
    visitor: CabinetVisitor,
    request: ApplicationSubmissionRequest,
    ordered: RuleEffect | None = None,
) -> CabinetApplicationView:
    """File a signed application; the errors of ``POST /api/v1/applications``."""
    centre = runtime.resource(CertificationCentre)
    application = await runtime.compute(lambda: check_application(centre, request.cms, visitor, runtime.now))
    if ordered is not None:
        await _order_outcome(runtime, visitor, application.document, ordered)
    births = await ask_births(runtime, application.document.regulation, application.document.fields)

    def submit_checked(uow: UnitOfWork) -> CabinetApplicationView:
        return CabinetApplicationView.model_validate(
            submission.submit_application(uow, application, births, visitor)
        )

    return await runtime.write(submit_checked)


async def _order_outcome(
    runtime: Runtime, visitor: CabinetVisitor, document: ApplicationDocument, effect: RuleEffect
) -> None:
    """Order the outcome of an application that this citizen may file; filing another one is refused anyway."""
    case_id = document.application_id
    draft = await runtime.read(lambda session: session.get(storage.DraftRow, case_id))
    if draft is None or draft.iin != visitor.iin:
        return
    check_extension(effect, [runtime.resource(PassportBook).get_passport(document.regulation)])
    order = OutcomeOrder(case=case_id, effect=effect)
    await order_outcome(runtime.resource(RuleBook), addresses.PORTAL, order)


async def answer_question(
    runtime: Runtime, citizen_iin: str, question: tuple[str, str], reply: CitizenAnswerRequest
) -> CabinetApplicationView:
    """Record the answer to a question (case and step), and send it to the provider; the errors of
    ``POST /api/v1/applications/{case_id}/steps/{step}``.
    """
    case_id, step = question
    centre, signed_document = runtime.resource(CertificationCentre), reply.cms
    if signed_document is not None:
        checked = await runtime.compute(
            lambda: centre.check_document(
                signed_document, at=runtime.now, expected_iin=citizen_iin, purpose=SignaturePurpose.APPLICANT
            )
        )
        submission.check_supplement(checked.content, case_id, step, citizen_iin)

    def record_answer(uow: UnitOfWork) -> CabinetApplicationView:
        case = submission.answer_question(
            uow, case_id, citizen_iin, step, CitizenReply(reply.answer, reply.text, signed_document)
        )
        return CabinetApplicationView.model_validate(case)

    return await runtime.write(record_answer)


async def issue_pdf(runtime: Runtime, row: PortalCase) -> Response:
    """The output document as PDF to print; ``no-output``, ``not-enrolled``, ``seal-failed``."""
    pdf_issuer = runtime.resource(PdfIssuer)
    printed_document = await pdf_issuer.issue_pdf(runtime, row)
    headers = {
        "Content-Disposition": f'inline; filename="{safe_file_name(row.number or row.case_id)}.pdf"',
        "Cache-Control": "private, no-store",
        "Link": f'<{pdf_issuer.document_url(printed_document.code)}>; rel="describedby"',
    }
    return Response(printed_document.content, media_type="application/pdf", headers=headers)


async def answer_questionnaire(runtime: Runtime, row: PortalCase, answers: Mapping[int, int]) -> None:
    """Keep the answers to the questionnaire, once; the errors of the API's questionnaire."""
    if row.outcome is None:
        raise Conflict("questionnaire-early", "the service is not completed yet")
    check_answers(runtime.resource(PassportBook).get_questionnaire(row.regulation), answers)
    given = json.dumps(answers, sort_keys=True)
    answers_row = QuestionnaireRow(case_id=row.case_id, answers=given, answered_at=runtime.now)
    await runtime.write(lambda uow: storage.keep_answers(uow.session, answers_row))


def compose_notification(row: EventRow, tag: str, book: PassportBook) -> CabinetNotificationView:
    """A line of «Уведомления» in a language, with the act's words for the service and the status."""
    text = say_event(row, tag, title_in(tag, book.get_passport(row.regulation)), text_in(tag, row.status))
    return CabinetNotificationView(
        id=row.id or 0,
        application_id=row.case_id,
        at=row.at,
        kind=EventKind(row.kind),
        status=row.status,
        number=row.number,
        text=text,
        until=row.until,
        reason=row.reason,
    )


def say_event(row: EventRow, tag: str, service: str, status: str) -> str:
    """The sentence of an event in a language, with this name of the service and of the status."""
    kind = EventKind(row.kind)
    text = NOTIFICATIONS[kind][tag].format(
        service=service,
        number=row.number or "",
        status=status,
        code=row.code or "",
        until=format_moment(row.until) if row.until else "",
        reason=row.reason or "",
    )
    if row.reason and kind is not EventKind.EXTENDED:
        text = f"{text}. {row.reason}"  # what the employee wrote with the status
    return text
