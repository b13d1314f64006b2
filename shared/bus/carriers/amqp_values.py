"""The texts of AMQP properties and headers, without any client."""

from __future__ import annotations

from typing import Any

SIGNATURE, HOP = "signature", "hop"
"""The headers that a receiver reads: the sender's token, and the last forwarder's over both."""
MESSAGE_ID = "message-id"
"""The header with the id of the envelope, for listeners: the property ``message_id`` has another purpose."""
CONTENT_TYPE = "application/json"
PERSISTENT = 2
"""The delivery mode of every message."""
LONGEST_PROPERTY = 255


def short_string(text: str) -> str | None:
    """``text`` if it fits an AMQP property (255 bytes), else None; the message itself holds the value anyway."""
    return text if len(text.encode()) <= LONGEST_PROPERTY else None


def header_text(value: Any) -> str | None:
    """The text of a header, or None where a header holds no text."""
    if isinstance(value, bytes | bytearray):
        return value.decode("ascii", "replace")
    return value if isinstance(value, str) else None
