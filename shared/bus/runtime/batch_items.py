"""The items of a batch, and the results of a batch."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.bus.carriers.transport import Delivery, SignedBytes, TransportMessage
from shared.bus.errors import BusError, Conflict, Internal
from shared.bus.messages.router import MessageRouter
from shared.bus.persistence.ledger import Ledger, ParkedMessage
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork


@dataclass(frozen=True, slots=True)
class LocalTask:
    """Work that does not come over the bus: an HTTP request, a timer."""

    run: Callable[[UnitOfWork], Any]
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class DirectMessage(LocalTask):
    """A message that comes over HTTP; ``run`` is what its caller does in the same transaction after the handler,
    and ``future`` gets the ReceivedMessage. ``is_sealed_here``: see ``Gate.admit``.
    """

    raw: SignedBytes
    is_sealed_here: bool = False


QueueItem = Delivery | ParkedMessage | LocalTask


@dataclass(slots=True)
class BatchItem:
    """An item of one batch, with what became of the item."""

    item: QueueItem
    received: ReceivedMessage | None = None
    error: BusError | None = None

    @property
    def raw(self) -> SignedBytes:
        assert isinstance(self.item, Delivery | ParkedMessage | DirectMessage)  # noqa: S101 - tasks have no bytes
        return self.item.raw

    @property
    def is_direct(self) -> bool:
        """Whether the item is a message that takes no place in a stream."""
        return isinstance(self.item, DirectMessage)


@dataclass
class BatchResult:
    """The results of a committed transaction."""

    outgoing: list[tuple[str, TransportMessage]] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    task_results: dict[int, Any] = field(default_factory=dict)
    remaining: list[QueueItem] = field(default_factory=list)
    """The items that were not reached because the database became unavailable."""
    refused: list[QueueItem] = field(default_factory=list)
    """The deliveries of which the database, though it answers, stores nothing, not even the waiting."""
    parked_delta: int = 0
    handled_count: int = 0

    def add_result(self, result: BatchResult) -> None:
        self.outgoing += result.outgoing
        self.topics |= result.topics
        self.after_commit += result.after_commit
        self.task_results |= result.task_results
        self.refused += result.refused
        self.parked_delta += result.parked_delta
        self.handled_count += result.handled_count


@dataclass(frozen=True)
class TaskFailure:
    """The exception of a task, raised to the caller that waits for the task."""

    error: BaseException


def count_attempts(batch_item: BatchItem, code: str) -> int:
    """How often the item was parked for this reason; waits for another reason do not count."""
    return (
        batch_item.item.attempts
        if isinstance(batch_item.item, ParkedMessage) and batch_item.item.code == code
        else 0
    )


def list_received(batch_items: Iterable[BatchItem]) -> tuple[list[ReceivedMessage], list[ReceivedMessage]]:
    """The admitted messages of a batch, and those of them that have a place in a stream."""
    admitted = [(batch_item, batch_item.received) for batch_item in batch_items if batch_item.received]
    ordered = [received for batch_item, received in admitted if not batch_item.is_direct]
    return [received for _, received in admitted], ordered


def accept_direct(
    batch_item: BatchItem, router: MessageRouter, ledger: Ledger, uow: UnitOfWork
) -> ReceivedMessage:
    """Dispatch a message that comes over HTTP for the first time, and do what its caller wants done with it.

    Raises the fault of the gate, of the handler or of the caller's act; Conflict ``message-replayed`` for the
    bytes of an earlier message, ``message-id-reused`` for other bytes under its id.
    """
    received, item = batch_item.received, batch_item.item
    if batch_item.error is not None or received is None or not isinstance(item, DirectMessage):
        raise batch_item.error or Internal("not-admitted")
    known_digest = ledger.known_digests.get(received.message_key)
    if known_digest == received.body_digest:
        raise Conflict("message-replayed", "the message was handled already and is ignored")
    if known_digest is not None:
        raise Conflict("message-id-reused", "this id was used for other bytes")
    router.dispatch(received, uow)
    item.run(uow)
    ledger.remember_id(received)
    return received
