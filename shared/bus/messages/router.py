"""Routing of messages to handlers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, Malformed
from shared.bus.messages.message import MessageContract, read_data
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork

C = TypeVar("C", bound=MessageContract)
Handler = Callable[[C, ReceivedMessage, UnitOfWork], None]
Forwarder = Callable[[ReceivedMessage, UnitOfWork], None]


@dataclass(frozen=True, slots=True)
class MessageRefusal:
    """A message that is not handled: the error, and the verified parts of the message."""

    error: BusError
    raw: SignedBytes
    received: ReceivedMessage | None


class MessageRouter:
    """Handlers by contract; one forwarder for all other messages; one hook for messages that the kernel
    refuses.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[type[MessageContract], Handler[Any]]] = {}
        self._forwarder: Forwarder | None = None
        self._on_refusal: Callable[[MessageRefusal, UnitOfWork], None] | None = None

    def register_handler(self, *contracts: type[C]) -> Callable[[Handler[C]], Handler[C]]:
        """Register a handler for these contracts: a free function (data, received message, unit of work)."""

        def add_handler(handler: Handler[C]) -> Handler[C]:
            self._handlers |= {contract.contract: (contract, handler) for contract in contracts}
            return handler

        return add_handler

    def register_forwarder(self, forwarder: Forwarder) -> Forwarder:
        """Register the forwarder of messages without a handler; it does not read their data."""
        self._forwarder = forwarder
        return forwarder

    def register_refusal_hook(
        self, hook: Callable[[MessageRefusal, UnitOfWork], None]
    ) -> Callable[[MessageRefusal, UnitOfWork], None]:
        """Register the hook that is called for each refusal, in the transaction that records the refusal."""
        self._on_refusal = hook
        return hook

    def dispatch(self, received: ReceivedMessage, uow: UnitOfWork) -> None:
        """Call the handler or the forwarder; Malformed ``contract-unknown`` when there is neither."""
        contract = received.header.message_data.contract
        if entry := self._handlers.get(contract):
            kind, handler = entry
            handler(read_data(received.raw.body, kind), received, uow)
        elif self._forwarder is not None:
            self._forwarder(received, uow)
        else:
            raise Malformed("contract-unknown", f"no handler for {contract!r} here")

    def notify_refusal(self, refusal: MessageRefusal, uow: UnitOfWork) -> None:
        if self._on_refusal is not None:
            self._on_refusal(refusal, uow)
