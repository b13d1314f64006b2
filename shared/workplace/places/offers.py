"""The order of the queue: who gets a place, which place a case gets, and what an answer changes."""

from __future__ import annotations

from collections.abc import Mapping

from shared.bus.errors import Conflict
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.model import QUEUED, VACANT
from shared.workplace.places import entries
from shared.workplace.places.entries import (
    ACCEPTED,
    DECLINED,
    PlaceOfferRow,
    PlaceRow,
    PlaceStatus,
    QueueEntryRow,
)
from shared.workplace.places.queue_steps import QueueStanding, QueueSteps
from shared.workplace.records import storage
from shared.workplace.records.case_record import WorkplaceCase


def make_entry(case: WorkplaceCase) -> QueueEntryRow:
    """The entry of a case, not stored yet: the queue is ordered by the arrival of the applications."""
    return QueueEntryRow(
        case_id=case.case_id,
        authority=case.place,
        regulation=case.regulation,
        number=case.number or "",
        status=QueueStanding.WAITING.value,
        waiting_since=case.received_at,
        is_held=False,
    )


def enter_queue(uow: UnitOfWork, case: WorkplaceCase, answer: str | None) -> QueueEntryRow:
    """Put a case into its queue; ``answer`` says whether there is a place for it at once.

    Conflict ``place-vacant`` for ``queued`` where a free place is this applicant's, ``queue-out-of-order`` for
    ``vacant`` where somebody else waits before.
    """
    entry = make_entry(case)
    uow.session.add(entry)
    uow.session.flush()
    vacancy = find_place_for(uow, entry)
    if answer == QUEUED and vacancy is not None:
        raise Conflict("place-vacant", "there is a place for this applicant", place=vacancy.id)
    if answer == VACANT and vacancy is None:
        check_first(uow, entry)
    return entry


def choose_entry(uow: UnitOfWork, case: WorkplaceCase) -> str:
    """The answer of a clerk: ``vacant`` where a free place is this applicant's, else ``queued``."""
    with uow.session.no_autoflush:
        entry = make_entry(case)
        for vacancy in entries.free_places(uow.session, entry):
            first = entries.first_waiting(uow.session, vacancy)
            if first is None or first.waiting_since > entry.waiting_since:
                return VACANT
    return QUEUED


def find_place_for(uow: UnitOfWork, entry: QueueEntryRow) -> PlaceRow | None:
    """The free place that is this entry's by the order of the queue, the longest free first; or None."""
    for vacancy in entries.free_places(uow.session, entry):
        first = entries.first_waiting(uow.session, vacancy, is_held_counted=entry.case_id)
        if first is not None and first.case_id == entry.case_id:
            return vacancy
    return None


def check_first(uow: UnitOfWork, entry: QueueEntryRow) -> None:
    """Conflict ``queue-out-of-order`` unless the entry is the first that waits in its queue."""
    first = entries.first_waiting(uow.session, entry, is_held_counted=entry.case_id)
    if first is not None and first.case_id != entry.case_id:
        raise Conflict(
            "queue-out-of-order",
            "another applicant waits before this one",
            position=entries.position_of(uow.session, entry),
            first=first.number,
        )


def is_served_next(uow: UnitOfWork, case_id: str) -> bool:
    """Whether the case may be offered a place now: a free one is its own, or it is the first that waits."""
    entry = entries.find_entry(uow.session, case_id)
    if entry is None:
        return True
    if find_place_for(uow, entry) is not None:
        return True
    first = entries.first_waiting(uow.session, entry, is_held_counted=case_id)
    return first is None or first.case_id == case_id


def is_place_free(uow: UnitOfWork, case_id: str) -> bool:
    """Whether a free place is this case's by the order of the queue."""
    entry = entries.find_entry(uow.session, case_id)
    return entry is not None and find_place_for(uow, entry) is not None


def hold_entry(uow: UnitOfWork, case_id: str, *, is_held: bool) -> None:
    """Take an entry out of the order of the queue, or put it back; the next in the queue goes on."""
    entry = entries.find_entry(uow.session, case_id)
    if entry is not None and entry.is_held != is_held:
        entry.is_held = is_held
        uow.session.flush()
        if is_held:
            wake_first(uow, entry)


def announce_place(uow: UnitOfWork, authority: str, regulation: str, organisation: str, employee: str) -> PlaceRow:
    """Record a free place; the clerk of the first in the queue looks at once."""
    row = PlaceRow(
        id=uow.new_id(),
        authority=authority,
        regulation=regulation,
        organisation=organisation,
        status=PlaceStatus.FREE.value,
        announced_at=uow.now,
        employee=employee,
    )
    uow.session.add(row)
    uow.session.flush()
    wake_first(uow, row)
    return row


def wake_first(uow: UnitOfWork, of: QueueEntryRow | PlaceRow) -> None:
    """Make the clerk of the first who waits look at the case now."""
    first = entries.first_waiting(uow.session, of)
    if first is not None:
        storage.look_at_case(uow.session, first.case_id, uow.now)


def reserve_place(uow: UnitOfWork, case: WorkplaceCase, place_id: str | None, employee: str) -> PlaceRow:
    """Set a place aside for a case: this one, else the free one that is the case's; where no free place is
    recorded, one without the name of its organisation, for the first in the queue.

    NotFound ``not-in-queue``, ``place-unknown``; Conflict ``place-taken``, ``queue-out-of-order``,
    ``place-declined`` for a place that this applicant has declined.
    """
    entry = entries.get_entry(uow.session, case.case_id)
    vacancy = find_place_for(uow, entry)
    if place_id is not None:
        place = entries.get_place(uow.session, place_id, case.place, case.regulation)
        vacancy = _check_place(uow, place, entry)
    if vacancy is None:
        check_first(uow, entry)
        vacancy = announce_place(uow, case.place, case.regulation, "", employee)
    vacancy.status, vacancy.case_id = PlaceStatus.OFFERED.value, case.case_id
    uow.session.add(
        PlaceOfferRow(
            place_id=vacancy.id, case_id=case.case_id, organisation=vacancy.organisation, offered_at=uow.now
        )
    )
    uow.session.flush()
    return vacancy


def _check_place(uow: UnitOfWork, vacancy: PlaceRow, entry: QueueEntryRow) -> PlaceRow:
    if vacancy.status != PlaceStatus.FREE:
        raise Conflict("place-taken", "the place is offered or filled", place=vacancy.id)
    if any(offer.place_id == vacancy.id for offer in entries.offers_of(uow.session, entry.case_id)):
        raise Conflict("place-declined", "this applicant has declined the place", place=vacancy.id)
    first = entries.first_waiting(uow.session, vacancy, is_held_counted=entry.case_id)
    if first is None or first.case_id != entry.case_id:
        check_first(uow, entry)
    return vacancy


def follow_steps(
    uow: UnitOfWork, case_id: str, steps: QueueSteps, answers: Mapping[str, str | None], words: str | None
) -> None:
    """Bring the entry of a case to what the steps of the case say: an offer, a consent, a refusal in these
    words.
    """
    entry, status = entries.find_entry(uow.session, case_id), steps.status_of(answers)
    if entry is None or status is None or entry.status == status:
        return
    offer = entries.find_open_offer(uow.session, case_id)
    if offer is not None and status is not QueueStanding.OFFERED:
        _answer_offer(uow, offer, is_accepted=status is QueueStanding.ACCEPTED, words=words)
    entry.status = status.value
    uow.session.flush()
    wake_first(uow, entry)
    for vacancy in entries.free_places(uow.session, entry):
        wake_first(uow, vacancy)


def _answer_offer(uow: UnitOfWork, offer: PlaceOfferRow, *, is_accepted: bool, words: str | None) -> None:
    offer.answer, offer.answered_at, offer.words = ACCEPTED if is_accepted else DECLINED, uow.now, words
    vacancy = uow.session.get_one(PlaceRow, offer.place_id)
    vacancy.status = (PlaceStatus.FILLED if is_accepted else PlaceStatus.FREE).value
    if not is_accepted:
        vacancy.case_id = None
