"""The sent messages of cases, and the refusals of their receivers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Select, func, select, update
from sqlmodel import Field, Session, col

from shared.bus.messages.message import MessageType
from shared.bus.persistence.database import Database
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.readiness import ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime
from shared.workplace.records import storage
from shared.workplace.records.storage import Base

MOST_ATTEMPTS = 3
"""How often the clerks of a machine send a result, the first time included; then only people send it again."""
HAS_IT_ALREADY = "step-already-done"
"""The code of a receiver that has the result: it refuses a result that is sent again for another receiver."""


class SentMessageRow(Base, table=True):
    """A message that this workplace sent in the name of a step. ``attempt`` counts the sendings of a result, from
    1.
    """

    __tablename__ = "sent_message"
    message_id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(max_length=100)
    step: str = Field(max_length=40)
    message_type: str = Field(max_length=20)
    attempt: int


class RefusalRow(Base, table=True):
    """A message of a case that will not arrive, as ШЭП reports. ``recipient`` is the system that refused the
    message; empty where ШЭП did. ``resent_at`` is when the result was sent again under another id.
    """

    __tablename__ = "message_refusal"
    __table_args__ = (Index("ix_message_refusal_newest", "refused_at", "message_id", "recipient"),)
    message_id: str = Field(primary_key=True, max_length=36)
    recipient: str = Field(primary_key=True, max_length=100)
    case_id: str = Field(max_length=100, index=True)
    step: str = Field(max_length=40)
    message_type: str = Field(max_length=20)
    attempt: int
    code: str = Field(max_length=100)
    refused_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    resent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


_SENT: Any = SentMessageRow.__table__  # type: ignore[attr-defined]
_IS_OPEN = (col(RefusalRow.message_type) == MessageType.RESPONSE.value, col(RefusalRow.resent_at).is_(None))
"""A result that was refused and not sent again."""


def write_sent(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Store sent messages."""
    database.write_many(session, _SENT, rows)


def record_refusal(
    session: Session, message_id: str, recipient: str, code: str, now: datetime
) -> RefusalRow | None:
    """Record that a message was refused; None for a message of no case here, for a refusal that is known, and for
    a receiver that has the result already.
    """
    sent = session.get(SentMessageRow, message_id) or _sent_query(session, message_id)
    if sent is None or (sent.attempt > 1 and code == HAS_IT_ALREADY):
        return None
    if session.get(RefusalRow, (message_id, recipient)) is not None:
        return None
    row = RefusalRow(
        message_id=message_id,
        recipient=recipient,
        case_id=sent.case_id,
        step=sent.step,
        message_type=sent.message_type,
        attempt=sent.attempt,
        code=code,
        refused_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _sent_query(session: Session, message_id: str) -> SentMessageRow | None:
    """The message of a query to a register, which has a chain of its own."""
    query = storage.query_by_message(session, message_id)
    if query is None or query.case_id == storage.NO_CASE:
        return None
    return SentMessageRow(
        message_id=message_id,
        case_id=query.case_id,
        step=query.step,
        message_type=MessageType.REQUEST.value,
        attempt=1,
    )


def refusals_of(session: Session, case_ids: Sequence[str]) -> list[RefusalRow]:
    """The refusals of these cases' messages, in order."""
    query = select(RefusalRow).where(col(RefusalRow.case_id).in_(case_ids)).order_by(col(RefusalRow.refused_at))
    return list(session.execute(query).scalars()) if case_ids else []


def list_refusals(session: Session, place: ListPlace) -> ListPage[RefusalRow]:
    """The refusals at this workplace, the newest first."""
    order = ListOrder((col(RefusalRow.refused_at), col(RefusalRow.message_id), col(RefusalRow.recipient)))
    return order.read_page(select(RefusalRow), place, select_rows(session))


def find_refused_result(session: Session, case_id: str) -> RefusalRow | None:
    """The refusal of a case's last result, which was not sent again since; or None."""
    query = select(RefusalRow).where(col(RefusalRow.case_id) == case_id, *_IS_OPEN)
    row: RefusalRow | None = session.execute(
        query.order_by(col(RefusalRow.refused_at).desc()).limit(1)
    ).scalar_one_or_none()
    return row


def mark_resent(session: Session, case_id: str, now: datetime) -> None:
    """Record that the refused result of a case was sent again."""
    session.execute(update(RefusalRow).where(col(RefusalRow.case_id) == case_id, *_IS_OPEN).values(resent_at=now))


def cases_with_refused_results() -> Select[Any]:
    """The query for the ids of the cases whose result was refused and not sent again."""
    return select(col(RefusalRow.case_id)).where(*_IS_OPEN)


def check_refused_results(runtime: Runtime) -> Iterable[ReadinessProblem]:
    """A readiness check: how many results wait to be sent again."""
    with runtime.resource(Database).read_session() as session:
        count = session.execute(select(func.count()).select_from(RefusalRow).where(*_IS_OPEN)).scalar_one()
    if count:
        yield ReadinessProblem("results-refused", is_fatal=False, details={"count": str(count)})
