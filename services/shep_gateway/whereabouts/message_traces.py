"""The traces that a message leaves at ШЭП: journal entries, deliveries, mail, calls at doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlmodel import Session, col

from services.shep_gateway.doors.exchanges import ExchangeRow
from services.shep_gateway.doors.mailbox import MailRow, MailState
from services.shep_gateway.doors.push.endpoint_rows import PushedMailRow, PushEndpointRow
from services.shep_gateway.doors.webhooks.event_queue import EventState, WebhookEventRow
from services.shep_gateway.proof.case_records import WITHOUT_BODY, list_chains
from services.shep_gateway.storage import DeliveryRow, JournalRow
from shared.bus.messages.message import MessageType

MOST_ENTRIES = 200
MOST_CALLS = 5
OWN_CALLS = ("push", "webhook")
"""The calls that ШЭП makes: an endpoint's trouble is told by the mailbox."""


@dataclass(frozen=True)
class WaitingMail:
    """A message in a mailbox that its participant has not concluded, with what ШЭП tried to bring it there."""

    mail: MailRow
    pushed: PushedMailRow | None
    endpoint: PushEndpointRow | None
    event: WebhookEventRow | None


@dataclass(frozen=True)
class MessageTraces:
    """What ШЭП has of an id: ``entries`` in the order of the journal, ``deliveries`` and ``waiting_mail`` by
    sender and id of the message, ``calls`` at a door that ended with an error,
    ``answers`` the first answer to a question, by the question's chain.
    """

    entries: Sequence[JournalRow]
    deliveries: Mapping[tuple[str, str], Sequence[DeliveryRow]]
    waiting_mail: Mapping[tuple[str, str, str], WaitingMail]
    calls: Sequence[ExchangeRow]
    answers: Mapping[str, JournalRow]


def read_traces(session: Session, any_id: str, reader: str | None) -> MessageTraces:
    """The traces of a message, case, session or call at a door; for a participant (``reader``) of the messages
    that it sent or received.
    """
    calls = _read_calls(session, any_id, reader)
    ids = {any_id, *(call.message_id for call in calls if call.id == any_id and call.message_id)}
    entries = _read_entries(session, ids, reader)
    deliveries = _read_deliveries(session, entries)
    waiting = {
        (row.sender, row.message_id, row.recipient): mail
        for rows in deliveries.values()
        for row in rows
        if (mail := _find_waiting_mail(session, row)) is not None
    }
    failed = [call for call in calls if call.code]
    return MessageTraces(entries, deliveries, waiting, failed, _read_answers(session, entries))


def _read_calls(session: Session, any_id: str, reader: str | None) -> Sequence[ExchangeRow]:
    row = ExchangeRow
    is_its = or_(
        col(row.id) == any_id,
        col(row.message_id) == any_id,
        col(row.sent_message_id) == any_id,
        col(row.correlation_id) == any_id,
        col(row.sent_correlation_id) == any_id,
    )
    query = select(row).where(is_its, col(row.door).not_in(OWN_CALLS))
    if reader is not None:
        query = query.where(col(row.participant) == reader)
    return session.execute(query.order_by(col(row.id).desc()).limit(MOST_CALLS)).scalars().all()


def _read_entries(session: Session, ids: set[str], reader: str | None) -> Sequence[JournalRow]:
    row = JournalRow
    is_of_case = col(row.case_id).in_(list_chains(session, ids))
    is_its = or_(is_of_case, *(column.in_(ids) for column in (col(row.message_id), col(row.session_id))))
    query = select(row).where(is_its).options(WITHOUT_BODY)
    if reader is not None:
        came_here = exists().where(
            col(DeliveryRow.sender) == col(row.sender),
            col(DeliveryRow.message_id) == col(row.message_id),
            col(DeliveryRow.recipient) == reader,
        )
        query = query.where(or_(col(row.sender) == reader, came_here))
    return session.execute(query.order_by(col(row.n)).limit(MOST_ENTRIES)).scalars().all()


def _read_answers(session: Session, entries: Sequence[JournalRow]) -> Mapping[str, JournalRow]:
    chains = {entry.case_id for entry in entries if entry.event == "ACCEPTED" and entry.step is None}
    query = select(JournalRow).where(
        col(JournalRow.case_id).in_(chains),
        col(JournalRow.event) == "ACCEPTED",
        col(JournalRow.message_type) == MessageType.RESPONSE.value,
    )
    rows = session.execute(query.options(WITHOUT_BODY).order_by(col(JournalRow.n).desc())).scalars()
    return {row.case_id or "": row for row in rows}


def _read_deliveries(
    session: Session, entries: Sequence[JournalRow]
) -> Mapping[tuple[str, str], Sequence[DeliveryRow]]:
    ids = {entry.message_id for entry in entries if entry.event == "ACCEPTED"}
    rows = session.execute(select(DeliveryRow).where(col(DeliveryRow.message_id).in_(ids))).scalars()
    by_message: dict[tuple[str, str], list[DeliveryRow]] = {}
    for delivery in rows:
        by_message.setdefault((delivery.sender, delivery.message_id), []).append(delivery)
    return by_message


def _find_waiting_mail(session: Session, delivery: DeliveryRow) -> WaitingMail | None:
    is_its = (
        col(MailRow.recipient) == delivery.recipient,
        col(MailRow.message_id) == delivery.message_id,
        col(MailRow.sender) == delivery.sender,
        col(MailRow.state) == MailState.WAITING.value,
    )
    mail = session.execute(select(MailRow).where(*is_its).limit(1)).scalar()
    if mail is None:
        return None
    of_event = (
        col(WebhookEventRow.participant) == mail.recipient,
        col(WebhookEventRow.message_id) == mail.message_id,
        col(WebhookEventRow.state) != EventState.DELIVERED.value,
    )
    return WaitingMail(
        mail,
        session.get(PushedMailRow, mail.id),
        session.get(PushEndpointRow, mail.recipient),
        session.execute(select(WebhookEventRow).where(*of_event).limit(1)).scalar(),
    )
