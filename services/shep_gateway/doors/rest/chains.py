"""The chain of a case as a participant sees it: the messages that the participant sent or received."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import and_, exists, or_, select
from sqlmodel import Session, col

from services.shep_gateway.doors.recording import DoorRoute
from services.shep_gateway.doors.rest.callers import CurrentParticipant
from services.shep_gateway.doors.rest.views import MOST_RECIPIENTS, MessageStateView, Word
from services.shep_gateway.storage import DeliveryRow, JournalRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import Paging, at_most
from shared.bus.http.problems import declare_errors
from shared.bus.messages.message import MessageType
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows

router = APIRouter(prefix="/api/v1/chains", tags=["messages"], route_class=DoorRoute)

_IN_ORDER = ListOrder((col(JournalRow.n),), is_ascending=True)


class ChainMessageView(BaseModel):
    """A message of a chain, and its delivery to each recipient that the participant may know of."""

    message_id: str
    sender: str
    service_id: str
    message_type: MessageType
    region: str | None
    session_id: str | None
    accepted_at: datetime
    deliveries: Annotated[list[MessageStateView], at_most(MOST_RECIPIENTS, "a route names few recipients")]


@router.get("/{correlation_id}", responses=declare_errors(not_found="chain-unknown"))
async def get_chain(
    correlation_id: Word, page: Paging, participant: CurrentParticipant, runtime: ServiceRuntime
) -> list[ChainMessageView]:
    """The messages of a case that the participant sent or received, in the order in which ШЭП let them pass.

    ``chain-unknown``.
    """

    def read_chain(session: Session) -> ListPage[ChainMessageView]:
        own = _Chain(session, participant.address, correlation_id)
        rows = own.read_messages(page.place)
        if not rows.rows and page.place.after is None:
            raise NotFound("chain-unknown", "the participant has no message of this chain")
        deliveries = own.read_deliveries([row.message_id or "" for row in rows.rows])
        return rows.convert_rows(lambda row: _show_message(row, deliveries))

    return page.link_page(await runtime.read(read_chain))


class _Chain:
    """The chain of a case as far as one participant knows of it."""

    def __init__(self, session: Session, participant: str, case_id: str) -> None:
        self._session, self._participant, self._case_id = session, participant, case_id

    def read_messages(self, place: ListPlace) -> ListPage[JournalRow]:
        came_here = exists().where(
            and_(
                col(DeliveryRow.sender) == col(JournalRow.sender),
                col(DeliveryRow.message_id) == col(JournalRow.message_id),
                col(DeliveryRow.recipient) == self._participant,
            )
        )
        query = select(JournalRow).where(
            col(JournalRow.case_id) == self._case_id,
            col(JournalRow.event) == "ACCEPTED",
            or_(col(JournalRow.sender) == self._participant, came_here),
        )
        return _IN_ORDER.read_page(query, place, select_rows(self._session))

    def read_deliveries(self, message_ids: Sequence[str]) -> Sequence[DeliveryRow]:
        own = or_(col(DeliveryRow.sender) == self._participant, col(DeliveryRow.recipient) == self._participant)
        query = select(DeliveryRow).where(
            col(DeliveryRow.case_id) == self._case_id, col(DeliveryRow.message_id).in_(message_ids), own
        )
        return self._session.execute(query.order_by(col(DeliveryRow.recipient))).scalars().all()


def _show_message(row: JournalRow, deliveries: Sequence[DeliveryRow]) -> ChainMessageView:
    key = (row.sender, row.message_id)
    return ChainMessageView(
        message_id=row.message_id or "",
        sender=row.sender or "",
        service_id=row.service_id or "",
        message_type=MessageType(row.message_type or ""),
        region=row.region,
        session_id=row.session_id,
        accepted_at=row.at,
        deliveries=[
            MessageStateView.from_row(delivery)
            for delivery in deliveries
            if (delivery.sender, delivery.message_id) == key
        ],
    )
