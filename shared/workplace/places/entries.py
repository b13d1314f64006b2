"""The rows of the queue: who stands in it, the free places, the offers and their answers.

The queue of an authority and a regulation is ordered by the moment at which the application arrived: the acts know
no privileged applicants. A written refusal keeps the applicant's place; the refused place goes to the next.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Column, Index, Select, exists, func, select
from sqlmodel import Field, Session, col

from shared.bus.errors import NotFound
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.workplace.places.queue_steps import QueueStanding
from shared.workplace.records.storage import Base

ACCEPTED, DECLINED = "accepted", "declined"
"""The answers to an offer."""


class PlaceStatus(StrEnum):
    """The state of a place."""

    FREE = "free"
    OFFERED = "offered"
    FILLED = "filled"


class QueueEntryRow(Base, table=True):
    """An applicant in a queue. ``waiting_since`` orders the queue; ``is_held`` is an entry that a scripted clerk
    of the sandbox never serves, and that holds up nobody.
    """

    __tablename__ = "queue_entry"
    __table_args__ = (Index("ix_queue_entry_order", "authority", "regulation", "waiting_since", "case_id"),)
    case_id: str = Field(primary_key=True, max_length=100)
    authority: str = Field(max_length=100)
    regulation: str = Field(max_length=20)
    number: str = Field(max_length=40)
    status: str = Field(max_length=20)
    waiting_since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    noticed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    is_held: bool = Field(sa_column=Column(Boolean, nullable=False, default=False))


class PlaceRow(Base, table=True):
    """A place in an ``organisation``; ``employee`` announced it, ``case_id`` has it or is offered it."""

    __tablename__ = "queue_place"
    __table_args__ = (Index("ix_queue_place_newest", "authority", "announced_at", "id"),)
    id: str = Field(primary_key=True, max_length=36)
    authority: str = Field(max_length=100)
    regulation: str = Field(max_length=20)
    organisation: str = Field(max_length=300)
    status: str = Field(max_length=20)
    announced_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    employee: str = Field(max_length=12)
    case_id: str | None = Field(default=None, max_length=100)


class PlaceOfferRow(Base, table=True):
    """An offer of a place, and its answer; ``words`` are the applicant's."""

    __tablename__ = "queue_offer"
    place_id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(primary_key=True, max_length=100)
    organisation: str = Field(max_length=300)
    offered_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    answer: str | None = Field(default=None, max_length=20)
    words: str | None = None


_ORDER = (col(QueueEntryRow.waiting_since), col(QueueEntryRow.case_id))
_STANDS = col(QueueEntryRow.status).in_((QueueStanding.WAITING.value, QueueStanding.OFFERED.value))


def find_entry(session: Session, case_id: str) -> QueueEntryRow | None:
    """The entry of a case, or None."""
    return session.get(QueueEntryRow, case_id)


def get_entry(session: Session, case_id: str) -> QueueEntryRow:
    """The entry of a case; NotFound ``not-in-queue``."""
    entry = find_entry(session, case_id)
    if entry is None:
        raise NotFound("not-in-queue", "the case stands in no queue")
    return entry


def position_of(session: Session, entry: QueueEntryRow) -> int:
    """The place in the queue, from 1: one more than those who arrived earlier and have no place yet."""
    earlier = (col(QueueEntryRow.waiting_since) < entry.waiting_since) | (
        (col(QueueEntryRow.waiting_since) == entry.waiting_since) & (col(QueueEntryRow.case_id) < entry.case_id)
    )
    query = select(func.count()).select_from(QueueEntryRow).where(*_of_queue(entry), _STANDS, earlier)
    return int(session.execute(query).scalar_one()) + 1


def first_waiting(
    session: Session, of: QueueEntryRow | PlaceRow, *, is_held_counted: str = ""
) -> QueueEntryRow | None:
    """The first who waits in the queue of this entry or place; for a place, the first who has not declined it.

    Held entries are left out, except that of the case ``is_held_counted``.
    """
    query = select(QueueEntryRow).where(
        *_of_queue(of),
        col(QueueEntryRow.status) == QueueStanding.WAITING.value,
        col(QueueEntryRow.is_held).is_(False) | (col(QueueEntryRow.case_id) == is_held_counted),
    )
    if isinstance(of, PlaceRow):
        query = query.where(~_has_declined(of.id))
    row: QueueEntryRow | None = session.execute(query.order_by(*_ORDER).limit(1)).scalar()
    return row


def _of_queue(of: QueueEntryRow | PlaceRow) -> tuple[Any, Any]:
    return (col(QueueEntryRow.authority) == of.authority, col(QueueEntryRow.regulation) == of.regulation)


def _has_declined(place_id: str) -> Any:
    return exists().where(
        col(PlaceOfferRow.place_id) == place_id,
        col(PlaceOfferRow.case_id) == QueueEntryRow.case_id,
        col(PlaceOfferRow.answer) == DECLINED,
    )


def free_places(session: Session, of: QueueEntryRow) -> list[PlaceRow]:
    """The free places of an entry's queue, the longest free first."""
    query = select(PlaceRow).where(
        col(PlaceRow.authority) == of.authority,
        col(PlaceRow.regulation) == of.regulation,
        col(PlaceRow.status) == PlaceStatus.FREE.value,
    )
    return list(session.execute(query.order_by(col(PlaceRow.announced_at), col(PlaceRow.id))).scalars())


def get_place(session: Session, place_id: str, authority: str, regulation: str | None = None) -> PlaceRow:
    """A place of an authority, for applicants by this regulation where one is given; NotFound
    ``place-unknown``.
    """
    row = session.get(PlaceRow, place_id)
    if row is None or row.authority != authority or regulation not in (None, row.regulation):
        raise NotFound("place-unknown", "the authority has no such place", place=place_id)
    return row


def offers_of(session: Session, case_id: str) -> list[PlaceOfferRow]:
    """The offers to a case, in order."""
    query = select(PlaceOfferRow).where(col(PlaceOfferRow.case_id) == case_id)
    return list(session.execute(query.order_by(col(PlaceOfferRow.offered_at))).scalars())


def find_open_offer(session: Session, case_id: str) -> PlaceOfferRow | None:
    """The offer to a case that has no answer yet, or None."""
    return next((row for row in offers_of(session, case_id) if row.answer is None), None)


def find_accepted_place(session: Session, case_id: str) -> str | None:
    """The organisation of the place that a case has accepted; None for none, or for one without a name."""
    accepted = (offer for offer in offers_of(session, case_id) if offer.answer == ACCEPTED)
    return next((offer.organisation for offer in accepted if offer.organisation), None)


def list_entries(
    session: Session, authority: str, regulation: str | None, place: ListPlace
) -> ListPage[QueueEntryRow]:
    """Those who stand in an authority's queues, in the order of the queue."""
    query = select(QueueEntryRow).where(col(QueueEntryRow.authority) == authority, _STANDS)
    if regulation is not None:
        query = query.where(col(QueueEntryRow.regulation) == regulation)
    return ListOrder(_ORDER, is_ascending=True).read_page(query, place, select_rows(session))


def list_places(
    session: Session, authority: str, status: PlaceStatus | None, place: ListPlace
) -> ListPage[PlaceRow]:
    """The places of an authority, the newest first."""
    query: Select[Any] = select(PlaceRow).where(col(PlaceRow.authority) == authority)
    if status is not None:
        query = query.where(col(PlaceRow.status) == status.value)
    order = ListOrder((col(PlaceRow.announced_at), col(PlaceRow.id)))
    return order.read_page(query, place, select_rows(session))
