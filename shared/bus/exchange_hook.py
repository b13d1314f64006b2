"""The one place where what a system exchanges with others can be disturbed on purpose.

The launcher gives a hook to an instance where the profile allows trials. Without a hook, and with one that has
nothing to do, messages and requests pass as they are.
"""

from __future__ import annotations

from typing import Protocol

from starlette.types import ASGIApp

from shared.bus.carriers.transport import Transport
from shared.bus.messages.message import MessageInfo


class ExchangeHook(Protocol):
    """Stands between one system and its carrier, its callers and its handlers."""

    def wrap_transport(self, transport: Transport) -> Transport:
        """The carrier as this system meets it; it keeps the promises of `Transport`."""

    def wrap_app(self, app: ASGIApp) -> ASGIApp:
        """The HTTP side of this system as callers meet it."""

    def check_handling(self, info: MessageInfo, key: str, body: bytes) -> None:
        """Called before the message with this ``key`` is handled; an exception is a fault of the handler."""

    def change_content(self, address: str, info: MessageInfo, body: bytes) -> bytes:
        """The bytes that this system signs and sends in place of ``body``."""
