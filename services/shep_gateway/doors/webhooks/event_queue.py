"""The webhooks of the participants, and the queue of events to post: one row for each message and participant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, delete, exists, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, col

from services.shep_gateway.doors.mailbox import MailRow, MailState
from services.shep_gateway.storage import Base
from shared.bus.errors import NotFound
from shared.bus.messages.webhook_signatures import new_secret
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import HotTable
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id

TOPIC = "webhook-events"
"""The topic that is woken when an event is queued."""
OLD_SECRET_FOR = timedelta(hours=24)
"""How long the secret before the last rotation signs too, by the machine's time."""
LEASE = timedelta(seconds=60)
"""After this time an event whose process died while it posted the event is due again."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=0.5), timedelta(hours=1)
MOST_ATTEMPTS = 26
"""The attempts of an event, over about half a day, after which the event fails and its case goes on."""
MOST_REPLAYED = 10_000
TAKEN = "mail-concluded"
"""The code of an event that was not posted, because the participant had taken the message already."""


class WebhookKind(StrEnum):
    """What a webhook tells: a message of another system, or the delivery state of a message that was sent."""

    MESSAGE = "message"
    DELIVERY_STATE = "delivery-state"


class EventState(StrEnum):
    """The state of an event: to be posted, taken by the endpoint, or given up."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookRow(Base, table=True):
    """The webhook of a participant; ``events`` are kinds separated by commas.

    ``concludes``: an answer 2xx accepts the message. ``old_secret`` signs too until ``old_secret_until``.
    """

    __tablename__ = "webhook"
    participant: str = Field(primary_key=True, max_length=100)
    url: str = Field(max_length=500)
    events: str = Field(max_length=60)
    concludes: bool = False
    secret: str = Field(max_length=80)
    old_secret: str | None = Field(default=None, max_length=80)
    old_secret_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))

    def live_secrets(self, now: datetime) -> list[str]:
        """The secrets that sign at the machine's time ``now``, the newest first."""
        is_old_live = self.old_secret_until is not None and now < self.old_secret_until
        return [self.secret, self.old_secret] if self.old_secret is not None and is_old_live else [self.secret]


@dataclass(frozen=True)
class WebhookKinds:
    """The kinds of events that a participant's webhook wants, separated by commas."""

    participant: str
    events: str


_WEBHOOKS: Any = WebhookRow.__table__  # type: ignore[attr-defined]
_ANY_WEBHOOK = select(_WEBHOOKS.c.participant).limit(1)
_KINDS = HotTable(_WEBHOOKS, WebhookKinds, is_locking=False)


class WebhookEventRow(Base, table=True):
    """An event to post, or posted; ``due_at`` is the machine's time; ``status`` and ``code`` of the last attempt.

    ``id`` gives the order within a case; ``event_id`` is the ``webhook-id``, the same in every attempt and replay.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (
        Index("ix_webhook_event_due", "state", "due_at"),
        Index("ix_webhook_event_case", "participant", "state", "case_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    participant: str = Field(max_length=100)
    sender: str = Field(max_length=100)
    message_id: str = Field(max_length=100)
    case_id: str = Field(max_length=100)
    kind: str = Field(max_length=20)
    event_id: str = Field(max_length=40)
    state: str = Field(default=EventState.PENDING.value, max_length=10)
    attempts: int = 0
    is_replayed: bool = False
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    status: int | None = None
    code: str | None = Field(default=None, max_length=60)


_EVENT: Any = WebhookEventRow.__table__  # type: ignore[attr-defined]
_NEWEST = ListOrder((col(WebhookEventRow.id),))


@dataclass(frozen=True)
class ClaimedEvent:
    """An event that this process posts now, and no other."""

    id: int
    event_id: str
    kind: WebhookKind
    attempts: int
    mail: MailRow
    url: str
    secrets: tuple[str, ...]
    concludes: bool


def queue_event(uow: UnitOfWork, mail: dict[str, Any], kind: WebhookKind) -> None:
    """Queue the event of a new message, if its recipient has a webhook for its kind; ``mail`` are the columns of
    the message's row in the mailbox.
    """
    kinds = uow.hot_rows(_KINDS).get(mail["recipient"])
    if kinds is not None and kind.value in kinds.events.split(","):
        uow.write_later(_write_events, make_event(mail, kind, uow.machine_now))
        uow.notify(TOPIC)


def _write_events(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    database.write_many(session, _EVENT, rows)


def make_event(mail: dict[str, Any], kind: WebhookKind, due_at: datetime) -> dict[str, Any]:
    """The row of a new event about a message, given as the columns of its row in the mailbox."""
    return {
        "participant": mail["recipient"],
        "sender": mail["sender"],
        "message_id": mail["message_id"],
        "case_id": mail["case_id"],
        "kind": kind.value,
        "event_id": random_id(),
        "state": EventState.PENDING.value,
        "attempts": 0,
        "is_replayed": False,
        "due_at": due_at,
        "status": None,
        "code": None,
    }


def find_webhook(session: Session, participant: str) -> WebhookRow:
    """The webhook of a participant; NotFound ``webhook-unknown``."""
    row = session.get(WebhookRow, participant)
    if row is None:
        raise NotFound("webhook-unknown", "the participant has set no webhook")
    return row


def rotate_secret(webhook: WebhookRow, now: datetime) -> str:
    """Give a webhook a new secret; the old one signs too for ``OLD_SECRET_FOR``."""
    webhook.old_secret, webhook.old_secret_until = webhook.secret, now + OLD_SECRET_FOR
    webhook.secret = new_secret()
    return webhook.secret


def remove_webhook(session: Session, participant: str) -> None:
    """Remove a webhook with its events; NotFound ``webhook-unknown``."""
    session.delete(find_webhook(session, participant))
    session.execute(delete(WebhookEventRow).where(col(WebhookEventRow.participant) == participant))


def list_events(
    session: Session, participant: str, place: ListPlace, state: str | None
) -> ListPage[WebhookEventRow]:
    """The events of a participant, the newest first."""
    query = select(WebhookEventRow).where(col(WebhookEventRow.participant) == participant)
    if state is not None:
        query = query.where(col(WebhookEventRow.state) == state)
    return _NEWEST.read_page(query, place, select_rows(session))


def find_due_participants(session: Session, now: datetime, busy: Collection[str], most: int) -> list[str]:
    """The participants with a webhook and a case whose first event is due, without the ``busy`` ones."""
    if session.connection().execute(_ANY_WEBHOOK).first() is None:
        return []
    earlier = aliased(WebhookEventRow)
    waits_for_another = exists().where(
        col(earlier.participant) == col(WebhookEventRow.participant),
        col(earlier.state) == EventState.PENDING.value,
        col(earlier.case_id) == col(WebhookEventRow.case_id),
        col(earlier.id) < col(WebhookEventRow.id),
    )
    query = (
        select(col(WebhookEventRow.participant))
        .distinct()
        .join(WebhookRow, col(WebhookRow.participant) == col(WebhookEventRow.participant))
        .where(
            col(WebhookEventRow.state) == EventState.PENDING.value,
            col(WebhookEventRow.due_at) <= now,
            col(WebhookEventRow.participant).not_in(busy),
            ~waits_for_another,
        )
    )
    return list(session.execute(query.limit(most)).scalars())


def claim_events(session: Session, participant: str, now: datetime, most: int) -> list[ClaimedEvent]:
    """Claim the due first events of the cases, ``most`` of them: no other process posts them during the lease."""
    webhook = session.get(WebhookRow, participant)
    if webhook is None:
        return []
    pending = (
        col(WebhookEventRow.participant) == participant,
        col(WebhookEventRow.state) == EventState.PENDING.value,
    )
    heads = select(func.min(WebhookEventRow.id)).where(*pending).group_by(col(WebhookEventRow.case_id))
    due = select(WebhookEventRow).where(col(WebhookEventRow.id).in_(heads), col(WebhookEventRow.due_at) <= now)
    rows = session.execute(due.order_by(col(WebhookEventRow.id)).limit(most).with_for_update()).scalars().all()
    claimed = []
    for row in rows:
        row.due_at, row.attempts = now + LEASE, row.attempts + 1
        mail = _find_mail(session, row)
        if mail is None or not (row.is_replayed or mail.state == MailState.WAITING.value):
            row.state, row.code = EventState.DELIVERED.value, TAKEN
            continue
        session.expunge(mail)
        secrets = tuple(webhook.live_secrets(now))
        kind = WebhookKind(row.kind)
        claimed.append(
            ClaimedEvent(
                row.id or 0, row.event_id, kind, row.attempts, mail, webhook.url, secrets, webhook.concludes
            )
        )
    return claimed


def _find_mail(session: Session, event: WebhookEventRow) -> MailRow | None:
    query = select(MailRow).where(
        col(MailRow.recipient) == event.participant,
        col(MailRow.case_id) == event.case_id,
        col(MailRow.sender) == event.sender,
        col(MailRow.message_id) == event.message_id,
    )
    return session.execute(query.limit(1)).scalar()


def conclude_event(
    session: Session, event: ClaimedEvent, status: int | None, code: str | None, now: datetime
) -> None:
    """Record an attempt: ``code`` None for a success, else the reason for which the event waits or fails."""
    values: dict[str, Any] = {"status": status, "code": code}
    if code is None:
        values["state"] = EventState.DELIVERED.value
    elif event.attempts >= MOST_ATTEMPTS:
        values["state"] = EventState.FAILED.value
    else:
        values["due_at"] = now + min(FIRST_PAUSE * 2 ** (event.attempts - 1), LONGEST_PAUSE)
    own = col(WebhookEventRow.id) == event.id, col(WebhookEventRow.attempts) == event.attempts
    session.execute(update(WebhookEventRow).where(*own).values(values))  # a replay may have begun meanwhile


def replay_events(session: Session, database: Database, participant: str, since: datetime, now: datetime) -> int:
    """Queue again, in their order, the events about the messages that came since then; returns their number.

    ``since`` is the bus's time. An event keeps its ``webhook-id``.
    """
    wanted = find_webhook(session, participant).events.split(",")
    query = select(MailRow).where(col(MailRow.recipient) == participant, col(MailRow.arrived_at) >= since)
    mails: Sequence[MailRow] = (
        session.execute(query.order_by(col(MailRow.id)).limit(MOST_REPLAYED)).scalars().all()
    )
    rows = [make_event(_columns_of(mail), kind_of(mail.service_id), now) for mail in mails]
    rows = [row for row in rows if row["kind"] in wanted]
    known = _take_event_ids(session, participant, {row["message_id"] for row in rows})
    for row in rows:
        row["event_id"] = known.get((row["sender"], row["message_id"]), row["event_id"])
        row["is_replayed"] = True
    if rows:
        database.write_many(session, _EVENT, rows)
    return len(rows)


def _take_event_ids(
    session: Session, participant: str, message_ids: Collection[str]
) -> dict[tuple[str, str], str]:
    """Take the events about these messages out of the queue: their ids, by sender and message."""
    own = (
        col(WebhookEventRow.participant) == participant,
        col(WebhookEventRow.message_id).in_(message_ids),
    )
    events = session.execute(select(WebhookEventRow).where(*own)).scalars().all()
    known = {(event.sender, event.message_id): event.event_id for event in events}
    session.execute(delete(WebhookEventRow).where(*own))
    return known


def _columns_of(mail: MailRow) -> dict[str, Any]:
    return {name: getattr(mail, name) for name in ("recipient", "sender", "message_id", "case_id")}


def kind_of(service_id: str) -> WebhookKind:
    """The kind of event that a message is."""
    return WebhookKind.DELIVERY_STATE if service_id == WebhookKind.DELIVERY_STATE.value else WebhookKind.MESSAGE
