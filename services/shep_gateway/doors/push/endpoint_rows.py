"""The rows of pushing: the endpoints, what was pushed, and the cases whose answer a caller waits for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, col

from services.shep_gateway.doors.mailbox import MailRow, MailState
from services.shep_gateway.storage import Base, DeliveryRow, OwnQueueRow
from shared.bus.persistence.hot_tables import HotTable
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=0.5), timedelta(minutes=10)
LEASE = timedelta(seconds=90)
"""How long an endpoint belongs to the replica that calls it: longer than the longest call."""


class PushEndpointRow(Base, table=True):
    """A participant's endpoint; the moments are the machine's. ``failures`` counts those in a row."""

    __tablename__ = "push_endpoint"
    participant: str = Field(primary_key=True, max_length=100)
    url: str = Field(max_length=500)
    failures: int = 0
    last_error: str | None = Field(default=None, max_length=60)
    next_try_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    holder: str | None = Field(default=None, max_length=100)
    held_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


@dataclass(frozen=True)
class EndpointHolder:
    """A participant that has an endpoint, or a queue of its own."""

    participant: str


_ENDPOINTS: Any = PushEndpointRow.__table__  # type: ignore[attr-defined]
_ANY_ENDPOINT = select(_ENDPOINTS.c.participant).limit(1)
_HOLDERS = HotTable(_ENDPOINTS, EndpointHolder, is_locking=False)
_QUEUES: Any = OwnQueueRow.__table__  # type: ignore[attr-defined]
_QUEUE_HOLDERS = HotTable(_QUEUES, EndpointHolder, is_locking=False)


class PushedMailRow(Base, table=True):
    """A mail that was pushed, or that the participant refused to take for now; the moments are the machine's."""

    __tablename__ = "pushed_mail"
    __table_args__ = (Index("ix_pushed_case", "participant", "case_id"),)
    mail_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    participant: str = Field(max_length=100)
    case_id: str = Field(max_length=100)
    attempts: int = 0
    next_try_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    pushed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class AwaitedCaseRow(Base, table=True):
    """A question whose answer its caller takes in the same call: pushed only if the caller went away."""

    __tablename__ = "awaited_case"
    participant: str = Field(primary_key=True, max_length=100)
    case_id: str = Field(primary_key=True, max_length=100)
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time."""
    doublings: int = min(max(failures - 1, 0), 20)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def list_due_endpoints(
    session: Session, now: datetime, replica: str, busy: Collection[str], most: int
) -> Sequence[str]:
    """The participants with mail that may be pushed now by this replica, without those that are ``busy``."""
    if session.connection().execute(_ANY_ENDPOINT).first() is None:
        return ()
    endpoint = PushEndpointRow
    query = select(col(endpoint.participant)).where(
        col(endpoint.next_try_at) <= now,
        or_(col(endpoint.holder).is_(None), col(endpoint.holder) == replica, col(endpoint.held_until) <= now),
        col(endpoint.participant).not_in(list(busy)),
        exists(select(col(MailRow.id)).where(col(MailRow.recipient) == col(endpoint.participant), *_is_due(now))),
    )
    return session.execute(query.order_by(col(endpoint.next_try_at)).limit(most)).scalars().all()


def find_due_mail(session: Session, recipient: str, now: datetime) -> MailRow | None:
    """The oldest mail that may be pushed now: none of a case whose earlier mail waits for its next attempt."""
    query = select(MailRow).where(col(MailRow.recipient) == recipient, *_is_due(now))
    return session.execute(query.order_by(col(MailRow.id)).limit(1)).scalar()


def has_endpoint(uow: UnitOfWork, participant: str) -> bool:
    """Whether mail is pushed to a participant; asked once for the whole batch."""
    return uow.hot_rows(_HOLDERS).get(participant) is not None


def hold_answer(uow: UnitOfWork, recipient: str, case_id: str, until: datetime) -> None:
    """Keep the answer of this case in the mailbox until then, because the participant's call waits: push it to no
    endpoint, send it to no queue.
    """
    if has_endpoint(uow, recipient) or uow.hot_rows(_QUEUE_HOLDERS).get(recipient) is not None:
        uow.session.merge(AwaitedCaseRow(participant=recipient, case_id=case_id, until=until))


def is_awaited(session: Session, recipient: str, case_id: str, now: datetime) -> bool:
    """Whether a call of the participant waits for the answer of this case."""
    row = session.get(AwaitedCaseRow, (recipient, case_id))
    return row is not None and row.until > now


def push_again(session: Session, mail: MailRow, now: datetime) -> None:
    """Push a mail once more, after a pause, because its recipient asks for it again: perhaps before the call that
    brought the mail has ended.
    """
    row = session.get(PushedMailRow, mail.id)
    if row is None:
        row = PushedMailRow(
            mail_id=mail.id or 0, participant=mail.recipient, case_id=mail.case_id, next_try_at=now
        )
        session.add(row)
    row.pushed_at, row.next_try_at = None, now + pause_after(max(row.attempts, 1))


def is_wanted_again(session: Session, mail: MailRow, began: datetime) -> bool:
    """Whether the recipient asked for a mail again after its push ``began``."""
    row = session.get(PushedMailRow, mail.id)
    return row is not None and row.next_try_at > began


def wants_good_news(uow: UnitOfWork, sender: str, message_id: str) -> bool:
    """Whether a participant gets a notice of each delivery: it has an endpoint and does not wait in the call."""
    if not has_endpoint(uow, sender):
        return False
    awaited = select(col(AwaitedCaseRow.case_id)).join(
        DeliveryRow,
        (col(DeliveryRow.sender) == col(AwaitedCaseRow.participant))
        & (col(DeliveryRow.case_id) == col(AwaitedCaseRow.case_id)),
    )
    awaited = awaited.where(col(DeliveryRow.sender) == sender, col(DeliveryRow.message_id) == message_id)
    return uow.session.execute(awaited.limit(1)).first() is None


def _is_due(now: datetime) -> Sequence[ColumnElement[bool]]:
    """What holds of a mail that may be pushed now."""
    own: Any = aliased(PushedMailRow)
    earlier: Any = aliased(PushedMailRow)
    awaited: Any = aliased(AwaitedCaseRow)
    return (
        col(MailRow.state) == MailState.WAITING.value,
        ~exists().where(own.mail_id == MailRow.id, or_(own.pushed_at.is_not(None), own.next_try_at > now)),
        ~exists().where(
            earlier.participant == MailRow.recipient,
            earlier.case_id == MailRow.case_id,
            earlier.mail_id < MailRow.id,
            earlier.pushed_at.is_(None),
            earlier.next_try_at > now,
        ),
        ~exists().where(
            awaited.participant == MailRow.recipient, awaited.case_id == MailRow.case_id, awaited.until > now
        ),
    )
