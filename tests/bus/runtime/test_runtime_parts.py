"""The parts of a runtime, each alone: topics, background jobs, threads, the pump and the sweeper."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, insert

from services.is_nuc.worker_processes import WorkerProcesses
from shared.bus.carriers.transport import Delivery, SignedBytes
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Conflict, Unavailable
from shared.bus.messages.receipts import DeliveryReceipts
from shared.bus.messages.router import MessageRouter
from shared.bus.metrics.service_metrics import ServiceMetrics
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.ledger import ParkedMessage
from shared.bus.persistence.tables import bus_tables
from shared.bus.runtime.batch_items import (
    BATCH,
    BATCH_BYTES,
    LARGE_BYTES,
    MOST_LARGE_BYTES,
    BatchQueue,
    BatchResult,
    LocalTask,
    count_bytes,
)
from shared.bus.runtime.processor import BatchProcessor
from shared.bus.runtime.publisher import OutboxPublisher
from shared.bus.runtime.pump import BatchPump
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.sweeper import ParkedSweeper
from shared.bus.runtime.topics import TopicWaiters
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id
from shared.bus.runtime.worker_threads import MOST_IN_TURN, ShortTurns, WorkerThreads, run_each
from tests.bus.carrier_peers import Carrier

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def processor(tmp_path: Path) -> Iterator[BatchProcessor]:
    metadata = MetaData()
    tables, clock = bus_tables(metadata), ManualClock(NOON)
    database = Database(database_url(None, tmp_path, "parts"), metadata)
    database.create_schema()
    yield BatchProcessor(
        database, tables, MessageRouter(), None, None, {}, clock, clock, "1", random_id, DeliveryReceipts(None)
    )
    database.dispose()


async def pump_of(processor: BatchProcessor, threads: WorkerThreads) -> tuple[BatchPump, list[BatchResult]]:
    """A pump over the embedded carrier, and the results that the pump reports."""
    results: list[BatchResult] = []
    publisher = OutboxPublisher(await Carrier(None).transport())
    return BatchPump(processor, publisher, threads, results.append, ServiceMetrics()), results


async def test_topic_that_wakes_a_waiter_brings_the_answer_without_a_poll() -> None:
    topics, answers = TopicWaiters(), iter([None, "answer"])
    asked = asyncio.Event()

    async def ask() -> str | None:
        asked.set()
        return next(answers)

    waiting = asyncio.create_task(topics.wait_for("case:1", ask, 20))
    await asked.wait()
    begun = asyncio.get_running_loop().time()
    topics.wake(["case:2", "case:1"])
    assert await waiting == "answer"
    assert asyncio.get_running_loop().time() - begun < 0.2


async def test_topic_that_nobody_wakes_is_polled_until_the_time_is_up() -> None:
    asked = 0

    async def ask() -> str | None:
        nonlocal asked
        asked += 1
        return None

    assert await TopicWaiters().wait_for("case:1", ask, 0.6) is None
    assert 3 <= asked <= 5


@pytest.mark.parametrize("turns", range(6))
async def test_waiter_that_is_cancelled_while_its_topic_wakes_it_ends(turns: int) -> None:
    """Whatever turn of the loop the cancellation comes in; the waiter would go on for 20 seconds."""
    topics, asked = TopicWaiters(), asyncio.Event()

    async def ask() -> str | None:
        asked.set()
        return None

    waiting = asyncio.create_task(topics.wait_for("case:1", ask, 20))
    await asked.wait()
    await asyncio.sleep(0)
    topics.wake(["case:1"])
    for _ in range(turns):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=0.2)
    assert waiting.cancelled()


async def test_background_job_that_fails_begins_anew_and_ends_with_the_stop() -> None:
    jobs, begun, cancelled = SupervisedTasks(), 0, asyncio.Event()
    is_anew = asyncio.Event()

    async def job() -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise ValueError("the first time")
        is_anew.set()
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    jobs.keep_running("job", job)
    await asyncio.wait_for(is_anew.wait(), 10)
    await jobs.stop()
    assert (begun, cancelled.is_set()) == (2, True)


async def test_threads_run_one_writer_beside_the_readers_and_inline_none() -> None:
    threads, inline = WorkerThreads(), WorkerThreads(is_inline=True)
    names = [await threads.run_in_writer(threading.get_ident) for _ in range(5)]
    assert len(set(names)) == 1
    assert names[0] not in (threading.get_ident(), await threads.run_in_reader(threading.get_ident))
    assert await inline.run_in_writer(threading.get_ident) == threading.get_ident()
    threads.shutdown()
    with pytest.raises(RuntimeError):
        await threads.run_in_writer(threading.get_ident)


async def test_pump_takes_what_queued_up_in_one_batch_and_resolves_each_task(processor: BatchProcessor) -> None:
    threads = WorkerThreads()
    pump, results = await pump_of(processor, threads)
    loop = asyncio.get_running_loop()

    def refuse(uow: UnitOfWork) -> int:
        raise Conflict("not-today", "no")

    tasks = [LocalTask(lambda uow, n=n: n, loop.create_future()) for n in range(BATCH - 1)]  # type: ignore[misc]
    refused = LocalTask(refuse, loop.create_future())
    pump.put(*tasks, refused)
    running = asyncio.create_task(pump.run_turns())
    assert await asyncio.gather(*(task.future for task in tasks)) == list(range(BATCH - 1))
    with pytest.raises(Conflict, match="no"):
        await refused.future
    assert (pump.turns, len(results), pump.unfinished_items) == (1, 1, ())
    pump.stop()
    await asyncio.wait_for(running, 5)
    threads.shutdown()


async def test_pump_that_stops_tells_everybody_who_still_waits(processor: BatchProcessor) -> None:
    pump, _ = await pump_of(processor, WorkerThreads())
    task = LocalTask(lambda uow: 1, asyncio.get_running_loop().create_future())
    pump.put(task)
    pump.stop()
    await asyncio.wait_for(pump.run_turns(), 5)
    pump.abandon_items(Unavailable("service-stopped", "it was stopped"))
    with pytest.raises(Unavailable) as error:
        await task.future
    assert (error.value.code, pump.turns, pump.unfinished_items) == ("service-stopped", 0, ())


async def test_sweeper_puts_what_is_due_once_and_in_the_order_of_its_stream(processor: BatchProcessor) -> None:
    threads = WorkerThreads()
    pump, _ = await pump_of(processor, threads)
    rows = [("b", 2, 0), ("a", 1, 0), ("later", 3, 60)]
    parked = [
        {
            "key": key,
            "stream": "s",
            "sequence": sequence,
            "code": "predecessor-missing",
            "attempts": 1,
            "held_at": NOON,
            "due_at": NOON + timedelta(seconds=seconds),
            "owner": "1",
            "body": b"",
            "signature": "",
            "hop": None,
        }
        for key, sequence, seconds in rows
    ]
    with processor.database.transaction() as session:
        session.execute(insert(processor.tables.held), parked)
    sweeper = ParkedSweeper(processor, pump, processor.database, threads)
    await sweeper.sweep_once()
    await sweeper.sweep_once()
    assert [item.key for item in pump.unfinished_items if isinstance(item, ParkedMessage)] == ["a", "b"]
    threads.shutdown()


async def test_short_calls_that_are_there_together_run_in_one_turn_and_fail_alone() -> None:
    threads, turns = WorkerThreads(), list[int]()

    def run_turn(calls: Sequence[Callable[[], Any]]) -> list[Any]:
        turns.append(len(calls))
        return run_each(calls)

    short = ShortTurns(threads, run_turn)
    calls: list[Callable[[], object]] = [lambda: 1, lambda: 1 // 0, threading.get_ident]
    one, fault, thread = await asyncio.gather(*map(short.run, calls), return_exceptions=True)
    assert (one, type(fault), turns) == (1, ZeroDivisionError, [3])
    assert thread != threading.get_ident()
    left = asyncio.create_task(short.run(lambda: 2))
    await asyncio.sleep(0)
    left.cancel()
    assert await asyncio.gather(*(short.run(lambda: 3) for _ in range(100))) == [3] * 100
    assert max(turns) == MOST_IN_TURN
    threads.shutdown()
    with pytest.raises(RuntimeError):
        await short.run(lambda: 4)


async def test_worker_process_may_wait_for_a_busy_machine_but_not_work_beyond_its_time() -> None:
    processes = WorkerProcesses(most_seconds=0.5)
    await processes.run(time.sleep, 0.7)
    with pytest.raises(TimeoutError):
        await processes.run(sum, range(10**12))
    assert await processes.run(sum, range(10)) == 45


def test_ids_are_uuids_in_the_order_of_time_with_random_ends() -> None:
    """RFC 9562, 5.7: 48 bits of milliseconds, the version, 12 random bits, the variant, 62 random bits."""
    earliest = time.time_ns() // 1_000_000
    ids = [random_id() for _ in range(1000)]
    latest = time.time_ns() // 1_000_000
    parsed = [uuid.UUID(text) for text in ids]
    assert [str(one) for one in parsed] == ids
    assert {(one.version, one.variant) for one in parsed} == {(7, uuid.RFC_4122)}
    moments = [one.int >> 80 for one in parsed]
    assert moments == sorted(moments)
    assert earliest <= moments[0] <= moments[-1] <= latest
    assert len({text[-15:] for text in ids}) == len(ids)
    assert len({text[15:18] for text in ids}) > 500, "twelve random bits beside the time"


def message_of(size: int, number: int = 0) -> Delivery:
    return Delivery(SignedBytes(b"x" * size, str(number)), False, (1, number))


def test_queue_takes_a_large_message_alone_and_small_ones_before_the_next_large_one() -> None:
    queue = BatchQueue()
    large = [message_of(LARGE_BYTES, number) for number in range(10)]
    queue.add(large)
    assert queue.take_batch() == large[:1]
    small = [message_of(100, number) for number in range(3)]
    queue.add(small)
    assert [queue.take_batch() for _ in range(3)] == [small, large[1:2], large[2:3]]


def test_queue_lets_large_messages_have_every_other_turn_beside_endless_small_ones() -> None:
    queue, large = BatchQueue(), [message_of(LARGE_BYTES, number) for number in range(3)]
    queue.add([*large, *(message_of(10) for _ in range(4 * BATCH))])
    assert [len(queue.take_batch()) for _ in range(6)] == [BATCH, 1, BATCH, 1, BATCH, 1]


def test_queue_ends_a_batch_of_small_messages_at_a_bound_of_bytes() -> None:
    queue, size = BatchQueue(), LARGE_BYTES - 1
    queue.add(message_of(size) for _ in range(20))
    batch = queue.take_batch()
    assert BATCH_BYTES <= sum(map(count_bytes, batch)) < BATCH_BYTES + size


def test_queue_keeps_the_order_of_what_is_put_back() -> None:
    queue = BatchQueue()
    small, large = [message_of(10, number) for number in range(4)], [message_of(LARGE_BYTES, 7)]
    queue.add([*small, *large])
    queue.put_back(queue.take_batch())
    assert list(queue) == [*small, *large]


def test_queue_of_few_large_messages_is_full() -> None:
    queue = BatchQueue()
    queue.add(message_of(MOST_LARGE_BYTES // 4) for _ in range(3))
    assert not queue.is_full
    queue.add([message_of(MOST_LARGE_BYTES // 4)])
    assert queue.is_full
