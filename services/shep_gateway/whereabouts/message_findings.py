"""What the traces of a message say of it, as findings with stable codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import MappingProxyType

from services.shep_gateway.doors.exchanges import ExchangeRow
from services.shep_gateway.storage import DeliveryRow, JournalRow
from services.shep_gateway.whereabouts.message_traces import MessageTraces, WaitingMail
from shared.bus.http.records.whereabouts import WhereaboutsFinding
from shared.bus.messages.message import MessageType
from shared.contracts.cases import DeliveryState
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="finding_texts.yaml")
"""The meaning of each finding, by its code, in ru, kk and en."""
_OF_EVENT = {"REFUSED": "refused-by-gateway", "REPLAYED": "replayed", "UNDELIVERED": "never-taken"}
_OF_STATE = {
    DeliveryState.NOT_DELIVERED.value: "refused-by-recipient",
    DeliveryState.DELIVERY_STOPPED.value: "delivery-stopped",
    DeliveryState.DELIVERED.value: "delivered",
}


def make_finding(
    code: str, message_id: str | None = None, since: datetime | None = None, /, **details: object
) -> WhereaboutsFinding:
    """A finding with the details that are there; ``next_try_at`` is told as ``next-try-at``."""
    told = {name.replace("_", "-"): _as_text(value) for name, value in details.items() if value not in (None, "")}
    return WhereaboutsFinding(code, TEXTS[code], message_id, since, MappingProxyType(told))


def describe_call(call: ExchangeRow) -> WhereaboutsFinding:
    """The finding about a call at a door that ended with an error."""
    return make_finding(
        "call-refused",
        call.message_id or call.sent_message_id,
        call.began_at,
        code=call.code,
        exchange=call.id,
        door=call.door,
        operation=call.operation,
        http_status=call.http_status,
    )


def describe_entry(entry: JournalRow, traces: MessageTraces) -> Iterator[WhereaboutsFinding]:
    """The findings about one entry of the journal, one for each recipient; none of a delivery that is under way to
    a system of the bus: the queues tell of it (``list_under_way``).
    """
    if entry.event in _OF_EVENT:
        yield make_finding(
            _OF_EVENT[entry.event],
            entry.message_id,
            entry.at,
            code=entry.code,
            sender=entry.sender,
            recipient=entry.recipients,
        )
    for delivery in _deliveries_of(entry, traces):
        if (code := _OF_STATE.get(delivery.state)) is not None:
            facts = {"recipient": delivery.recipient, "code": delivery.error_code}
            yield make_finding(code, entry.message_id, delivery.changed_at, **facts)
        elif mail := traces.waiting_mail.get((delivery.sender, delivery.message_id, delivery.recipient)):
            yield from _describe_mail(mail)


def list_under_way(traces: MessageTraces) -> list[DeliveryRow]:
    """The deliveries under way to systems of the bus."""
    return [
        delivery
        for entry in traces.entries
        for delivery in _deliveries_of(entry, traces)
        if delivery.state == DeliveryState.ON_DELIVERY.value
        and (delivery.sender, delivery.message_id, delivery.recipient) not in traces.waiting_mail
    ]


def describe_questions(traces: MessageTraces) -> Iterator[WhereaboutsFinding]:
    """Whether the questions among the entries were answered: requests that name no step."""
    for entry in traces.entries:
        if entry.event != "ACCEPTED" or entry.step is not None or entry.message_type != MessageType.REQUEST:
            continue
        if (answer := traces.answers.get(entry.case_id or "")) is not None:
            yield make_finding("answered", answer.message_id, answer.at, sender=answer.sender)
            continue
        for delivery in _deliveries_of(entry, traces):
            if delivery.state == DeliveryState.DELIVERED.value:
                recipient = delivery.recipient
                yield make_finding("answer-awaited", entry.message_id, delivery.changed_at, recipient=recipient)


def _deliveries_of(entry: JournalRow, traces: MessageTraces) -> Sequence[DeliveryRow]:
    if entry.event != "ACCEPTED":
        return ()
    return traces.deliveries.get((entry.sender or "", entry.message_id or ""), ())


def _describe_mail(waiting: WaitingMail) -> Iterator[WhereaboutsFinding]:
    mail, pushed, endpoint, event = waiting.mail, waiting.pushed, waiting.endpoint, waiting.event
    if pushed is not None and pushed.pushed_at is not None:
        yield make_finding("pushed-without-verdict", mail.message_id, pushed.pushed_at, recipient=mail.recipient)
    else:
        yield make_finding("waits-in-mailbox", mail.message_id, mail.arrived_at, recipient=mail.recipient)
        if endpoint is not None and (endpoint.failures or pushed is not None):
            yield make_finding(
                "endpoint-failing",
                mail.message_id,
                recipient=mail.recipient,
                failures=endpoint.failures or (pushed.attempts if pushed else None),
                last_error=endpoint.last_error,
                next_try_at=max(endpoint.next_try_at, pushed.next_try_at) if pushed else endpoint.next_try_at,
            )
    if event is not None and event.code is not None:
        is_pending = event.state == "PENDING"
        yield make_finding(
            "webhook-failing" if is_pending else "webhook-given-up",
            mail.message_id,
            recipient=mail.recipient,
            attempts=event.attempts,
            http_status=event.status,
            code=event.code,
            next_try_at=event.due_at if is_pending else None,
        )


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
