"""Messages and their deliveries, in the form in which the REST door shows them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from services.shep_gateway.doors.mailbox import AnyMail
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.messages.message import MessageType
from shared.contracts.cases import DeliveryState
from shared.contracts.statuses import StatusCode, find_status_code

MOST_RECIPIENTS = 20
MOST_PROPERTIES = 30
LONGEST_SIGNATURE = 4000

Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.:{}/-]+$")]


class MessageData(BaseModel):
    """The contents of a message: the name of the contract, and data of its shape."""

    contract: Annotated[str, Field(min_length=1, max_length=100)]
    data: dict[str, Any]


PropertyKey = Annotated[str, Field(min_length=1, max_length=30)]
PropertyValue = Annotated[str, Field(max_length=500)]


class MessageRequest(RequestModel):
    """A message to send; ШЭП makes the ids that are left out."""

    service_id: Word
    message_type: MessageType = MessageType.REQUEST
    message_id: Word | None = None
    correlation_id: Word | None = None
    region: Word | None = None
    properties: Annotated[
        dict[PropertyKey, PropertyValue], Field(default_factory=dict, max_length=MOST_PROPERTIES)
    ]
    content: MessageData


class DoorDeviationView(BaseModel):
    """A departure of a call from the contract of its door."""

    code: str
    element: str


class MailView(BaseModel):
    """A message for the participant; ``properties`` and ``content`` are those of its sender, ``status_code`` is
    the code of the status in a case's message.
    """

    message_id: str
    correlation_id: str
    service_id: str
    message_type: MessageType
    region: str | None
    sender: str
    session_id: str | None
    properties: dict[str, str]
    arrived_at: datetime
    state: Literal["WAITING", "ACCEPTED", "REFUSED"]
    status_code: StatusCode | None
    content: MessageData

    @classmethod
    def from_row(cls, row: AnyMail) -> MailView:
        message = json.loads(row.body)
        info = message["messageInfo"]
        return cls(
            message_id=row.message_id,
            correlation_id=row.case_id,
            service_id=row.service_id,
            message_type=MessageType(row.message_type),
            region=info.get("routeId"),
            sender=row.sender,
            session_id=row.session_id,
            properties={entry["key"]: entry["value"] for entry in info.get("properties", ())},
            arrived_at=row.arrived_at,
            state=row.state,
            status_code=find_status_code(message["messageData"]),
            content=message["messageData"],
        )


class MessageStateView(BaseModel):
    """The delivery of a message that the participant sent, to one recipient."""

    recipient: str
    state: DeliveryState
    changed_at: datetime
    error_code: str | None

    @classmethod
    def from_row(cls, row: Any) -> MessageStateView:
        """The view of a DeliveryRow, or of a row of its columns."""
        return cls(
            recipient=row.recipient,
            state=DeliveryState(row.state),
            changed_at=row.changed_at,
            error_code=row.error_code,
        )


class RefusedQuestionView(BaseModel):
    """Who refused a question that had passed, and with which code; ``explanation`` as in a problem."""

    recipient: str
    code: str
    explanation: dict[str, Any] | None = None


class PassedMessageView(BaseModel):
    """A message that ШЭП let pass; ``answer`` is there when one came within ``wait`` seconds, ``refusal`` when the
    recipient refused the message instead.
    """

    message_id: str
    correlation_id: str
    session_id: str
    answer: MailView | None = None
    refusal: RefusedQuestionView | None = None
