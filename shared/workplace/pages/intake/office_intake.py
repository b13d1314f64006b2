"""``/intake`` at an authority: an employee takes in the application of a visitor who came in person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Path, Query, Response

from shared.bus.errors import Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.regulations.model import Channel, EmployeeRole, Passport
from shared.regulations.passport_book import PassportBook
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage, SiteLink
from shared.workplace.pages import site
from shared.workplace.pages.intake.intake_sheets import lay_out, open_router, show_services, show_sheet, take_in
from shared.workplace.pages.intake.service_lists import group_services
from shared.workplace.pages.site import PageEmployee
from shared.workplace.people.sessions import authenticate_employee
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records.storage import EmployeeRow

router = open_router(site.SITE)
LINK = SiteLink("intake", "link-intake", is_for_visitors=True)
CASES = "cases"
Regulation = Annotated[str, Path(max_length=20)]


@router.get("/intake")
async def choose_service(
    page: OpenPage,
    me: PageEmployee,
    runtime: ServiceRuntime,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The services whose visitors this employee receives."""
    book, profile = runtime.resource(PassportBook), runtime.resource(WorkplaceProfile)
    passports = [passport for passport in book.passports if any(_channels_of(book, profile, passport, me))]
    return show_services(page, group_services(passports, page.tag, q), q)


@router.get("/intake/{regulation}")
async def show_form(regulation: Regulation, page: OpenPage, me: PageEmployee, runtime: ServiceRuntime) -> Response:
    """The form of the intake; ``regulation-unknown``, ``not-taken-here``."""
    passport, channel = _find_service(regulation, me, runtime)
    return show_sheet(page, lay_out(page, passport, channel), PageForm(), case_path=CASES, has_queue=False)


@router.post("/intake/{regulation}")
@accepts_body(sender_check=authenticate_employee)
async def take_application_in(
    regulation: Regulation, page: OpenPage, me: PageEmployee, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Take the application in; a refusal stands above the form, or beside its field."""
    passport, channel = _find_service(regulation, me, runtime)
    sheet = lay_out(page, passport, channel)
    return await take_in(page, sheet, form, me, runtime, case_path=CASES, has_queue=False)


def _find_service(regulation: str, me: EmployeeRow, runtime: ServiceRuntime) -> tuple[Passport, Channel]:
    """A service and the channel in which its visitors come to this employee; Refused ``not-taken-here``."""
    book, profile = runtime.resource(PassportBook), runtime.resource(WorkplaceProfile)
    passport = book.get_passport(regulation)
    channel = next(_channels_of(book, profile, passport, me), None)
    if channel is None:
        raise Refused("not-taken-here", "the visitors of this service come to another employee")
    return passport, channel


def _channels_of(
    book: PassportBook, profile: WorkplaceProfile, passport: Passport, me: EmployeeRow
) -> Iterator[Channel]:
    """The channels in which the act lets visitors come to this employee's office, and to this employee there."""
    for channel in sorted(profile.takes & set(passport.channels.accept)):
        offices = {office.code for office in passport.directories.offices_for(channel)}
        graph = book.get_graph(passport.id, channel, passport.variants[0])
        roles = graph.get_node(graph.start_nodes[0]).roles
        if me.authority in offices and EmployeeRole(me.role) in roles:
            yield channel
