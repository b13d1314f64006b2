"""The queue of an authority over HTTP, for its employees: who waits, the free places, the offers, the notices."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.persistence.list_pages import ListPage
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import QueueNoticeDocument
from shared.workplace.http import case_errors
from shared.workplace.http.actions.place_actions import perform_announcement, perform_offer
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.http.own_cases import CMS, find_own_case
from shared.workplace.http.queue.queue_views import (
    CaseQueueView,
    PlaceOfferRequest,
    PlaceRequest,
    PlaceView,
    QueueEntryView,
)
from shared.workplace.people.sessions import Employee
from shared.workplace.places import entries
from shared.workplace.places.entries import PlaceStatus
from shared.workplace.places.queue_steps import find_queue_steps
from shared.workplace.records import storage
from shared.workplace.records.documents import NOTICE
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.queue import notices

router = APIRouter(prefix="/api/v1", tags=["places"])


@router.get("/places/queue")
async def list_place_queue(
    me: Employee,
    runtime: ServiceRuntime,
    pager: Paging,
    regulation: Annotated[str | None, Query(max_length=20)] = None,
) -> list[QueueEntryView]:
    """The applicants who wait for places of the employee's authority, in the order of the queue: those who wait,
    and those who were offered a place; ``cursor-malformed``.
    """

    def find_entries(session: Session) -> ListPage[QueueEntryView]:
        page = entries.list_entries(session, me.authority, regulation, pager.place)
        return QueueEntryView.from_page(page, session)

    return pager.link_page(await runtime.read(find_entries))


@router.get("/places")
async def list_places(
    me: Employee, runtime: ServiceRuntime, pager: Paging, status: PlaceStatus | None = None
) -> list[PlaceView]:
    """The places of the employee's authority, the newest first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: entries.list_places(session, me.authority, status, pager.place))
    return [PlaceView.from_row(row) for row in pager.link_page(page)]


@router.post(
    "/places",
    status_code=status.HTTP_201_CREATED,
    responses=declare_errors(not_found="regulation-unknown", conflict="no-place-queue"),
)
async def announce_place(request: PlaceRequest, me: Employee, runtime: ServiceRuntime) -> PlaceView:
    """Announce a place that has become free; ``no-place-queue`` for a regulation without a queue."""
    return await perform_announcement(request.regulation, request.organisation, me, runtime)


@router.post(
    "/places/{place_id}/offer",
    responses=declare_errors(
        case_errors.OWN_CASE,
        case_errors.STEP,
        not_found="not-in-queue place-unknown",
        conflict="place-declined nobody-waits queue-out-of-order place-taken",
    ),
)
async def offer_place(
    place_id: str, request: PlaceOfferRequest, me: Employee, runtime: ServiceRuntime
) -> WorkplaceCaseView:
    """Offer a free place to the first in the queue who has not declined it; ``nobody-waits`` where nobody waits.

    With ``case`` the applicant must be that first one: ``queue-out-of-order`` names who is.
    """
    return await perform_offer(place_id, request.case, me, runtime)


@router.get("/cases/{case}/queue", responses=declare_errors(case_errors.OWN_CASE, not_found="not-in-queue"))
async def show_queue_entry(case: str, me: Employee, runtime: ServiceRuntime) -> CaseQueueView:
    """The place of a case in the queue, and the offers to its applicant; ``not-in-queue``."""
    row = await find_own_case(case, me, runtime)

    def find_entry(session: Session) -> CaseQueueView:
        entry = entries.get_entry(session, row.case_id)
        position = entries.position_of(session, entry)
        return CaseQueueView.from_entry(entry, position, entries.offers_of(session, row.case_id))

    return await runtime.read(find_entry)


@router.get(
    "/cases/{case}/notice/draft",
    response_class=Response,
    responses={
        200: {"model": QueueNoticeDocument},
        **declare_errors(case_errors.OWN_CASE, not_found="no-application not-in-queue"),
    },
)
async def download_notice_draft(case: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The notice of the queue to sign (``cms`` of the step that puts the applicant into the queue), with the place
    that the case has now; later calls give the same content.

    ``not-in-queue`` for a regulation without a queue.
    """
    row = await find_own_case(case, me, runtime)

    def draft(uow: UnitOfWork) -> bytes:
        case_session = WorkplaceCaseSession.load(uow, row.case_id)
        if find_queue_steps(case_session.graph) is None:
            raise NotFound("not-in-queue", "the regulation has no queue")
        return notices.draft_notice(case_session)

    return Response(await runtime.write(draft), media_type="application/json")


@router.get(
    "/cases/{case}/notice",
    response_class=Response,
    responses={**declare_bytes(CMS), **declare_errors(case_errors.OWN_CASE, not_found="no-notice")},
)
async def download_notice(case: str, me: Employee, runtime: ServiceRuntime) -> Response:
    """The signed notice of the queue (CMS, DER); ``no-notice``. It is printed as a paper of the case: see
    ``list_receipts``.
    """
    row = await find_own_case(case, me, runtime)
    content = await runtime.read(lambda session: storage.read_document(session, row.case_id, NOTICE))
    if content is None:
        raise NotFound("no-notice", "no notice of a queue was made for the case")
    return Response(content, media_type=CMS)
