"""Places that become free, announced and offered by an employee who is logged in."""

from __future__ import annotations

from shared.bus.errors import Conflict, NotFound
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.http.queue.queue_views import PlaceView
from shared.workplace.places import entries, offers
from shared.workplace.places.queue_steps import find_queue_steps, has_queue
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.operations import take_step
from shared.workplace.steps.step_context import WorkplaceContext


async def perform_announcement(regulation: str, organisation: str, me: EmployeeRow, runtime: Runtime) -> PlaceView:
    """Announce a place that has become free; the errors of ``POST /api/v1/places``."""
    if not has_queue(runtime.resource(PassportBook).get_passport(regulation)):
        raise Conflict("no-place-queue", "nobody waits for places by this regulation")

    def announce(uow: UnitOfWork) -> PlaceView:
        return PlaceView.from_row(offers.announce_place(uow, me.authority, regulation, organisation, me.iin))

    return await runtime.write(announce)


async def perform_offer(place_id: str, case: str | None, me: EmployeeRow, runtime: Runtime) -> WorkplaceCaseView:
    """Offer a free place to the first in the queue, who must be that of ``case`` where one is given; the errors of
    ``POST /api/v1/places/{place_id}/offer``.
    """

    def offer(uow: UnitOfWork) -> WorkplaceCaseView:
        row = entries.get_place(uow.session, place_id, me.authority)
        first = entries.first_waiting(uow.session, row)
        if case is None and first is None:
            raise Conflict("nobody-waits", "nobody waits for this place")
        case_id = storage.get_case(uow.session, case or (first.case_id if first else "")).case_id
        case_session = WorkplaceCaseSession.load(uow, case_id)
        case_session.check_place(me)
        steps = find_queue_steps(case_session.graph)
        if steps is None:
            raise NotFound("not-in-queue", "the case stands in no queue")
        take_step(case_session, steps.reserve, WorkplaceContext("received", me, place_id=place_id))
        take_step(case_session, steps.offer, WorkplaceContext(employee=me))
        settle_case(case_session)
        case_session.save()
        return WorkplaceCaseView.from_case(case_session.case, uow.session, uow.now)

    return await runtime.write(offer)
