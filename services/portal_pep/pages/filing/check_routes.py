"""``/apply/{service}/check``: all answers before the signature, and the document that is signed."""

from __future__ import annotations

from fastapi import Response

from services.portal_pep import form_drafts, submission
from services.portal_pep.api.identity_proofs import ask_births
from services.portal_pep.form_drafts import FormDraft
from services.portal_pep.pages.entrance.proofs import keep_order, read_means
from services.portal_pep.pages.filing import presenter
from services.portal_pep.pages.filing.files import make_attachments
from services.portal_pep.pages.filing.open_forms import ServiceId, describe_form, open_form
from services.portal_pep.pages.site import SITE, PageCitizen
from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing.signing_requests import SigningOrder, SigningPurpose
from services.portal_pep.submission import FilledForm
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import encode_draft
from shared.regulations.model import Passport
from shared.web.page_forms import SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage

router = PageRouter(SITE)


@router.get("/apply/{service_id}/check")
async def show_answers(
    service_id: ServiceId, page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime
) -> Response:
    """All answers, to be checked before the signature; leads back to a topic that is not answered."""
    passport, draft = await open_form(runtime, citizen.iin, service_id)
    if (missing := presenter.find_missing_topic(passport, draft)) is not None:
        return page.lead_to(f"apply/{passport.id}/{missing}")
    files = await runtime.read(lambda session: form_drafts.list_files(session, citizen.iin, passport.id))
    return page.show(
        "check_answers.html",
        **describe_form(page, passport, presenter.CHECK),
        answers=presenter.list_answers(passport, draft, page.tag),
        office=presenter.name_office(passport, draft.authority, page.tag),
        variant=presenter.name_variant(passport, draft.variant, page.tag) if len(passport.variants) > 1 else "",
        has_place=presenter.has_choice_of_place(passport),
        applicant=page.visitor,
        iin=citizen.iin,
        files=files,
        has_cloud=runtime.resource(PortalSettings).opens(Opening.SYNTHETIC_CITIZENS),
    )


@router.post("/apply/{service_id}/check")
async def begin_signing(
    service_id: ServiceId, page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Compose the application from the draft, and lead to the page that signs it; the codes of a draft."""
    passport, draft = await open_form(runtime, citizen.iin, service_id)
    means = read_means(form)
    content = await _compose_document(runtime, citizen.iin, passport, draft)
    order = SigningOrder(citizen.iin, SigningPurpose.APPLICATION, means, content, subject=passport.id)
    return page.lead_to(f"sign/{await keep_order(runtime, order)}")


async def _compose_document(runtime: Runtime, iin: str, passport: Passport, draft: FormDraft) -> bytes:
    births = await ask_births(runtime, passport.id, draft.fields)
    most_bytes = runtime.resource(PortalSettings).max_message_bytes

    def compose(uow: UnitOfWork) -> bytes:
        files = make_attachments(form_drafts.list_files(uow.session, iin, passport.id))
        form = FilledForm(draft.authority, draft.fields, files, draft.variant or None, births)
        return encode_draft(submission.compose_application(uow, passport, iin, form), most_bytes)

    return await runtime.write(compose)
