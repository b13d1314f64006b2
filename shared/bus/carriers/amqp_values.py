"""The texts of AMQP properties and headers, without any client."""

from __future__ import annotations

from typing import Any


def short_string(text: str) -> str | None:
    """``text`` if it fits an AMQP property (255 bytes), else None; the message itself holds the value anyway."""
    return text if len(text.encode()) <= 255 else None


def header_text(value: Any) -> str | None:
    """The text of a header, or None where a header holds no text."""
    if isinstance(value, bytes | bytearray):
        return value.decode("ascii", "replace")
    return value if isinstance(value, str) else None
