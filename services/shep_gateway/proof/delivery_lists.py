"""The deliveries as lists, for the operator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from services.shep_gateway.storage import IS_UNFINISHED, DeliveryRow, JournalRow
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.contracts.cases import DeliveryState

NEWEST_DELIVERIES = ListOrder(
    (
        col(DeliveryRow.changed_at),
        col(DeliveryRow.sender),
        col(DeliveryRow.message_id),
        col(DeliveryRow.recipient),
    )
)


def list_deliveries(
    session: Session, place: ListPlace, filters: Mapping[str, str | None]
) -> ListPage[DeliveryRow]:
    """The deliveries, the latest change first, filtered by the given columns."""
    query: Select[Any] = select(DeliveryRow).where(
        *(getattr(DeliveryRow, name) == value for name, value in filters.items() if value is not None)
    )
    if filters.get("state") not in (None, DeliveryState.DELIVERED.value):
        query = query.where(IS_UNFINISHED)
    return NEWEST_DELIVERIES.read_page(query, place, select_rows(session))


def find_passed_entries(session: Session, deliveries: Iterable[DeliveryRow]) -> dict[tuple[str, str], int]:
    """The number of the newest entry by which each message passed, by sender and message."""
    ids = {delivery.message_id for delivery in deliveries}
    columns = (col(JournalRow.sender), col(JournalRow.message_id))
    query = select(*columns, func.max(col(JournalRow.n))).where(
        col(JournalRow.message_id).in_(ids), col(JournalRow.event) == "ACCEPTED"
    )
    rows = session.execute(query.group_by(*columns)).all() if ids else ()
    return {(sender, message_id): n for sender, message_id, n in rows}


def find_region_under_way(session: Session, sender: str, message_id: str, recipient: str) -> str | None:
    """The region of a delivery in the state ON_DELIVERY ("" for none); None when there is no such delivery."""
    query = select(col(DeliveryRow.region)).where(
        col(DeliveryRow.sender) == sender,
        col(DeliveryRow.message_id) == message_id,
        col(DeliveryRow.recipient) == recipient,
        col(DeliveryRow.state) == DeliveryState.ON_DELIVERY.value,
    )
    region: str | None = session.execute(query).scalar()
    return region
