"""A recording: a line of JSON for each message, in the order in which ШЭП let them pass (JSON Lines).

The fields are those of the REST door (``POST /api/v1/messages``), so that a recording can be written by hand too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.bus.errors import Malformed, NotFound
from shared.bus.messages.message import MessageType

MOST_MESSAGES = 100_000
Word = Annotated[str, Field(min_length=1, max_length=100)]


class RecordedContent(BaseModel):
    """The contents of a message: the name of the contract, and data of its shape."""

    model_config = ConfigDict(frozen=True)

    contract: Word
    data: dict[str, Any]


class RecordedMessage(BaseModel):
    """A message: who sent it to whom, when by the bus's time, and its fields as the REST door takes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    sender: Word
    recipients: list[Word] = []
    service_id: Word
    message_type: MessageType = MessageType.REQUEST
    message_id: Word
    correlation_id: Word
    region: Word | None = None
    properties: dict[str, str] = {}
    content: RecordedContent

    @classmethod
    def from_bus(cls, message: Mapping[str, Any], at: str, recipients: list[str]) -> Self:
        """A message in the form of the bus."""
        info = message["messageInfo"]
        return cls.model_validate(
            {
                "at": at,
                "sender": info["sender"]["senderId"],
                "recipients": recipients,
                "service_id": info["serviceId"],
                "message_type": info["messageType"],
                "message_id": info["messageId"],
                "correlation_id": info["correlationId"],
                "region": info.get("routeId"),
                "properties": {entry["key"]: entry["value"] for entry in info.get("properties", ())},
                "content": {name: message["messageData"][name] for name in ("contract", "data")},
            }
        )


def write_recording(file: Path, messages: Iterable[RecordedMessage]) -> int:
    """Write a file that only its owner reads, since it holds data of people; returns the number of messages."""
    lines = [message.model_dump_json(exclude_none=True) for message in messages]
    file.touch(mode=0o600)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def read_recording(file: Path) -> list[RecordedMessage]:
    """The messages in their order. NotFound ``file-unreadable``; Malformed ``recording-broken`` with the line."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound("file-unreadable", f"{file}: {error}", path=str(file)) from None
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise Malformed("recording-broken", f"{file} has no message", line=0, reason="no message")
    if len(numbered) > MOST_MESSAGES:
        raise Malformed(
            "recording-broken", f"over {MOST_MESSAGES} messages", line=MOST_MESSAGES, reason="too long"
        )
    return [_read_line(number, line) for number, line in numbered]


def _read_line(number: int, line: str) -> RecordedMessage:
    try:
        return RecordedMessage.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except ValueError as error:
        reason = str(error)
    raise Malformed("recording-broken", f"line {number}: {reason}", line=number, reason=reason)
