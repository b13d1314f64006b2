"""Routing of messages to handlers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, Malformed, Refused
from shared.bus.logs import log
from shared.bus.messages.message import MessageContract, MessageInfo, read_data
from shared.bus.messages.withdrawals import MessageWithdrawn
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


@dataclass(frozen=True, slots=True)
class BuriedMessage:
    """A message of this system, or one that it forwards, that the carrier never takes: the reason, the address of
    the next system on its way, the message's envelope.
    """

    error: BusError
    address: str
    info: MessageInfo
    is_forwarded: bool


@dataclass(frozen=True, slots=True)
class _RegisteredHandler:
    contract: type[MessageContract]
    handler: Handler[Any]
    senders: frozenset[str] | None
    stand_in_claim: str | None = None

    def check_envelope(self, received: ReceivedMessage) -> None:
        """Compare the message's type and sender with the contract, before the data are read."""
        expected, message_type = self.contract.message_type, received.info.message_type
        if expected is not None and message_type is not expected:
            raise Malformed(
                "contract-type-mismatch", f"{self.contract.contract} is never carried by {message_type}"
            )
        if self.senders is not None and not self.senders.intersection(self._speakers_of(received)):
            raise Refused("not-a-participant", f"{self.contract.contract} comes from another system")

    def _speakers_of(self, received: ReceivedMessage) -> Iterator[str]:
        yield received.sender.address
        replaced = received.hop.get(self.stand_in_claim) if self.stand_in_claim else None
        if isinstance(replaced, str):
            yield replaced


class MessageRouter:
    """Handlers by contract; one forwarder for all other messages; one hook for messages that the kernel
    refuses, and one for messages that the carrier never takes.
    """

    def __init__(self) -> None:
        self._handlers = {
            MessageWithdrawn.contract: _RegisteredHandler(MessageWithdrawn, _note_withdrawal, None),
        }
        self._on_burial: Callable[[BuriedMessage, UnitOfWork], None] | None = None
        self._forwarder: Forwarder | None = None
        self._on_refusal: Callable[[MessageRefusal, UnitOfWork], None] | None = None

    def register_handler(
        self, *contracts: type[C], senders: Collection[str] | None = None, stand_in_claim: str | None = None
    ) -> Callable[[Handler[C]], Handler[C]]:
        """Register a handler for these contracts: a free function (data, received message, unit of work).

        ``senders`` are the only systems that may send them; None where the handler decides. ``stand_in_claim`` is
        the claim of the last hop that names the system for which the sender stands.
        """

        def add_handler(handler: Handler[C]) -> Handler[C]:
            allowed = None if senders is None else frozenset(senders)
            for contract in contracts:
                self._handlers[contract.contract] = _RegisteredHandler(contract, handler, allowed, stand_in_claim)
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

    def register_burial_hook(
        self, hook: Callable[[BuriedMessage, UnitOfWork], None]
    ) -> Callable[[BuriedMessage, UnitOfWork], None]:
        """Register the hook that is called for each message that the carrier never takes, in the transaction that
        makes it a dead letter.
        """
        self._on_burial = hook
        return hook

    def dispatch(self, received: ReceivedMessage, uow: UnitOfWork) -> None:
        """Call the handler or the forwarder.

        Malformed ``contract-unknown`` when there is neither, ``contract-type-mismatch`` for a message of a type
        that never carries the contract; Refused ``not-a-participant`` for a sender that may not send the contract.
        """
        uow.check_handling(received)
        contract = received.header.message_data.contract
        if entry := self._handlers.get(contract):
            entry.check_envelope(received)
            entry.handler(read_data(received.raw.body, entry.contract), received, uow)
        elif self._forwarder is not None:
            self._forwarder(received, uow)
        else:
            raise Malformed("contract-unknown", f"no handler for {contract!r} here")

    def forwards(self, received: ReceivedMessage) -> bool:
        """Whether the message is one for the forwarder."""
        return self._forwarder is not None and received.header.message_data.contract not in self._handlers

    def notify_refusal(self, refusal: MessageRefusal, uow: UnitOfWork) -> None:
        if self._on_refusal is not None:
            self._on_refusal(refusal, uow)

    def notify_burial(self, buried: BuriedMessage, uow: UnitOfWork) -> None:
        if self._on_burial is not None:
            self._on_burial(buried, uow)


def _note_withdrawal(notice: MessageWithdrawn, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Log that a message will not come; the notice itself uses the message's number."""
    log(
        "message.withdrawn",
        source=received.neighbour.address,
        message_id=notice.message_id,
        correlation_id=received.info.correlation_id,
        code=notice.error_code,
    )
