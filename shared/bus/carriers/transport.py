"""The interface between the bus and its carriers: two implementations, one contract suite.

A transport moves *signed bytes* between *addresses*. It promises: ``publish`` reports for each message whether the
carrier has stored it (or that the address does not exist); a published message that the receiver has not finished
is delivered again after a crash; messages to one address arrive in the order of publication, unless faults reorder
them. It does not promise single delivery: the inbox filters repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.bus.errors import BusError

NO_ADDRESS = "no-such-address"
"""The code of a failure that may last for ever: no queue takes messages to this address, now."""
NEVER_TAKEN = "broker-never-takes"
"""The code of a failure for ever: the carrier takes at least one message of this publication at no time."""


@dataclass(frozen=True, slots=True)
class SignedBytes:
    """The bytes on the bus: the sender's message, the sender's signature over it, the last forwarder's signature
    over both.
    """

    body: bytes
    signature: str
    hop: str | None = None


@dataclass(frozen=True, slots=True)
class TransportMessage:
    """One message to publish. ``message_type`` is the last word of the routing key, for other queues that
    listen.
    """

    address: str
    message_type: str
    message_id: str
    correlation_id: str
    raw: SignedBytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivered message; ``tag`` belongs to the subscription."""

    raw: SignedBytes
    redelivered: bool
    tag: object


@dataclass(frozen=True, slots=True)
class QueueState:
    """What waits at an address: messages that nobody has taken yet, and how many take them."""

    messages: int
    consumers: int


class MessageSubscription(Protocol):
    """The subscription to the messages of one address."""

    async def receive_batch(self, most: int) -> list[Delivery]:
        """Wait for one message, then return all present ones, at most ``most``, in order of arrival."""

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Confirm to the carrier that these deliveries are finished; no effect on messages that were delivered
        again since.
        """

    async def take_share(self, place: int, of: int) -> None:
        """Leave to the other replicas what is theirs: this is the replica in ``place`` (from 0) ``of`` so many.

        Without partitions all replicas compete for every message, and this does nothing.
        """

    async def close(self) -> None:
        """Stop; unfinished deliveries return to the address."""


class Transport(Protocol):
    """A carrier of messages."""

    async def open(self) -> None:
        """Connect; Unavailable ``broker-unavailable`` when that takes too long."""

    async def close(self) -> None: ...

    @property
    def is_connected(self) -> bool: ...

    @property
    def fault(self) -> BusError | None:
        """What an operator must mend at the carrier before this system can receive, None where nothing.

        Unavailable ``topology-changed``, ``queue-missing``; the message has the carrier's own words.
        """

    async def subscribe(self, address: str, prefetch: int) -> MessageSubscription:
        """Create the address and receive its messages, with at most ``prefetch`` unfinished ones."""

    async def inspect_queue(self, address: str) -> QueueState | None:
        """What waits at an address, and None where there is no such address; Unavailable ``broker-unavailable``.

        The numbers of a moment ago: a broker counts with a delay of some seconds.
        """

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        """Publish in order; the result holds for each message None (stored) or the failure, and no message raises.

        The failures are Unavailable ``no-such-address``, ``broker-unavailable``, ``broker-refused``,
        ``broker-never-takes`` (for all messages of a publication of which the carrier never takes one).
        """
