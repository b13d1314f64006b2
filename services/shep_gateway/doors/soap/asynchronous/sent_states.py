"""The state of a message that a participant sent, over all its recipients, and of mail that is to come again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.doors import mailbox
from services.shep_gateway.doors.mailbox import MailRow, MailState
from services.shep_gateway.doors.push import endpoint_rows
from services.shep_gateway.storage import DeliveryRow
from shared.bus.errors import Conflict, NotFound
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DeliveryState

WORST_FIRST = (
    DeliveryState.NOT_DELIVERED,
    DeliveryState.DELIVERY_STOPPED,
    DeliveryState.ON_DELIVERY,
    DeliveryState.DELIVERED,
)
"""Which state of several recipients is that of the message."""


@dataclass(frozen=True)
class SentState:
    """The state of a message that was sent; ``error_code`` is set for a refusal."""

    state: DeliveryState
    changed_at: datetime
    error_code: str | None
    session_id: str


def find_state(session: Session, sender: str, message_id: str) -> SentState:
    """The worst state of the recipients of a message; NotFound ``delivery-unknown``."""
    query = select(DeliveryRow).where(col(DeliveryRow.sender) == sender, col(DeliveryRow.message_id) == message_id)
    rows = session.execute(query).scalars().all()
    if not rows:
        raise NotFound("delivery-unknown", "no delivery of this message is known")
    worst = min(rows, key=lambda row: WORST_FIRST.index(DeliveryState(row.state)))
    return SentState(DeliveryState(worst.state), worst.changed_at, worst.error_code, worst.session_id)


async def keep_waiting(runtime: Runtime, participant: str, message_id: str) -> MailRow:
    """Leave a mail in the mailbox, because the participant wants it again; NotFound ``mail-unknown``, Conflict
    ``mail-concluded``.
    """
    now = runtime.machine_now
    return await runtime.write(lambda uow: _keep_waiting(uow, participant, message_id, now))


def _keep_waiting(uow: UnitOfWork, participant: str, message_id: str, now: datetime) -> MailRow:
    mail = mailbox.find_mail(uow.session, participant, None, message_id)
    if mail is None:
        raise NotFound("mail-unknown", "no such message was put into this mailbox")
    if mail.state != MailState.WAITING.value:
        raise Conflict("mail-concluded", "the message was taken already", state=mail.state)
    endpoint_rows.push_again(uow.session, mail, now)
    uow.session.flush()
    uow.session.expunge(mail)
    return mail
