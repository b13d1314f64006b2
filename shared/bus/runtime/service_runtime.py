"""Runs one service: takes the present items, handles them in one transaction, confirms, publishes.

One loop and one worker thread: deliveries, HTTP writes and timers queue up during a transaction, and the next
transaction takes all of them ("batch what is there, never wait for more").
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel import Session

from shared.bus.carriers.transport import Delivery, MessageSubscription, SignedBytes, Transport
from shared.bus.clocks.clock import Clock
from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log
from shared.bus.persistence.database import Database
from shared.bus.persistence.ledger import ParkedMessage
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.processor import BatchProcessor, BatchResult, LocalTask, QueueItem, TaskFailure
from shared.bus.runtime.publisher import OutboxPublisher
from shared.bus.runtime.unit_of_work import UnitOfWork

T = TypeVar("T")

BATCH = 64
SWEEP_SECONDS = 0.5
IDLE_SWEEP_SECONDS = 1.5
"""The interval where nothing waits here: another replica may have parked a message, or the database may be
gone.
"""
POLL_SECONDS = 0.25
TIDY_SECONDS = 0.1
LEISURELY_TIDY_SECONDS = 2.0
"""The interval where everything is inline and no crash has to be survived."""
LAST_TURN_SECONDS = 5.0
PURGE_SECONDS = 3600.0
RESTART_SECONDS = 1.0


class Runtime:
    """A running service: ``write`` and ``read`` for its HTTP side; messages are handled by themselves.

    ``is_inline``: transactions and queries run in the loop's own thread, which stands still meanwhile. Where many
    services share a process and no caller waits for an answer, this avoids the threads' contention for the
    interpreter.
    """

    def __init__(
        self,
        processor: BatchProcessor,
        transport: Transport,
        database: Database,
        *,
        remembers: timedelta = timedelta(days=30),
        prefetch: int = 256,
        is_inline: bool = False,
    ) -> None:
        self._processor = processor
        self._transport = transport
        self._database = database
        self._prefetch = prefetch
        self._remembers = remembers
        self._is_inline = is_inline
        self._items: deque[QueueItem] = deque()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._holding = asyncio.Event()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="read")
        self._subscription: MessageSubscription | None = None
        self._publisher = OutboxPublisher(transport)
        self._topics: dict[str, set[asyncio.Event]] = {}
        self._jobs: list[asyncio.Task[None]] = []
        self._background_jobs: list[asyncio.Task[None]] = []
        self._database_answers = True
        self._tidy = False
        self._in_turn: list[QueueItem] = []
        self._pumping: asyncio.Task[None] | None = None
        self._sweeping = asyncio.Lock()
        self.turns = 0
        """The number of batches run, by which a caller sees whether anything has happened here."""

    @property
    def now(self) -> datetime:
        """The bus's time."""
        return self._processor.clock.now()

    @property
    def clock(self) -> Clock:
        """The bus's clock, for deadlines and for the work of people."""
        return self._processor.clock

    @property
    def machine_clock(self) -> Clock:
        """The machine's clock, for retries."""
        return self._processor.machine

    @property
    def is_ready(self) -> bool:
        """Whether messages and requests can be handled now."""
        is_running = bool(self._jobs) and not any(job.done() for job in self._jobs)
        return is_running and self._database_answers and self._transport.is_connected

    @property
    def is_quiet(self) -> bool:
        """Whether this service has nothing to do: no message, no request, nothing parked or under way."""
        is_idle = not (self._items or self._in_turn or self._processor.parked_count)
        return is_idle and not self._publisher.in_flight

    @property
    def in_flight(self) -> int:
        """The number of messages that the carrier has not confirmed yet."""
        return self._publisher.in_flight

    def resource(self, kind: type[T]) -> T:
        """The service's single object of this class, built by its wiring."""
        instance = self._processor.resources[kind]
        assert isinstance(instance, kind)  # noqa: S101 - held by the wiring
        return instance

    @property
    def tables(self) -> BusTables:
        """The kernel's tables in this service's database."""
        return self._processor.tables

    def handle_again(self, raw: SignedBytes, uow: UnitOfWork) -> None:
        """Verify a message again and hand it to its handler, regardless of the inbox and the order."""
        self._processor.handle_again(raw, uow)

    async def start(self, *, has_backlog: bool = True) -> None:
        """Take up the messages of the last run, unless it is known that there are none, and begin to consume."""
        if has_backlog:
            await self._in_writer(self._processor.count_parked)
            self._publisher.add_rows(await self._in_writer(self._processor.load_unsent))
        if self._processor.gate is not None:
            self._subscription = await self._transport.subscribe(self._processor.gate.address, self._prefetch)
            self._jobs.append(asyncio.create_task(self._feed_deliveries(self._subscription)))
        self._pumping = asyncio.create_task(self._run_turns())
        self._jobs += [
            self._pumping,
            asyncio.create_task(self._sweep_forever()),
            asyncio.create_task(self._publisher.run_forever()),
            asyncio.create_task(self._tidy_up()),
            asyncio.create_task(self._purge_forever()),
        ]

    def run_in_background(self, job: Callable[[Runtime], Awaitable[None]]) -> None:
        """Run ``job`` beside the messages until the stop; a failed job restarts a moment later."""
        self._background_jobs.append(asyncio.create_task(self._restart_forever(job)))

    async def stop(self) -> None:
        """Stop between two transactions; unfinished items stay stored."""
        background_jobs, self._background_jobs = self._background_jobs, []
        for job in background_jobs:
            job.cancel()
        await asyncio.gather(*background_jobs, return_exceptions=True)
        jobs, self._jobs = self._jobs, []
        self._wake.set()
        if self._pumping is not None and self._database_answers:
            await asyncio.wait([self._pumping], timeout=LAST_TURN_SECONDS)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        self._fail_tasks([*self._in_turn, *self._items], Unavailable("service-stopped", "it was stopped"))
        self._items.clear()
        with suppress(Unavailable, RuntimeError):  # not while the database is away, nor on a second stop
            await self._in_writer(self._processor.run_batch, [], self._publisher.take_confirmed())
        if self._subscription is not None:
            with suppress(Exception):
                await self._subscription.close()
        self._writer.shutdown()
        self._readers.shutdown()

    async def write(self, run: Callable[[UnitOfWork], T]) -> T:
        """Run ``run`` in a transaction of the batch; returns after the commit.

        Unavailable ``service-stopped`` before the start and after the stop.
        """
        if not self._jobs:
            raise Unavailable("service-stopped", "it does not run")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._items.append(LocalTask(run, future))
        self._wake.set()
        return await future

    async def read(self, query: Callable[[Session], T]) -> T:
        """Run a query in its own session, in parallel to the writing."""
        return await self._run_in(self._readers, self._run_query, query)

    async def compute(self, act: Callable[[], T]) -> T:
        """Run a long computation that needs no database, outside the loop and in parallel to the writing."""
        return await self._run_in(self._readers, act)

    def _run_query(self, query: Callable[[Session], T]) -> T:
        with self._database.read_session() as session:
            return query(session)

    async def wait_for(self, topic: str, query: Callable[[Session], T | None], seconds: float) -> T | None:
        """The first answer of ``query`` that is not None, or None after ``seconds``.

        The query runs again at each change of ``topic`` in this process, and often enough to see changes by other
        replicas.
        """
        changed = asyncio.Event()
        self._topics.setdefault(topic, set()).add(changed)
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            while True:
                changed.clear()
                answer = await self.read(query)
                remaining_seconds = deadline - asyncio.get_running_loop().time()
                if answer is not None or remaining_seconds <= 0:
                    return answer
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), min(remaining_seconds, POLL_SECONDS))
        finally:
            self._topics[topic].discard(changed)
            if not self._topics[topic]:
                del self._topics[topic]

    async def _restart_forever(self, job: Callable[[Runtime], Awaitable[None]]) -> None:
        while True:
            try:
                return await job(self)
            except Exception as error:
                log("beside.failed", job=job.__qualname__, error=repr(error))
                await asyncio.sleep(RESTART_SECONDS)

    async def _feed_deliveries(self, subscription: MessageSubscription) -> None:
        while True:
            deliveries = await subscription.receive_batch(BATCH)
            self._items.extend(deliveries)
            self._wake.set()
            while len(self._items) > 2 * BATCH:
                self._room.clear()
                await self._room.wait()

    async def _run_turns(self) -> None:
        while self._jobs:
            await self._wake.wait()
            self._wake.clear()
            while self._jobs and (self._items or self._tidy):
                await self._run_turn()

    async def _run_turn(self) -> None:
        self._tidy = False
        self.turns += 1
        items = [self._items.popleft() for _ in range(min(BATCH, len(self._items)))]
        self._in_turn = items
        self._room.set()
        confirmed = self._publisher.take_confirmed()
        outcome = await self._run_batch(items, confirmed)
        self._publisher.add_rows(outcome.outgoing)
        self._resolve_tasks(items, outcome)
        if self._processor.parked_count:
            self._holding.set()
        self._in_turn = []
        deliveries = [item for item in items if isinstance(item, Delivery)]
        if deliveries and self._subscription is not None:
            await self._subscription.acknowledge(deliveries)

    async def _run_batch(self, items: list[QueueItem], confirmed: list[str]) -> BatchResult:
        """Run the batch; while the database is unavailable, no item is given up or returned."""
        total, remaining, pause = BatchResult(), list(items), 0.1
        while True:
            error = Unavailable("database-unavailable", "it went away in between")
            try:
                outcome = await self._in_writer(self._processor.run_batch, remaining, confirmed)
                total.add_result(outcome)
                remaining, confirmed = outcome.remaining, []
            except Unavailable as away:
                error = away
            except Exception as fault:  # whatever the fault, a service that stands still would be worse
                log("batch.failed", error=type(fault).__name__)
                error = Unavailable("database-unavailable", type(fault).__name__)
            if not remaining and not confirmed:
                self._database_answers = True
                return total
            self._database_answers = False
            log("database.unavailable", code=error.code, error=error.message)
            self._fail_tasks(remaining, error)
            remaining = [item for item in remaining if not isinstance(item, LocalTask)]
            if not remaining and not confirmed:
                return total
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _in_writer(self, act: Callable[..., T], *arguments: Any) -> T:
        return await self._run_in(self._writer, act, *arguments)

    async def _run_in(self, threads: Executor, act: Callable[..., T], *arguments: Any) -> T:
        if self._is_inline:
            await asyncio.sleep(0)  # lets all services take turns, so that their messages come together
            return act(*arguments)
        return await asyncio.get_running_loop().run_in_executor(threads, act, *arguments)

    def _fail_tasks(self, items: list[QueueItem], error: BusError) -> None:
        for item in items:
            if isinstance(item, LocalTask) and not item.future.done():
                item.future.set_exception(error)

    def _resolve_tasks(self, items: list[QueueItem], outcome: BatchResult) -> None:
        for item in items:
            if isinstance(item, LocalTask) and not item.future.done():
                result = outcome.task_results.get(id(item))
                if isinstance(result, TaskFailure):
                    item.future.set_exception(result.error)
                else:
                    item.future.set_result(result)
        for topic in outcome.topics:
            for changed in self._topics.get(topic, ()):
                changed.set()
        if self._processor.parked_count and outcome.handled_count:
            asyncio.get_running_loop().create_task(self._sweep_once())

    async def _tidy_up(self) -> None:
        """Delete confirmed outbox rows with the next transaction, or in one of their own when no other comes."""
        while True:
            await self._publisher.confirmed.wait()
            await asyncio.sleep(LEISURELY_TIDY_SECONDS if self._is_inline else TIDY_SECONDS)
            if self._publisher.confirmed.is_set() and not self._items:
                self._tidy = True
                self._wake.set()

    async def _sweep_forever(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._holding.wait(), IDLE_SWEEP_SECONDS)
            self._holding.clear()
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._in_writer(self._processor.count_parked)
                self._database_answers = True
            except Exception as fault:
                self._database_answers = False
                log("sweep.failed", error=type(fault).__name__)
            if self._processor.parked_count:
                self._holding.set()
                await self._sweep_once()

    async def _purge_forever(self) -> None:
        """Delete, once an hour, inbox entries that are too old to be needed."""
        while True:
            await asyncio.sleep(PURGE_SECONDS)
            with suppress(BusError):
                await self._in_writer(lambda: self._processor.purge_inbox(self._remembers))

    async def _sweep_once(self) -> None:
        """Queue the parked messages that are due."""
        async with self._sweeping:
            waiting = {item.key for item in (*self._items, *self._in_turn) if isinstance(item, ParkedMessage)}
            try:
                due = await self.read(self._find_due)
            except Exception as fault:  # the next sweep tries again
                log("sweep.failed", error=type(fault).__name__)
                return
            self._items.extend(message for message in due if message.key not in waiting)
            self._wake.set()

    def _find_due(self, session: Session) -> list[ParkedMessage]:
        table = self._processor.tables.held
        rows = session.execute(
            select(table)
            .where(table.c.due_at <= self._processor.machine.now())
            .order_by(table.c.stream, table.c.sequence)
            .limit(BATCH)
        ).all()
        return [
            ParkedMessage(
                row.key, row.code, row.attempts, row.held_at, SignedBytes(row.body, row.signature, row.hop)
            )
            for row in rows
        ]
