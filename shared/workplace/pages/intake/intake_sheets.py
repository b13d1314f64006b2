"""The page of an intake, the same at every place: the form, its faults, the refusal, the new case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import Response

from shared.bus.errors import BusError
from shared.bus.http.requests.refusals import note_refusal
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.model import Channel, Passport
from shared.texts.catalog import COMMON, TextCatalog, texts_beside
from shared.web.page_forms import PageForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page, PageSite
from shared.workplace.http.actions.case_actions import open_application
from shared.workplace.pages import site
from shared.workplace.pages.intake import intake_form
from shared.workplace.pages.intake.intake_form import IntakeSheet, compose_request, find_form_faults
from shared.workplace.records.storage import EmployeeRow

TEMPLATES = Path(__file__).parent / "templates"
WORDS = texts_beside(__file__, file="intake_words.yaml")


def open_router(place: PageSite) -> PageRouter:
    """A router for the intake at a place: its frame with the forms and the words of the intake."""
    words = TextCatalog(place.pages.words, WORDS)
    return PageRouter(replace(place, pages=replace(place.pages, templates=TEMPLATES, words=words)))


def lay_out(page: Page, passport: Passport, channel: Channel) -> IntakeSheet:
    """The form of a service for a channel, in the language of the page."""
    variants = {code: page.say(f"variant-{code}") for code in passport.variants if code != "main"}
    return intake_form.lay_out(passport, channel, page.tag, variants)


def show_sheet(page: Page, sheet: IntakeSheet, form: PageForm, *, status: int = 200, **values: Any) -> Response:
    """The form with what is typed in; ``case_path`` and ``has_queue`` belong to the place."""
    names = {name: page.say("field-" + name.replace("_", "-")) for name in intake_form.PLAIN_FIELDS}
    return page.show(
        "intake.html",
        status=status,
        sheet=sheet,
        value_of=form.text,
        form=form,
        prefix=intake_form.FIELD_PREFIX,
        titles={**names, "consent": page.say("field-consent"), **sheet.titles},
        intake_style=_find_style(page),
        **{"refusal": None, **values},
    )


def show_services(page: Page, regions: Any, query: str, ticket: str = "") -> Response:
    """The services to choose from."""
    return page.show("choose.html", regions=regions, ticket=ticket, q=query, intake_style=_find_style(page))


async def take_in(
    page: Page,
    sheet: IntakeSheet,
    form: PageForm,
    me: EmployeeRow,
    runtime: Runtime,
    *,
    case_path: str,
    has_queue: bool,
) -> Response:
    """Take the application in and lead to its case; a refusal stands above the form, or beside its field."""
    place: dict[str, Any] = {"case_path": case_path, "has_queue": has_queue}
    if faults := find_form_faults(form, sheet):
        page.errors = {name: _explain_code(page, code) for name, code in faults.items()}
        return show_sheet(page, sheet, form, status=422, **place)
    try:
        case = await open_application(compose_request(form, sheet), me, runtime)
    except BusError as error:
        return _show_refusal(page, sheet, form, error, place)
    page.leave_notice("taken-in")
    return page.lead_to(f"{case_path}/{case.correlation_id}")


def _show_refusal(
    page: Page, sheet: IntakeSheet, form: PageForm, error: BusError, place: dict[str, Any]
) -> Response:
    note_refusal(page.request.scope, error)
    text = site.explain_error(page, error)
    name = intake_form.FIELDS_OF_FAULTS.get(error.code)
    page.errors = {name: text} if name else intake_form.locate_faults(error, page.tag)
    open_case = str(error.details.get("case", ""))
    refusal = None if name else {"text": text, "code": error.code, "case": open_case}
    return show_sheet(page, sheet, form, refusal=refusal, status=error.http_status, **place)


def _explain_code(page: Page, code: str) -> str:
    """What the code of a fault says: a word of the site, else the text of the error."""
    for catalog in (page.site.pages.words, page.request.app.state.texts, COMMON):
        if code in catalog:
            return str(catalog[code][page.tag])
    return code


def _find_style(page: Page) -> str:
    return page.root + site.STATIC.address("intake.css")
