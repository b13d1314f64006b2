"""What a citizen answers in the cabinet: a question of the act, papers, the questionnaire."""

from __future__ import annotations

from fastapi import Response
from sqlmodel import Session

from services.portal_pep import form_drafts, storage, submission
from services.portal_pep.actions import applications
from services.portal_pep.api.cabinet_views import CitizenAnswerRequest
from services.portal_pep.api.visitors import require_citizen
from services.portal_pep.pages.cabinet.case_page import describe_page
from services.portal_pep.pages.entrance.proofs import keep_order, read_means, say_error
from services.portal_pep.pages.filing.files import keep_files, make_attachments
from services.portal_pep.pages.site import SITE, PageCitizen
from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing.signing_requests import SigningOrder, SigningPurpose
from shared.bus.errors import Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import encode_draft
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)
LONGEST_ANSWER = 2000


@router.post("/cabinet/cases/{case_id}/steps/{step}")
async def answer_question(
    case_id: str, step: str, page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Answer a question of the act: yes, no, or in writing; the codes of the API's answer."""
    text = form.text(f"text-{step}")[:LONGEST_ANSWER] or None
    reply = CitizenAnswerRequest(answer=form.text("answer")[:40] or None, text=text)
    try:
        await applications.answer_question(runtime, citizen.iin, (case_id, step), reply)
    except Malformed as error:
        return await _refuse(page, runtime, case_id, citizen.iin, {f"text-{step}": say_error(page, error)})
    page.leave_notice("answered")
    return page.lead_to(f"cabinet/cases/{case_id}")


@router.post("/cabinet/cases/{case_id}/steps/{step}/papers")
@accepts_body(sender_check=require_citizen)
async def add_papers(
    case_id: str, step: str, page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Store the chosen files until they are signed, or delete one; ``application-unknown``."""
    await runtime.read(lambda session: storage.get_application(session, case_id, citizen.iin))
    number = form.text("remove")
    if number.isascii() and number.isdigit() and len(number) < 18:
        await runtime.write(lambda uow: form_drafts.remove_file(uow.session, citizen.iin, case_id, int(number)))
    elif fault := await _keep_papers(page, runtime, citizen.iin, case_id, form):
        return await _refuse(page, runtime, case_id, citizen.iin, {"file": fault})
    return page.lead_to(f"cabinet/cases/{case_id}")


async def _keep_papers(page: Page, runtime: Runtime, iin: str, case_id: str, form: PageForm) -> str:
    """Store the chosen files; returns the fault of the form, empty where it has none."""
    try:
        return "" if await keep_files(runtime, iin, case_id, form) else page.say("choose-file")
    except Malformed as error:
        return say_error(page, error)


@router.post("/cabinet/cases/{case_id}/steps/{step}/sign")
async def begin_signing_papers(
    case_id: str, step: str, page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Compose the document with the stored files, and lead to the page that signs it."""
    means, most_bytes = read_means(form), runtime.resource(PortalSettings).max_message_bytes

    def compose(uow: UnitOfWork) -> bytes:
        files = form_drafts.list_files(uow.session, citizen.iin, case_id)
        if not files:
            raise Malformed("papers-needed", "the act waits for documents")
        papers = submission.compose_supplement(uow, case_id, citizen.iin, step, make_attachments(files))
        return encode_draft(papers, most_bytes)

    try:
        content = await runtime.write(compose)
    except Malformed as error:
        return await _refuse(page, runtime, case_id, citizen.iin, {"file": say_error(page, error)})
    order = SigningOrder(citizen.iin, SigningPurpose.SUPPLEMENT, means, content, subject=f"{case_id} {step}")
    return page.lead_to(f"sign/{await keep_order(runtime, order)}")


@router.post("/cabinet/cases/{case_id}/questionnaire")
async def answer_questionnaire(
    case_id: str, page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Rate the service, once; the codes of the API's questionnaire."""
    try:
        answers = _read_ratings(form)
        case = await runtime.read(lambda session: storage.get_application(session, case_id, citizen.iin))
        await applications.answer_questionnaire(runtime, case, answers)
    except Malformed as error:
        return await _refuse(page, runtime, case_id, citizen.iin, {"question-1": say_error(page, error)})
    page.leave_notice("rated")
    return page.lead_to(f"cabinet/cases/{case_id}")


def _read_ratings(form: PageForm) -> dict[int, int]:
    """The chosen option by question; Malformed ``questionnaire-invalid``."""
    ratings = {
        name.removeprefix("question-"): form.text(name) for name in form.values if name.startswith("question-")
    }
    if not all(
        number.isascii() and number.isdigit() and len(number) < 4 for pair in ratings.items() for number in pair
    ):
        raise Malformed("questionnaire-invalid", "the answers do not fit the questionnaire")
    return {int(question): int(option) for question, option in ratings.items()}


async def _refuse(page: Page, runtime: Runtime, case_id: str, iin: str, faults: dict[str, str]) -> Response:
    def read(session: Session) -> storage.PortalCase:
        return storage.get_application(session, case_id, iin)

    values = await describe_page(page, runtime, await runtime.read(read))
    return page.refuse("case.html", faults, **values)
