"""The items of a batch, and the results of a batch."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.bus.carriers.transport import Delivery, SignedBytes, TransportMessage
from shared.bus.errors import BusError
from shared.bus.persistence.ledger import ParkedMessage
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork


@dataclass(frozen=True, slots=True)
class LocalTask:
    """Work that does not come over the bus: an HTTP request, a timer."""

    run: Callable[[UnitOfWork], Any]
    future: Future[Any]


QueueItem = Delivery | ParkedMessage | LocalTask


@dataclass(slots=True)
class BatchItem:
    """An item of one batch, with what became of the item."""

    item: QueueItem
    received: ReceivedMessage | None = None
    error: BusError | None = None

    @property
    def raw(self) -> SignedBytes:
        assert not isinstance(self.item, LocalTask)  # noqa: S101 - tasks have no bytes
        return self.item.raw


@dataclass
class BatchResult:
    """The results of a committed transaction."""

    outgoing: list[tuple[str, TransportMessage]] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
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
