"""The items of a batch, the queue in which they wait, and the results of a batch."""

from __future__ import annotations

from asyncio import Future
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.bus.carriers.transport import Delivery, SignedBytes, TransportMessage
from shared.bus.errors import BusError, Conflict, Internal
from shared.bus.messages.router import MessageRouter
from shared.bus.persistence.ledger import Ledger, ParkedMessage
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork

BATCH = 64
BATCH_BYTES = 1024 * 1024
"""The bytes at which a batch is full."""
LARGE_BYTES = 256 * 1024
"""The bytes from which an item is handled alone."""
MOST_LARGE_BYTES = 32 * 1024 * 1024
"""The bytes of large items at which no further messages are taken from the carrier."""


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


class RehearsalEnd(BusError):
    """Undoes the unit of work of a message that is only rehearsed; carries what was found in it."""

    def __init__(self, findings: Any) -> None:
        super().__init__("rehearsal-end")
        self.findings = findings


QueueItem = Delivery | ParkedMessage | LocalTask


def count_bytes(item: QueueItem) -> int:
    """The bytes of the message in an item; 0 for a task without one."""
    return len(item.raw.body) if isinstance(item, Delivery | ParkedMessage | DirectMessage) else 0


class BatchQueue:
    """The items that wait for a transaction: small ones in batches, large ones one at a time between two batches.

    A transaction with a message of ten megabytes takes as long as hundreds of small ones. So a small item waits
    for one large item at most, however many there are. A small message that overtakes a large one of its own
    stream waits for that one, as every message does that comes before its predecessor.
    """

    def __init__(self) -> None:
        self._small: deque[QueueItem] = deque()
        self._large: deque[QueueItem] = deque()
        self._is_larges_turn = False

    def __bool__(self) -> bool:
        return bool(self._small or self._large)

    def __iter__(self) -> Iterator[QueueItem]:
        yield from self._small
        yield from self._large

    @property
    def is_full(self) -> bool:
        """Whether so much waits that the carrier can keep the rest: two batches, or many bytes."""
        return len(self._small) > 2 * BATCH or sum(map(count_bytes, self._large)) >= MOST_LARGE_BYTES

    def add(self, items: Iterable[QueueItem]) -> None:
        """Add items behind the others."""
        for item in items:
            (self._large if count_bytes(item) >= LARGE_BYTES else self._small).append(item)

    def put_back(self, items: Iterable[QueueItem]) -> None:
        """Put items of a batch back before the others, in their order."""
        for item in reversed(list(items)):
            (self._large if count_bytes(item) >= LARGE_BYTES else self._small).appendleft(item)

    def take_batch(self) -> list[QueueItem]:
        """The items of the next transaction: small ones up to ``BATCH`` and ``BATCH_BYTES``, or one large one."""
        if self._large and (self._is_larges_turn or not self._small):
            self._is_larges_turn = False
            return [self._large.popleft()]
        self._is_larges_turn = True
        batch: list[QueueItem] = []
        size = 0
        while self._small and len(batch) < BATCH and size < BATCH_BYTES:
            batch.append(self._small.popleft())
            size += count_bytes(batch[-1])
        return batch

    def clear(self) -> None:
        """Forget all items."""
        self._small.clear()
        self._large.clear()


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
    refusal_codes: list[str] = field(default_factory=list)
    """The code of each message that became a dead letter."""

    def note_ledger(self, ledger: Ledger, batch_items: Sequence[BatchItem]) -> None:
        """Note how many messages wait more than before, and which became dead letters."""
        released = sum(isinstance(batch_item.item, ParkedMessage) for batch_item in batch_items)
        self.parked_delta = ledger.parked_count - released
        self.refusal_codes = ledger.refusal_codes

    def add_result(self, result: BatchResult) -> None:
        self.outgoing += result.outgoing
        self.topics |= result.topics
        self.after_commit += result.after_commit
        self.task_results |= result.task_results
        self.refused += result.refused
        self.parked_delta += result.parked_delta
        self.handled_count += result.handled_count
        self.refusal_codes += result.refusal_codes


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
