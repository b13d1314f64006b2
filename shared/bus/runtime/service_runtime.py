"""Runs one service: a small facade over the pump, the sweeper, the topics and the background jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from shared.bus.carriers.transport import MessageSubscription, QueueState, SignedBytes, Transport
from shared.bus.clocks.clock import Clock
from shared.bus.errors import BusError, Internal, Unavailable
from shared.bus.logs import log
from shared.bus.messages.router import BuriedMessage
from shared.bus.metrics.service_metrics import ServiceMetrics
from shared.bus.persistence.burials import bury_outgoing
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.batch_items import BatchResult, DirectMessage, LocalTask, RehearsalEnd
from shared.bus.runtime.direct_handling import DirectHandling
from shared.bus.runtime.processor import BatchProcessor
from shared.bus.runtime.publisher import ADDRESS_SECONDS, OutboxPublisher
from shared.bus.runtime.pump import BatchPump
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.sweeper import ParkedSweeper
from shared.bus.runtime.topics import POLL_SECONDS, TopicWaiters
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.bus.runtime.worker_threads import CallFault, ShortTurns, WorkerThreads, catch_fault, run_each

T = TypeVar("T")

LAST_TURN_SECONDS = 5.0
SHARE_SECONDS = 3.0
"""The interval at which a replica leaves to the others what is their share of the partitions."""


class Runtime:
    """A running service: ``write`` and ``read`` for its HTTP side, messages are handled by themselves.

    ``is_inline``: see ``WorkerThreads``. ``remembers``: how long the inbox remembers a handled message.
    ``address_seconds``: see ``OutboxPublisher``.
    """

    def __init__(
        self,
        processor: BatchProcessor,
        transport: Transport,
        database: Database,
        *,
        remembers: timedelta = timedelta(days=30),
        address_seconds: float = ADDRESS_SECONDS,
        prefetch: int = 256,
        is_inline: bool = False,
    ) -> None:
        self._processor = processor
        self._direct = DirectHandling(processor)
        self._transport = transport
        self._database = database
        self._prefetch = prefetch
        self._remembers = remembers
        self._threads = WorkerThreads(is_inline=is_inline)
        self._short_queries = ShortTurns(self._threads, self._run_queries)
        self._short_computations = ShortTurns(self._threads, run_each)
        self.metrics = ServiceMetrics()
        self._publisher = OutboxPublisher(transport, self._bury_outgoing, address_seconds, self.metrics)
        self._topics = TopicWaiters()
        self._background_jobs = SupervisedTasks()
        self._tasks = SupervisedTasks()
        self._pump = BatchPump(processor, self._publisher, self._threads, self._follow_batch, self.metrics)
        self._sweeper = ParkedSweeper(processor, self._pump, database, self._threads)
        self._subscription: MessageSubscription | None = None
        self._is_running = False
        self._pumping: asyncio.Task[None] | None = None

    @property
    def turns(self) -> int:
        """The number of batches run; a caller compares two readings to see whether the service has worked."""
        return self._pump.turns

    @property
    def now(self) -> datetime:
        """The bus's time."""
        return self._processor.clock.now()

    @property
    def machine_now(self) -> datetime:
        """The machine's time: for whatever guards a door (docs/how-to/clock.md)."""
        return self._processor.machine.now()

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
        is_whole = self._is_running and not self._tasks.failing_tasks
        return is_whole and self._pump.database_answers and self._transport.is_connected

    @property
    def is_running(self) -> bool:
        """Whether the service was started and not stopped."""
        return self._is_running

    @property
    def is_connected(self) -> bool:
        """Whether the carrier can be reached."""
        return self._transport.is_connected

    @property
    def carrier_fault(self) -> BusError | None:
        """What an operator must mend at the carrier, or None."""
        return self._transport.fault

    @property
    def database_answers(self) -> bool:
        """Whether the database answered the last batch."""
        return self._pump.database_answers

    @property
    def is_alive(self) -> bool:
        """Whether this process can do its work, now or later: False once a task of the kernel failed so often that
        only a new process may help. Before the start and after the stop: True.
        """
        return not self._tasks.hopeless_tasks

    @property
    def failing_tasks(self) -> tuple[str, ...]:
        """The names of the tasks that fail again and again, of the kernel and of the service's own jobs."""
        return self._tasks.failing_tasks + self._background_jobs.hopeless_tasks

    @property
    def is_quiet(self) -> bool:
        """Whether this service has nothing to do: no message, no request, nothing parked or under way."""
        return not (self._pump.unfinished_items or self._processor.parked_count or self._publisher.in_flight)

    @property
    def parked_count(self) -> int:
        """The number of messages that wait for another or for something unavailable."""
        return self._processor.parked_count

    @property
    def backlog(self) -> int:
        """The number of messages and tasks that wait for a batch, or are in it."""
        return len(self._pump.unfinished_items)

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
        self._direct.handle_again(raw, uow)

    async def accept_message(
        self,
        raw: SignedBytes,
        conclude: Callable[[UnitOfWork], object] = lambda uow: None,
        *,
        is_sealed_here: bool = False,
    ) -> ReceivedMessage:
        """Handle a message that comes over HTTP, once; a refusal is noted as one of the carrier's messages is.

        ``conclude`` runs in the same transaction after the handler. ``is_sealed_here``: see ``Gate.admit``. Raises
        as ``accept_direct`` does.
        """
        try:
            return await self._run_in_batch(lambda future: DirectMessage(conclude, future, raw, is_sealed_here))
        except Unavailable:
            raise
        except BusError as error:
            refusal = error
        await self.write(lambda uow: self._direct.note_refusal(raw, refusal, uow))
        raise refusal

    async def admit_message(self, raw: SignedBytes) -> ReceivedMessage:
        """The message as the gate verifies it, without handling it and without a record.

        Raises the error with which the gate refuses, explained as a refusal is; NotFound ``no-messages``.
        """
        return await self.compute(lambda: self._direct.admit(raw, self.now))

    async def rehearse_message(
        self, raw: SignedBytes, examine: Callable[[UnitOfWork], T], *, is_sealed_here: bool = False
    ) -> T:
        """What ``examine`` finds in the unit of work of a message after its handler; all of it is then undone.

        Nothing is stored, sent or noted, and the same message can come afterwards. Raises as ``accept_message``
        does.
        """

        def examine_and_undo(uow: UnitOfWork) -> None:
            raise RehearsalEnd(examine(uow))

        try:
            await self._run_in_batch(lambda future: DirectMessage(examine_and_undo, future, raw, is_sealed_here))
        except RehearsalEnd as end:
            findings: T = end.findings
            return findings
        raise Internal("rehearsal-kept", "the unit of work was not undone")

    async def start(self, *, has_backlog: bool = True) -> None:
        """Take up the messages of the last run, unless ``has_backlog`` is False, and begin to consume."""
        if has_backlog:
            await self._threads.run_in_writer(self._processor.count_parked)
            self._publisher.add_rows(await self._threads.run_in_writer(self._processor.load_unsent))
        if self._processor.gate is not None:
            self._subscription = await self._transport.subscribe(self._processor.gate.address, self._prefetch)
        self._keep_kernel_running(self._subscription)
        self._is_running = True

    def _keep_kernel_running(self, subscription: MessageSubscription | None) -> None:
        keep = self._tasks.keep_running
        if subscription is not None:
            keep("kernel.deliveries", lambda: self._pump.feed_deliveries(subscription))
            if not self._database.is_sqlite:
                keep("kernel.shares", lambda: self._keep_share(subscription))
        self._pumping = keep("kernel.turns", self._pump.run_turns)
        keep("kernel.sweeps", self._sweeper.sweep_forever)
        keep("kernel.publications", self._publisher.run_forever)
        keep("kernel.tidying", self._pump.tidy_up)
        keep("kernel.outbox", self._pump.look_forever)
        keep("kernel.purges", lambda: self._sweeper.purge_forever(self._remembers))

    async def _keep_share(self, subscription: MessageSubscription) -> None:
        """Leave to the living replicas what is their share of the partitions, for ever."""
        lease = self._processor.lease
        while lease is not None:
            await asyncio.sleep(SHARE_SECONDS)
            place, of = await self._threads.run_in_reader(lease.find_share)
            await subscription.take_share(place, of)

    async def _bury_outgoing(self, row_id: str, error: BusError) -> None:
        """Make an outgoing message a dead letter, even if the service's own hook fails."""
        try:
            await self.write(lambda uow: self._bury_and_notify(uow, row_id, error))
        except Unavailable:
            raise
        except Exception as fault:
            log("burial.failed", code=error.code, error=repr(fault))
            await self.write(lambda uow: self._bury(uow, row_id, error))

    def _bury_and_notify(self, uow: UnitOfWork, row_id: str, error: BusError) -> None:
        if (buried := self._bury(uow, row_id, error)) is not None:
            self._processor.router.notify_burial(buried, uow)

    def _bury(self, uow: UnitOfWork, row_id: str, error: BusError) -> BuriedMessage | None:
        return bury_outgoing(uow, self.tables, row_id, error, remembers=self._remembers)

    def run_in_background(self, job: Callable[[Runtime], Awaitable[None]]) -> None:
        """Run ``job`` beside the messages until the stop; a failed job restarts a moment later."""
        self._background_jobs.keep_running(job.__qualname__, lambda: job(self))

    async def stop(self) -> None:
        """Stop between two transactions; unfinished items stay stored."""
        await self._background_jobs.stop()
        self._is_running = False
        self._pump.stop()
        if self._pumping is not None and self._pump.database_answers:
            await asyncio.wait([self._pumping], timeout=LAST_TURN_SECONDS)
        await self._tasks.stop()
        await self._sweeper.stop()
        self._pump.abandon_items(Unavailable("service-stopped", "the service was stopped"))
        with suppress(Unavailable, RuntimeError):  # not while the database is away, nor on a second stop
            confirmed = self._publisher.take_confirmed()
            await self._threads.run_in_writer(self._processor.run_batch, [], confirmed)
            if (lease := self._processor.lease) is not None:
                await self._threads.run_in_writer(lease.end)
        if self._subscription is not None:
            with suppress(Exception):
                await self._subscription.close()
        self._threads.shutdown()

    async def write(self, run: Callable[[UnitOfWork], T]) -> T:
        """Run ``run`` in a transaction of the batch; returns after the commit.

        Unavailable ``service-stopped`` before the start and after the stop.
        """
        return await self._run_in_batch(lambda future: LocalTask(run, future))

    async def _run_in_batch(self, make_task: Callable[[asyncio.Future[T]], LocalTask]) -> T:
        if not self._is_running:
            raise Unavailable("service-stopped", "the service does not run")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pump.put(make_task(future))
        return await future

    async def read(self, query: Callable[[Session], T]) -> T:
        """Run a query in its own session, in parallel to the writing."""
        return await self._threads.run_in_reader(self._run_query, query)

    async def read_short(self, query: Callable[[Session], T]) -> T:
        """Run a query for few rows by an index; those that are there together share a session and a thread."""
        return await self._short_queries.run(query)

    async def compute(self, act: Callable[[], T]) -> T:
        """Run a long computation that needs no database, outside the loop and in parallel to the writing."""
        return await self._threads.run_in_reader(act)

    async def inspect_queue(self, address: str) -> QueueState | None:
        """What waits at an address of the carrier; None without such an address, Unavailable
        ``broker-unavailable``.
        """
        return await self._transport.inspect_queue(address)

    async def compute_short(self, act: Callable[[], T]) -> T:
        """Run a computation of a millisecond or so; those that are there together share a thread."""
        return await self._short_computations.run(act)

    def listen(self, topic: str) -> AbstractContextManager[asyncio.Event]:
        """An event that each change of the topic in this process sets, inside the block; its user clears it."""
        return self._topics.listen(topic)

    def wake(self, topics: Iterable[str]) -> None:
        """Make everybody who waits for these topics ask again: another replica changed something."""
        self._topics.wake(topics)

    async def wait_for(
        self,
        topic: str,
        query: Callable[[Session], T | None],
        seconds: float,
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> T | None:
        """The first answer of ``query`` that is not None, or None after ``seconds``.

        The query runs again at each change of ``topic`` in this process, and every ``poll_seconds`` to see changes
        by other replicas: seldom where thousands may wait at once.
        """
        return await self._topics.wait_for(topic, lambda: self.read(query), seconds, poll_seconds)

    def _run_query(self, query: Callable[[Session], T]) -> T:
        with self._database.read_session() as session:
            return query(session)

    def _run_queries(self, queries: Sequence[Callable[[Session], Any]]) -> list[Any]:
        """The results of short queries in one session; each has one to itself if the database refused any."""
        try:
            with self._database.read_session() as session:
                results = [catch_fault(query, session) for query in queries]
        except Unavailable:
            return [catch_fault(self._run_query, query) for query in queries]
        is_refused = any(isinstance(one, CallFault) and isinstance(one.error, SQLAlchemyError) for one in results)
        return [catch_fault(self._run_query, query) for query in queries] if is_refused else results

    def _follow_batch(self, result: BatchResult) -> None:
        for act in result.after_commit:
            act()
        self._topics.wake(result.topics)
        self._sweeper.follow_batch(result)
