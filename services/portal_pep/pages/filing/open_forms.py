"""The form of a service that a citizen is filling in, for the pages of filing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from sqlmodel import Session

from services.portal_pep import form_drafts
from services.portal_pep.domain import check_portal_channel
from services.portal_pep.form_drafts import FormDraft
from services.portal_pep.pages.catalogue.presenter import title_of
from services.portal_pep.pages.filing import presenter
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.web.page_sites import Page

ServiceId = Annotated[str, Path(max_length=20)]


def find_service(runtime: Runtime, service_id: str) -> Passport:
    """The passport; NotFound ``regulation-unknown``, Refused ``channel-not-given`` where the act does not open the
    portal.
    """
    passport = runtime.resource(PassportBook).get_passport(service_id)
    check_portal_channel(passport)
    return passport


async def open_form(runtime: Runtime, iin: str, service_id: str) -> tuple[Passport, FormDraft]:
    """The citizen's draft of a service's form, a new one with what is known where there is none."""
    passport = find_service(runtime, service_id)

    def read(session: Session) -> FormDraft:
        draft = form_drafts.read_draft(session, iin, passport.id)
        return draft or presenter.begin_draft(passport, iin, form_drafts.read_known_answers(session, iin))

    return passport, await runtime.read(read)


def describe_form(page: Page, passport: Passport, current: str) -> dict[str, Any]:
    """The service and the way through its form, for a page at one of its topics."""
    order = [*presenter.list_topics(passport), presenter.CHECK]
    place = order.index(current) if current in order else len(order) - 1
    return {
        "service_id": passport.id,
        "service_title": title_of(page.tag, passport),
        "progress": [
            (
                "done" if n < place else "current" if n == place else "ahead",
                presenter.title_of_topic(name, page.tag),
                "",
            )
            for n, name in enumerate(order)
        ],
    }
