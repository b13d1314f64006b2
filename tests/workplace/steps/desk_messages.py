"""The messages that a workplace reads, with their handlers, and those that it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.bus.messages.message import MessageContract
from shared.contracts.cases import (
    ApplicationMessage,
    CaseResult,
    DeliveryStateChanged,
    StatusChanged,
    StatusNotice,
)
from shared.contracts.payments import PaymentOrder
from shared.contracts.registers import CitizenQuery, PersonAnswer, PersonQuery, PowerAnswer, PowerQuery
from shared.workplace import handlers

HANDLERS: Mapping[type[MessageContract], Callable[..., None]] = {
    ApplicationMessage: handlers.receive_application,
    StatusChanged: handlers.receive_status_change,
    StatusNotice: handlers.receive_notice,
    CaseResult: handlers.receive_result,
    PersonAnswer: handlers.receive_answer,
    PowerAnswer: handlers.receive_answer,
    DeliveryStateChanged: handlers.note_delivery,
}
SENT = (
    *(ApplicationMessage, CaseResult, StatusChanged, StatusNotice),
    *(PersonQuery, PowerQuery, CitizenQuery, PaymentOrder),
)
