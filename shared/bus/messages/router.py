"""Which handler a message goes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.bus.carriers.transport import Raw
from shared.bus.errors import BusError, Malformed
from shared.bus.messages.message import Contract, read_data
from shared.bus.runtime.unit_of_work import Received, Work

C = TypeVar("C", bound=Contract)
Handler = Callable[[C, Received, Work], None]
Forwarder = Callable[[Received, Work], None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that is not dealt with: why, and as much of it as could be believed."""

    error: BusError
    raw: Raw
    received: Received | None


class Router:
    """Handlers by contract; one forwarder for everything else; one hook for what the kernel refused."""

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[type[Contract], Handler[Any]]] = {}
        self._forwarder: Forwarder | None = None
        self._on_refusal: Callable[[Refusal, Work], None] | None = None

    def on(self, *contracts: type[C]) -> Callable[[Handler[C]], Handler[C]]:
        """Register a handler for these contracts: a free function (data, message, work)."""

        def register(handler: Handler[C]) -> Handler[C]:
            self._handlers |= {one.contract: (one, handler) for one in contracts}
            return handler

        return register

    def forwards(self, forwarder: Forwarder) -> Forwarder:
        """Register what takes the messages that no handler is registered for, unread."""
        self._forwarder = forwarder
        return forwarder

    def refused(self, hook: Callable[[Refusal, Work], None]) -> Callable[[Refusal, Work], None]:
        """Register what is told of each refusal, in the transaction that records it."""
        self._on_refusal = hook
        return hook

    def dispatch(self, received: Received, work: Work) -> None:
        """Call the handler; Malformed ``contract-unknown`` when nobody here speaks it."""
        contract = received.head.message_data.contract
        if found := self._handlers.get(contract):
            kind, handler = found
            handler(read_data(received.raw.body, kind), received, work)
        elif self._forwarder is not None:
            self._forwarder(received, work)
        else:
            raise Malformed("contract-unknown", f"no handler for {contract!r} here")

    def tell(self, refusal: Refusal, work: Work) -> None:
        if self._on_refusal is not None:
            self._on_refusal(refusal, work)
