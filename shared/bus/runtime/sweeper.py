"""Queues the parked messages that are due, and deletes inbox entries that are too old to be needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError
from shared.bus.logs import log
from shared.bus.persistence.database import Database
from shared.bus.persistence.ledger import ParkedMessage
from shared.bus.runtime.batch_items import BATCH, BATCH_BYTES, BatchResult
from shared.bus.runtime.processor import BatchProcessor
from shared.bus.runtime.pump import BatchPump
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.worker_threads import WorkerThreads

SWEEP_SECONDS = 0.5
IDLE_SWEEP_SECONDS = 1.5
"""The interval in seconds while no message is parked here: another replica may have parked a message, or the
database may be unavailable.
"""
PURGE_SECONDS = 3600.0


class ParkedSweeper:
    """Looks for due messages twice a second while messages are parked here, else seldom (for other replicas)."""

    def __init__(
        self, processor: BatchProcessor, pump: BatchPump, database: Database, threads: WorkerThreads
    ) -> None:
        self._processor = processor
        self._pump = pump
        self._database = database
        self._threads = threads
        self._parked = asyncio.Event()
        self._sweeping = asyncio.Lock()
        self._tasks = SupervisedTasks()

    def follow_batch(self, result: BatchResult) -> None:
        """Sweep soon after a message was parked, and at once after a possible predecessor was handled."""
        if self._processor.parked_count:
            self._parked.set()
            if result.handled_count:
                self._tasks.run_once("kernel.sweep", self.sweep_once())

    async def stop(self) -> None:
        """End the sweeps that ``follow_batch`` began."""
        await self._tasks.stop()

    async def sweep_forever(self) -> None:
        """Sweep until cancelled; the sweep also notices whether the database answers."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SWEEP_SECONDS):  # wait_for may swallow a cancellation
                    await self._parked.wait()
            self._parked.clear()
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._threads.run_in_writer(self._processor.count_parked)
                self._pump.database_answers = True
            except Exception as fault:
                self._pump.database_answers = False
                log("sweep.failed", error=type(fault).__name__)
            if self._processor.parked_count:
                self._parked.set()
                await self.sweep_once()

    async def sweep_once(self) -> None:
        """Queue the parked messages that are due."""
        async with self._sweeping:
            waiting = {item.key for item in self._pump.unfinished_items if isinstance(item, ParkedMessage)}
            try:
                due = await self._threads.run_in_reader(self._read_due)
            except Exception as fault:  # the next sweep tries again
                log("sweep.failed", error=type(fault).__name__)
                return
            self._pump.put(*(message for message in due if message.key not in waiting))

    async def purge_forever(self, remembers: timedelta) -> None:
        """Delete, once an hour, inbox entries that are too old to be needed."""
        while True:
            await asyncio.sleep(PURGE_SECONDS)
            with suppress(BusError):  # the next hour tries again
                await self._threads.run_in_writer(lambda: self._processor.purge_inbox(remembers))

    def _read_due(self) -> list[ParkedMessage]:
        with self._database.read_session() as session:
            return self._find_due(session)

    def _find_due(self, session: Session) -> list[ParkedMessage]:
        """The messages that this replica parked and that are due longest, of each neighbour in turn: a neighbour
        with thousands holds up no other.
        """
        table = self._processor.tables.held
        bar = func.instr if self._database.is_sqlite else func.strpos
        neighbour = func.substr(table.c.stream, 1, bar(table.c.stream, "|"))
        by_due = (table.c.due_at, table.c.sequence, table.c.key)
        turn = func.row_number().over(partition_by=neighbour, order_by=by_due).label("turn")
        is_due = table.c.due_at <= self._processor.machine.now()
        if not self._database.is_sqlite:  # one process uses a SQLite file, whatever it was called before
            is_due = is_due & (table.c.owner == self._processor.owner)
        first = select(table.c.key, func.length(table.c.body), turn).where(is_due).order_by(turn, *by_due)
        keys = _take_within(session.execute(first.limit(BATCH)))
        places = {key: place for place, key in enumerate(keys)}
        rows = session.execute(select(table).where(table.c.key.in_(keys))).all()
        return [
            ParkedMessage(
                row.key, row.code, row.attempts, row.held_at, SignedBytes(row.body, row.signature, row.hop)
            )
            for row in sorted(rows, key=lambda row: places[row.key])
        ]


def _take_within(sizes: Iterable[Any]) -> list[str]:
    """The first keys of rows of key and size, up to the bytes of a batch."""
    keys: list[str] = []
    taken = 0
    for key, size, _ in sizes:
        if taken >= BATCH_BYTES:
            break
        keys.append(key)
        taken += size
    return keys
