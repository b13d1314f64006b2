"""Takes the present items, handles them in one transaction, confirms.

One loop and one writer: deliveries, HTTP writes and timers queue up during a transaction, and the next transaction
takes all of them ("batch what is there, never wait for more").
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

from shared.bus.carriers.transport import Delivery, MessageSubscription
from shared.bus.errors import BusError, Internal, Unavailable
from shared.bus.logs import log
from shared.bus.metrics.service_metrics import ServiceMetrics
from shared.bus.runtime.batch_items import BATCH, BatchQueue, BatchResult, LocalTask, QueueItem, TaskFailure
from shared.bus.runtime.processor import BatchProcessor
from shared.bus.runtime.publisher import OutboxPublisher
from shared.bus.runtime.worker_threads import WorkerThreads

TIDY_SECONDS = 0.1
LOOK_SECONDS = 3.0
REFUSED_SECONDS = 1.0
LEISURELY_TIDY_SECONDS = 2.0
"""The interval in seconds of an inline service, which need not survive a crash."""


class BatchPump:
    """The queue before the handlers, and the loop that empties the queue batch by batch.

    ``on_result`` is called with the result of each batch after the commit.
    """

    def __init__(
        self,
        processor: BatchProcessor,
        publisher: OutboxPublisher,
        threads: WorkerThreads,
        on_result: Callable[[BatchResult], None],
        metrics: ServiceMetrics,
    ) -> None:
        self._processor = processor
        self._publisher = publisher
        self._threads = threads
        self._on_result = on_result
        self._metrics = metrics
        self._items = BatchQueue()
        self._in_turn: list[QueueItem] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._tidy = False
        self._is_look_due = False
        self._refused: list[QueueItem] = []
        self._is_stopping = False
        self._subscription: MessageSubscription | None = None
        self.database_answers = True
        self.turns = 0
        """The number of batches run."""

    @property
    def unfinished_items(self) -> tuple[QueueItem, ...]:
        """The items that wait and those under way."""
        return (*self._items, *self._in_turn, *self._refused)

    def put(self, *items: QueueItem) -> None:
        """Queue these items and start the next batch."""
        self._items.add(items)
        self._wake.set()

    async def feed_deliveries(self, subscription: MessageSubscription) -> None:
        """Queue arriving messages until cancelled, while the queue has room."""
        self._subscription = subscription
        while True:
            self.put(*await subscription.receive_batch(BATCH))
            while self._items.is_full:
                self._room.clear()
                await self._room.wait()

    async def run_turns(self) -> None:
        """Run batches until ``stop``."""
        while not self._is_stopping:
            await self._wake.wait()
            self._wake.clear()
            while not self._is_stopping and (self._items or self._tidy or self._is_look_due):
                if self._items or self._tidy:
                    await self._run_turn()
                if self._is_look_due:
                    await self._take_up_unknown()

    async def look_forever(self) -> None:
        """Have the outbox looked into every ``LOOK_SECONDS``, between two batches."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._is_look_due = True
            self._wake.set()

    async def tidy_up(self) -> None:
        """Delete confirmed outbox rows in the next transaction, or in an own transaction when none comes."""
        while True:
            await self._publisher.confirmed.wait()
            await asyncio.sleep(LEISURELY_TIDY_SECONDS if self._threads.is_inline else TIDY_SECONDS)
            if self._publisher.confirmed.is_set() and not self._items:
                self._tidy = True
                self._wake.set()

    def stop(self) -> None:
        """Make ``run_turns`` return after the current batch."""
        self._is_stopping = True
        self._wake.set()

    def abandon_items(self, error: BusError) -> None:
        """Raise ``error`` to the callers that wait for tasks; deliveries stay with the carrier."""
        self._fail_tasks(self.unfinished_items, error)
        self._items.clear()
        self._refused.clear()

    async def _run_turn(self) -> None:
        self._tidy = False
        self.turns += 1
        items = self._items.take_batch()
        self._in_turn = items
        self._room.set()
        confirmed = self._publisher.take_confirmed()
        try:
            await self._finish_turn(items, confirmed)
        except Exception as fault:  # the supervisor starts the task again, which handles the messages again
            self._fail_tasks(items, Internal("turn-failed", repr(fault)))
            self._items.put_back(item for item in items if not isinstance(item, LocalTask))
            self._publisher.return_confirmed(confirmed)
            self._wake.set()
            raise
        finally:
            self._in_turn = []

    async def _finish_turn(self, items: list[QueueItem], confirmed: list[str]) -> None:
        refused = await self._run_batch(items, confirmed)
        self._in_turn = []
        if refused:
            self._try_later(refused)
        waiting = {id(item) for item in refused}
        deliveries = [item for item in items if isinstance(item, Delivery) and id(item) not in waiting]
        if deliveries and self._subscription is not None:
            await self._subscription.acknowledge(deliveries)

    async def _run_batch(self, items: list[QueueItem], confirmed: list[str]) -> list[QueueItem]:
        """Run the batch; while the database is unavailable, no item is given up. Returns the deliveries of which
        the database, though it answers, stores nothing.
        """
        refused, remaining, pause = list[QueueItem](), list(items), 0.1
        while True:
            error = Unavailable("database-unavailable", "the database became unavailable during the batch")
            try:
                began = perf_counter()
                result = await self._threads.run_in_writer(self._processor.run_batch, remaining, confirmed)
                self._metrics.count_batch(len(remaining), perf_counter() - began)
                self._publisher.forget_rows(confirmed)
                self._follow_result(remaining, result)
                refused += result.refused
                remaining, confirmed = result.remaining, []
            except Unavailable as away:
                error = away
            except Exception as fault:  # any fault: a service that stands still would be worse
                log("batch.failed", error=type(fault).__name__)
                error = Unavailable("database-unavailable", type(fault).__name__)
            if not remaining and not confirmed:
                self.database_answers = not refused
                return refused
            self.database_answers, self._is_look_due = False, True
            log("database.unavailable", code=error.code, error=error.message)
            self._fail_tasks(remaining, error)
            remaining = [item for item in remaining if not isinstance(item, LocalTask)]
            if not remaining and not confirmed:
                return refused
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _follow_result(self, items: list[QueueItem], result: BatchResult) -> None:
        """Report the commits of a transaction, before the rest of its batch is tried again."""
        self._metrics.count_messages(result.handled_count, result.refusal_codes)
        self._publisher.add_rows(result.outgoing)
        self._resolve_tasks(items, result)
        self._on_result(result)

    def _try_later(self, refused: list[QueueItem]) -> None:
        """Queue these items again in a while; others go on meanwhile."""
        self._refused += refused
        self._is_look_due = True
        asyncio.get_running_loop().call_later(REFUSED_SECONDS, self._put_refused)

    def _put_refused(self) -> None:
        items, self._refused = self._refused, []
        self.put(*items)

    async def _take_up_unknown(self) -> None:
        """Publish the rows of the own outbox that the publisher does not know: those of a commit whose answer was
        lost.
        """
        self._is_look_due = False
        try:
            known = self._publisher.known_row_ids
            rows = await self._threads.run_in_writer(self._processor.load_unsent, known)
        except Exception as fault:  # the next look tries again
            log("outbox.not-read", error=type(fault).__name__)
            return
        if rows:
            log("outbox.taken-up", messages=len(rows))
            self._publisher.add_rows(rows)

    def _fail_tasks(self, items: list[QueueItem] | tuple[QueueItem, ...], error: BusError) -> None:
        for item in items:
            if isinstance(item, LocalTask) and not item.future.done():
                item.future.set_exception(error)

    def _resolve_tasks(self, items: list[QueueItem], result: BatchResult) -> None:
        for item in items:
            if isinstance(item, LocalTask) and not item.future.done():
                if id(item) not in result.task_results:
                    continue
                task_result = result.task_results[id(item)]
                if isinstance(task_result, TaskFailure):
                    item.future.set_exception(task_result.error)
                else:
                    item.future.set_result(task_result)
