"""The mailboxes of the participants: messages that ШЭП has let pass and that wait to be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, func, select
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base
from shared.bus.http.live_streams import MOST_NEWS
from shared.bus.persistence.database import Database
from shared.bus.persistence.list_pages import write_in_order
from shared.bus.persistence.tables import UtcDateTime


class MailState(StrEnum):
    """The state of a message in a mailbox: not taken yet, or taken with the participant's verdict."""

    WAITING = "WAITING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class MailRow(Base, table=True):
    """A message for a participant: the bytes as their sender signed them, and ШЭП's attestation over both."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_waiting", "recipient", "state", "id"),
        Index("ix_mail_case", "recipient", "case_id"),
        Index("ix_mail_message", "recipient", "message_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    recipient: str = Field(max_length=100)
    sender: str = Field(max_length=100)
    message_id: str = Field(max_length=100)
    case_id: str = Field(max_length=100)
    service_id: str = Field(max_length=100)
    message_type: str = Field(max_length=20)
    session_id: str | None = Field(default=None, max_length=40)
    arrived_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    state: str = Field(default=MailState.WAITING.value, max_length=10)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signature: str
    hop: str | None = None


@dataclass(frozen=True)
class TakenMail:
    """The columns of a message that its recipient took as it came; see ``MailRow``."""

    recipient: str
    sender: str
    message_id: str
    case_id: str
    service_id: str
    message_type: str
    session_id: str | None
    arrived_at: datetime
    state: str
    body: bytes
    signature: str
    hop: str | None


AnyMail = MailRow | TakenMail

_MAIL: Any = MailRow.__table__  # type: ignore[attr-defined]


PUSHED_MAIL = "mail"
"""The topic that is woken when a message comes into the mailbox of whatever participant with an endpoint."""


def topic_of(recipient: str) -> str:
    """The topic that is woken when a message comes into a mailbox."""
    return f"mail:{recipient}"


def topic_of_case(recipient: str, case_id: str) -> str:
    """The topic that is woken when a message of a case comes into a mailbox: others that wait there sleep on."""
    return f"mail:{recipient}:{case_id}"


def write_mail(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Put messages into mailboxes, in order."""
    write_in_order(session, database, _MAIL, rows)


def find_answer(session: Session, recipient: str, case_id: str) -> MailRow | None:
    """The first waiting message of a query's chain, or None."""
    query = select(MailRow).where(
        col(MailRow.recipient) == recipient,
        col(MailRow.case_id) == case_id,
        col(MailRow.state) == MailState.WAITING.value,
    )
    return session.execute(query.order_by(col(MailRow.id)).limit(1)).scalar()


def list_waiting(
    session: Session,
    recipient: str,
    *,
    most: int,
    service_id: str | None = None,
    case_id: str | None = None,
    message_id: str | None = None,
) -> Sequence[MailRow]:
    """The oldest messages that wait for a participant, at most ``most``; of one service or case, or of one id, if
    given.
    """
    query = select(MailRow).where(
        col(MailRow.recipient) == recipient, col(MailRow.state) == MailState.WAITING.value
    )
    if service_id is not None:
        query = query.where(col(MailRow.service_id) == service_id)
    if case_id is not None:
        query = query.where(col(MailRow.case_id) == case_id)
    if message_id is not None:
        query = query.where(col(MailRow.message_id) == message_id)
    return session.execute(query.order_by(col(MailRow.id)).limit(most)).scalars().all()


def list_after(session: Session, recipient: str, mail_id: int, most: int) -> Sequence[MailRow]:
    """The messages that wait for a participant and came after the message with this id of the row."""
    query = select(MailRow).where(
        col(MailRow.recipient) == recipient,
        col(MailRow.state) == MailState.WAITING.value,
        col(MailRow.id) > mail_id,
    )
    return session.execute(query.order_by(col(MailRow.id)).limit(most)).scalars().all()


def read_last_number(session: Session) -> int:
    """The number of the newest message in any mailbox; 0 when there is none."""
    return session.execute(select(func.max(col(MailRow.id)))).scalar() or 0


def read_news(session: Session, after: int) -> list[tuple[int, str]]:
    """Number and topic of the messages behind a number, in order, at most ``MOST_NEWS``."""
    query = select(col(MailRow.id), col(MailRow.recipient)).where(col(MailRow.id) > after)
    rows = session.execute(query.order_by(col(MailRow.id)).limit(MOST_NEWS))
    return [(number, topic_of(recipient)) for number, recipient in rows]


def find_mail(session: Session, recipient: str, sender: str | None, message_id: str) -> MailRow | None:
    """A message of a mailbox by its id, and by its sender where the participant names one; or None."""
    query = select(MailRow).where(col(MailRow.recipient) == recipient, col(MailRow.message_id) == message_id)
    if sender is not None:
        query = query.where(col(MailRow.sender) == sender)
    return session.execute(query.order_by(col(MailRow.id)).limit(1)).scalar()
