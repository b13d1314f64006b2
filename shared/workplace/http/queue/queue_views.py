"""The requests to the queue over HTTP, and its answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.persistence.list_pages import ListPage
from shared.workplace.places import entries
from shared.workplace.places.entries import PlaceOfferRow, PlaceRow, PlaceStatus, QueueEntryRow
from shared.workplace.places.queue_steps import QueueStanding


class PlaceRequest(RequestModel):
    """A place that has become free: the regulation whose applicants wait for it, and the organisation."""

    regulation: Annotated[str, Field(max_length=20)]
    organisation: Annotated[str, Field(min_length=1, max_length=300)]


class PlaceOfferRequest(RequestModel):
    """The applicant to whom a place is offered; by default the first in the queue."""

    case: Annotated[str, Field(max_length=100)] | None = None


class QueueEntryView(BaseModel):
    """An applicant in the queue: ``position`` counts from 1, ``noticed_at`` is when the notice was signed."""

    correlation_id: str
    number: str
    regulation: str
    position: int
    status: QueueStanding
    waiting_since: datetime
    noticed_at: datetime | None

    @classmethod
    def from_row(cls, row: QueueEntryRow, position: int) -> QueueEntryView:
        return cls(
            correlation_id=row.case_id,
            number=row.number,
            regulation=row.regulation,
            position=position,
            status=QueueStanding(row.status),
            waiting_since=row.waiting_since,
            noticed_at=row.noticed_at,
        )

    @classmethod
    def from_page(cls, page: ListPage[QueueEntryRow], session: Session) -> ListPage[QueueEntryView]:
        """The rows of a page with their positions, which follow one another within a regulation."""
        positions: dict[str, int] = {}
        for row in page.rows:
            if row.regulation not in positions:
                positions[row.regulation] = entries.position_of(session, row) - 1

        def view_row(row: QueueEntryRow) -> QueueEntryView:
            positions[row.regulation] += 1
            return cls.from_row(row, positions[row.regulation])

        return page.convert_rows(view_row)


class PlaceOfferView(BaseModel):
    """An offer of a place to an applicant; ``words`` are those of the applicant's refusal."""

    model_config = ConfigDict(from_attributes=True)

    place_id: str
    organisation: str
    offered_at: datetime
    answered_at: datetime | None
    answer: str | None
    words: str | None


class CaseQueueView(QueueEntryView):
    """A case in the queue, with all its offers; ``position`` is the last one where the applicant has a place."""

    offers: list[PlaceOfferView]

    @classmethod
    def from_entry(cls, row: QueueEntryRow, position: int, offers: list[PlaceOfferRow]) -> CaseQueueView:
        views = [PlaceOfferView.model_validate(offer) for offer in offers]
        return cls(**QueueEntryView.from_row(row, position).model_dump(), offers=views)


class PlaceView(BaseModel):
    """A place: ``case_id`` is the case to which it is offered, or which fills it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    regulation: str
    organisation: str
    status: PlaceStatus
    announced_at: datetime
    case_id: str | None

    @classmethod
    def from_row(cls, row: PlaceRow) -> PlaceView:
        return cls.model_validate(row)
