"""The timeline of a case: every message that ШЭП saw, with its way, its delivery and its refusal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.proof.case_records import list_case_entries
from services.shep_gateway.sandbox.rule_rows import list_chain_firings
from services.shep_gateway.storage import DeliveryRow, JournalRow
from shared.bus.errors import NotFound


class TimelineDeliveryView(BaseModel):
    """The delivery of a message to one system."""

    recipient: str
    state: str
    changed_at: datetime
    error_code: str | None


class TimelineEntryView(BaseModel):
    """One message of a case as ШЭП saw it; ``code`` is the reason of a refusal, ``rules`` are the ids of the rules
    of the sandbox that disturbed it.
    """

    n: int
    at: datetime
    event: str
    sender: str | None
    message_id: str | None
    correlation_id: str | None
    service_id: str | None
    message_type: str | None
    step: str | None
    code: str | None
    deliveries: list[TimelineDeliveryView]
    rules: list[str] = []


def read_timeline(session: Session, case_id: str, archive: JournalArchive) -> list[TimelineEntryView]:
    """The messages of a case and of the questions asked for it, in order; NotFound ``case-unknown``, Unavailable
    ``segment-missing``.
    """
    rows = list_case_entries(session, case_id, archive)
    if not rows:
        raise NotFound("case-unknown", "the journal has no message of this case", case_id=case_id)
    chains = {row.case_id for row in rows if row.case_id is not None}
    deliveries = session.execute(select(DeliveryRow).where(col(DeliveryRow.case_id).in_(chains))).scalars()
    by_message: dict[tuple[str | None, str | None], list[DeliveryRow]] = {}
    for delivery in deliveries:
        by_message.setdefault((delivery.sender, delivery.message_id), []).append(delivery)
    rules: dict[str | None, list[str]] = {}
    for firing in list_chain_firings(session, chains):
        rules.setdefault(firing.message_id, []).append(firing.rule_id)
    views = [_entry_view(row, by_message.get((row.sender, row.message_id), ())) for row in rows]
    for view in views:
        if view.message_id is not None:
            view.rules = list(dict.fromkeys(rules.get(view.message_id, ())))
    return views


def _entry_view(row: JournalRow, deliveries: Iterable[DeliveryRow]) -> TimelineEntryView:
    """The view of an entry; only an accepted message was delivered, though a replay has the same number."""
    shown = sorted(deliveries, key=lambda delivery: delivery.recipient) if row.event == "ACCEPTED" else []
    return TimelineEntryView(
        n=row.n,
        at=row.at,
        event=row.event,
        sender=row.sender,
        message_id=row.message_id,
        correlation_id=row.case_id,
        service_id=row.service_id,
        message_type=row.message_type,
        step=row.step,
        code=row.code,
        deliveries=[
            TimelineDeliveryView(
                recipient=delivery.recipient,
                state=delivery.state,
                changed_at=delivery.changed_at,
                error_code=delivery.error_code,
            )
            for delivery in shown
        ],
    )
