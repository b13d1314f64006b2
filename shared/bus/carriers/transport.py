"""The seam between the bus and what carries its bytes: two peers, one contract suite.

A transport moves *signed bytes* between *addresses*. It promises: ``publish`` says of each message whether the
carrier has it safely (or that nobody is there); what was published and not yet finished by the receiver is
delivered again after any crash; messages to one address arrive in the order published, unless faults reorder
them. It does not promise "once": the inbox does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.bus.errors import BusError


@dataclass(frozen=True, slots=True)
class SignedBytes:
    """What travels: the sender's bytes, the sender's signature over them, the last forwarder's over both."""

    body: bytes
    signature: str
    hop: str | None = None


@dataclass(frozen=True, slots=True)
class TransportMessage:
    """One message to publish. ``message_type`` is the last word of the routing key, for those who listen in."""

    address: str
    message_type: str
    message_id: str
    correlation_id: str
    raw: SignedBytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it arrived; ``tag`` belongs to the subscription."""

    raw: SignedBytes
    redelivered: bool
    tag: object


class MessageSubscription(Protocol):
    """The messages of one address."""

    async def receive_batch(self, most: int) -> list[Delivery]:
        """Wait for one message, then return all that are there, ``most`` at most, in order of arrival."""

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the carrier that these are safely dealt with; harmless for what it has delivered anew."""

    async def close(self) -> None:
        """Stop; what was taken and not finished goes back to the address."""


class Transport(Protocol):
    """A carrier of messages."""

    async def open(self) -> None:
        """Connect; Unavailable ``broker-unavailable`` when that takes too long."""

    async def close(self) -> None: ...

    @property
    def is_connected(self) -> bool: ...

    async def subscribe(self, address: str, prefetch: int) -> MessageSubscription:
        """Make the address and receive its messages, ``prefetch`` unfinished ones at most."""

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        """Publish in order; for each None (the carrier has it) or why not: Unavailable ``no-such-address``,
        ``broker-unavailable``, ``broker-refused``. Never raises for a message."""
