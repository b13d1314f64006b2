"""The queue for places: who waits, which places are free, announcing a place and offering it to the first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Response
from sqlmodel import Session

from shared.bus.errors import BusError, Conflict, NotFound, Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.persistence.list_pages import ListPlace
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in, title_in
from shared.web.page_forms import SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.http.actions.place_actions import perform_announcement, perform_offer
from shared.workplace.http.queue.queue_views import QueueEntryView
from shared.workplace.pages.site import PageEmployee, explain_error, make_router
from shared.workplace.places import entries
from shared.workplace.places.entries import PlaceStatus
from shared.workplace.places.queue_steps import has_queue
from shared.workplace.records.storage import EmployeeRow

router = make_router()
MOST_ROWS = 200
"""The first of the queue that the page shows; the API has all."""
LONGEST_ORGANISATION = 300


@router.get("/places")
async def show_places(page: OpenPage, me: PageEmployee, runtime: ServiceRuntime) -> Response:
    """Who waits for places of the employee's office, and which places are free."""
    return page.show("places.html", **await _read_places(page, me, runtime), organisation_typed="")


@router.post("/places")
async def announce_place(page: OpenPage, form: SentForm, me: PageEmployee, runtime: ServiceRuntime) -> Response:
    """Announce a place that has become free."""
    organisation, regulation = form.text("organisation")[:LONGEST_ORGANISATION], form.text("regulation")
    if not organisation or not regulation:
        errors = {name: page.say("place-needed") for name in ("regulation", "organisation") if not form.text(name)}
        values = await _read_places(page, me, runtime)
        return page.refuse("places.html", errors, **values, organisation_typed=organisation)
    await perform_announcement(regulation, organisation, me, runtime)
    page.leave_notice("place-announced")
    return page.lead_to("places")


@router.post("/places/{place_id}/offer")
async def offer_place(
    place_id: str, page: OpenPage, form: SentForm, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """Offer a place to the first in the queue who has not declined it."""
    try:
        await perform_offer(place_id, None, me, runtime)
    except (Conflict, NotFound, Refused) as error:
        return await _tell_fault(page, me, runtime, error)
    page.leave_notice("place-offered")
    return page.lead_to("places")


async def _tell_fault(page: Page, me: EmployeeRow, runtime: ServiceRuntime, error: BusError) -> Response:
    values = await _read_places(page, me, runtime)
    errors = {"places": explain_error(page, error)}
    return page.refuse("places.html", errors, **values, organisation_typed="")


async def _read_places(page: Page, me: EmployeeRow, runtime: ServiceRuntime) -> dict[str, Any]:
    book = runtime.resource(PassportBook)

    def name_service(regulation: str) -> str:
        return title_in(page.tag, book.get_passport(regulation))

    def read(session: Session) -> dict[str, Any]:
        queue = entries.list_entries(session, me.authority, None, ListPlace(MOST_ROWS))
        free = entries.list_places(session, me.authority, PlaceStatus.FREE, ListPlace(MOST_ROWS))
        return {
            "rows": [
                (view, name_service(view.regulation)) for view in QueueEntryView.from_page(queue, session).rows
            ],
            "vacancies": [(row.id, row.organisation, name_service(row.regulation), _at(row)) for row in free.rows],
        }

    passports = [
        passport
        for passport in book.passports
        if has_queue(passport) and me.authority in {office.code for office in passport.directories.departments}
    ]
    options = [(passport.id, title_in(page.tag, passport)) for passport in passports]
    offices = {office.code: office.name for one in passports for office in one.directories.departments}
    office = text_in(page.tag, offices.get(me.authority, ""))
    return {**await runtime.read(read), "services": options, "office": office}


def _at(row: entries.PlaceRow) -> datetime:
    return row.announced_at
