"""``/apply/{service}/…``: the form of a service, a topic a page."""

from __future__ import annotations

from fastapi import Response

from services.portal_pep import form_drafts
from services.portal_pep.api.visitors import require_citizen
from services.portal_pep.domain import PORTAL
from services.portal_pep.form_drafts import FormDraft
from services.portal_pep.pages.entrance.proofs import say_error
from services.portal_pep.pages.filing import presenter
from services.portal_pep.pages.filing.files import keep_files
from services.portal_pep.pages.filing.open_forms import ServiceId, describe_form, find_service, open_form
from services.portal_pep.pages.site import SITE, WORDS, PageCitizen
from shared.bus.errors import Malformed, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.flk import find_field_fault
from shared.regulations.forms.fields import list_form_fields
from shared.regulations.model import Passport
from shared.regulations.translations import text_in
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)


@router.get("/apply/{service_id}")
async def begin_form(
    service_id: ServiceId, page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime
) -> Response:
    """Lead to the first topic that is still to be answered; what is known is filled in."""
    passport, draft = await open_form(runtime, citizen.iin, service_id)
    return page.lead_to(f"apply/{passport.id}/{presenter.find_missing_topic(passport, draft) or presenter.CHECK}")


@router.post("/apply/{service_id}/field")
async def check_field(
    service_id: ServiceId, page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """The ФЛК of one field while the citizen types: the field once more, with its fault or without."""
    passport, key = find_service(runtime, service_id), page.request.query_params.get("key", "")
    field = next((field for field in list_form_fields(passport) if field.key == key), None)
    if field is None:
        raise NotFound("not-found", "the form has no such field")
    if fault := find_field_fault(field, form.text(key)):
        page.errors = {key: presenter.say_fault(fault, page.tag)}
    question = presenter.describe_question(field, form.text(key), page.tag)
    return page.show("form_field.html", question=question, service_id=passport.id)


@router.post("/apply/{service_id}/papers/remove")
async def remove_paper(
    service_id: ServiceId, page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Delete a file of the draft."""
    passport, number = find_service(runtime, service_id), form.text("file")
    if number.isascii() and number.isdigit() and len(number) < 18:
        await runtime.write(
            lambda uow: form_drafts.remove_file(uow.session, citizen.iin, passport.id, int(number))
        )
    return page.lead_to(f"apply/{passport.id}/{presenter.PAPERS}")


@router.get("/apply/{service_id}/{topic}")
async def show_topic(
    service_id: ServiceId, topic: str, page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime
) -> Response:
    """One topic of the form."""
    passport, draft = await open_form(runtime, citizen.iin, service_id)
    return await _show_topic(page, runtime, citizen.iin, passport, draft, topic)


@router.post("/apply/{service_id}/{topic}")
@accepts_body(sender_check=require_citizen)
async def answer_topic(
    service_id: ServiceId,
    topic: str,
    page: OpenPage,
    citizen: PageCitizen,
    form: SentForm,
    runtime: ServiceRuntime,
) -> Response:
    """Check a topic's answers by ФЛК, store them, and lead to the next topic, or to the check of all answers."""
    passport, draft = await open_form(runtime, citizen.iin, service_id)
    changed, faults = _read_topic(passport, draft, topic, form, page.tag)
    if faults:
        page.errors = faults
        return await _show_topic(page, runtime, citizen.iin, passport, changed, topic, status=422)
    await runtime.write(lambda uow: form_drafts.keep_draft(uow.session, citizen.iin, changed, uow.now))
    if topic == presenter.PAPERS:
        try:
            has_files = await keep_files(runtime, citizen.iin, passport.id, form)
        except Malformed as error:
            page.errors = {"file": say_error(page, error)}
            return await _show_topic(page, runtime, citizen.iin, passport, changed, topic, status=422)
        if has_files:
            return page.lead_to(f"apply/{passport.id}/{presenter.PAPERS}")
    return page.lead_to(
        f"apply/{passport.id}/{presenter.find_missing_topic(passport, changed) or presenter.CHECK}"
    )


def _read_topic(
    passport: Passport, draft: FormDraft, topic: str, form: PageForm, tag: str
) -> tuple[FormDraft, dict[str, str]]:
    """The draft with the sent answers, and the faults of the answers by field."""
    if topic == presenter.PAPERS:
        return draft.fill_topic(topic), {}
    if topic == presenter.PLACE:
        return _read_place(passport, draft, form, tag)
    if topic not in presenter.list_topics(passport):
        raise NotFound("not-found", "the form has no such topic")
    keys = [field.key for field in list_form_fields(passport) if field.topic == topic]
    sent = {**draft.fields, **{key: form.text(key) for key in keys}}
    fields = {key: value for key, value in sent.items() if value}
    return draft.fill_topic(topic, fields=fields), presenter.find_topic_faults(passport, topic, fields, tag)


def _read_place(
    passport: Passport, draft: FormDraft, form: PageForm, tag: str
) -> tuple[FormDraft, dict[str, str]]:
    office, variant = form.text("authority") or draft.authority, form.text("variant") or draft.variant
    codes = {department.code for department in passport.directories.offices_for(PORTAL)}
    faults = {} if office in codes else {"authority": WORDS["choose-office"][tag]}
    if variant not in passport.variants:
        faults["variant"] = WORDS["choose-variant"][tag]
    return draft.fill_topic(presenter.PLACE, authority=office, variant=variant), faults


async def _show_topic(
    page: Page, runtime: Runtime, iin: str, passport: Passport, draft: FormDraft, topic: str, *, status: int = 200
) -> Response:
    if topic not in (*presenter.list_topics(passport), presenter.PAPERS):
        raise NotFound("not-found", "the form has no such topic")
    files = await runtime.read(lambda session: form_drafts.list_files(session, iin, passport.id))
    tag, departments = page.tag, passport.directories.offices_for(PORTAL)
    return page.show(
        "topic.html",
        status=status,
        **describe_form(page, passport, topic),
        topic=topic,
        topic_title=presenter.title_of_topic(topic, tag),
        questions=presenter.list_questions(passport, topic, draft.fields, tag),
        draft=draft,
        offices=[(office.code, text_in(tag, office.name)) for office in departments],
        variants=[(variant, presenter.name_variant(passport, variant, tag), "") for variant in passport.variants],
        copies=[text_in(tag, name) for name in presenter.list_copies(passport)],
        files=files,
    )
