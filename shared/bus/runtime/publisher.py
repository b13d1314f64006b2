"""Publishes the messages in the outbox until the carrier confirms them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from shared.bus.carriers.transport import NEVER_TAKEN, NO_ADDRESS, Transport, TransportMessage
from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log
from shared.bus.metrics.service_metrics import ServiceMetrics
from shared.bus.runtime.supervised_tasks import SupervisedTasks, end_if_cancelled

WINDOW = 128
WINDOW_BYTES = 4 * 1024 * 1024
"""The bytes at which a window is full."""
MOST_UNCONFIRMED = 20_000
MOST_FORGOTTEN = 10_000
FIRST_PAUSE = 0.1
ALONE_PAUSE = 0.01
LONGEST_PAUSE = 5.0

ADDRESS_SECONDS = 900.0

MOST_TRIES_ALONE = 3
"""After so many publications alone that the carrier never takes, a message is given up."""

QueuedRow = tuple[str, TransportMessage]
GiveUp = Callable[[str, BusError], Awaitable[None]]


class OutboxPublisher:
    """Publishes messages in windows, many at once; failed messages are retried with growing pauses.

    ``take_confirmed`` gives the outbox rows to delete, which the next transaction does. ``give_up`` gets the rows
    that the carrier never takes, and those for which it has known no address for ``address_seconds``.
    """

    def __init__(
        self,
        transport: Transport,
        give_up: GiveUp | None = None,
        address_seconds: float = ADDRESS_SECONDS,
        metrics: ServiceMetrics | None = None,
    ) -> None:
        self._transport = transport
        self._metrics = metrics or ServiceMetrics()
        self._give_up = give_up
        self._address_seconds = address_seconds
        self._rows: deque[QueuedRow] = deque()
        self._more = asyncio.Event()
        self._attempts: dict[str, int] = {}
        self._known: set[str] = set()
        self._suspects: dict[str, int] = {}
        self._without_address: dict[str, float] = {}
        """Since when by the loop's clock the carrier has known no address for a row, at every attempt."""
        self._unconfirmed = 0
        self._waiting = 0
        self._tasks = SupervisedTasks()
        self._confirmed: list[str] = []
        self.confirmed = asyncio.Event()
        """Set while ``take_confirmed`` has rows."""

    def add_rows(self, rows: Sequence[QueuedRow]) -> None:
        """Publish these rows after the earlier ones."""
        if rows:
            self._known.update(row_id for row_id, _ in rows)
            self._rows.extend(rows)
            self._more.set()

    @property
    def known_row_ids(self) -> frozenset[str]:
        """The outbox rows that are published here, or are confirmed and wait to be deleted."""
        return frozenset(self._known)

    def forget_rows(self, row_ids: Iterable[str]) -> None:
        """These rows are deleted."""
        self._known.difference_update(row_ids)

    def take_confirmed(self) -> list[str]:
        """The next confirmed rows, as many as one statement of any SQLite takes."""
        batch, self._confirmed = self._confirmed[:MOST_FORGOTTEN], self._confirmed[MOST_FORGOTTEN:]
        if not self._confirmed:
            self.confirmed.clear()
        return batch

    def return_confirmed(self, row_ids: Sequence[str]) -> None:
        """Have rows deleted later that ``take_confirmed`` gave and no transaction deleted."""
        if row_ids:
            self._confirmed[:0] = row_ids
            self.confirmed.set()

    @property
    def in_flight(self) -> int:
        """The number of messages that the carrier has not confirmed yet, tried or not."""
        return len(self._rows) + self._unconfirmed + self._waiting

    async def run_forever(self) -> None:
        """Publish for ever; cancelling this task also cancels the publications under way."""
        try:
            while True:
                await self._more.wait()
                if self._rows and self._rows[0][0] in self._suspects:
                    await self._publish_alone()
                    continue
                window = self._take_window()
                self._unconfirmed += len(window)
                self._tasks.run_once("kernel.window", self._publish_window(window))
                if not self._rows or self._unconfirmed > MOST_UNCONFIRMED:
                    self._more.clear()
        finally:
            await self._tasks.stop()

    def _take_window(self) -> list[QueuedRow]:
        """The next rows, up to a suspect one."""
        window: list[QueuedRow] = []
        size = 0
        while self._rows and len(window) < WINDOW and size < WINDOW_BYTES:
            row_id, message = self._rows[0]
            if row_id in self._suspects:
                break
            window.append(self._rows.popleft())
            size += len(message.raw.body)
        return window

    async def _publish_alone(self) -> None:
        """Publish a suspect row while nothing else is under way, so that its failure is its own."""
        while self._unconfirmed:  # noqa: ASYNC110 - a window takes milliseconds, or half a minute in the worst case
            await asyncio.sleep(ALONE_PAUSE)
        window = [self._rows.popleft()]
        self._unconfirmed += 1
        await self._publish_window(window)
        if not self._rows:
            self._more.clear()

    def _suspect(self, window: list[QueuedRow], fault: BusError) -> list[QueuedRow]:
        """The rows of a window of which the carrier never takes one that are tried again, each alone."""
        (row_id, _), *others = window
        if others or row_id not in self._suspects:
            self._suspects.update((row_id, 0) for row_id, _ in window)
            return window
        tries = self._suspects[row_id] = self._suspects[row_id] + 1
        if tries < MOST_TRIES_ALONE or self._give_up is None:
            return window
        self._give_up_row(window[0], fault)
        return []

    def _is_without_address(self, row_id: str, fault: BusError) -> bool:
        """Whether the carrier has known no address for this row for so long that no receiver is expected there."""
        if fault.code != NO_ADDRESS:
            self._without_address.pop(row_id, None)
            return False
        self._suspects.pop(row_id, None)
        now = asyncio.get_running_loop().time()
        return now - self._without_address.setdefault(row_id, now) >= self._address_seconds

    def _give_up_row(self, row: QueuedRow, fault: BusError) -> None:
        row_id, message = row
        log(
            "publish.given-up",
            level=logging.ERROR,
            address=message.address,
            code=fault.code,
            correlation_id=message.correlation_id,
        )
        self._tasks.run_once("kernel.giving-up", self._bury(row_id, fault))

    async def _bury(self, row_id: str, fault: BusError) -> None:
        """Have the row become a dead letter; where that fails, another look into the outbox finds the row."""
        try:
            if self._give_up is not None:
                await self._give_up(row_id, fault)
        finally:
            self._forget_attempts(row_id)
            self.forget_rows([row_id])

    def _forget_attempts(self, row_id: str) -> None:
        self._attempts.pop(row_id, None)
        self._suspects.pop(row_id, None)
        self._without_address.pop(row_id, None)

    async def _publish_window(self, window: list[QueuedRow]) -> None:
        try:
            results = await self._publish_safely([outgoing for _, outgoing in window])
        except BaseException:  # another look into the outbox finds them
            self.forget_rows(row_id for row_id, _ in window)
            raise
        finally:
            self._unconfirmed -= len(window)
        self._metrics.count_publications(fault.code if fault else None for fault in results)
        failed = []
        for row, fault in zip(window, results, strict=True):
            if fault is None:
                self._forget_attempts(row[0])
                self._confirmed.append(row[0])
                self.confirmed.set()
            elif self._is_without_address(row[0], fault) and self._give_up is not None:
                self._give_up_row(row, fault)
            else:
                failed.append(row)
        if failed:
            codes = sorted({fault.code for fault in results if fault is not None})
            log("publish.failed", codes=codes, messages=len(failed))
            never = next((fault for fault in results if fault is not None and fault.code == NEVER_TAKEN), None)
            self._try_later(failed if never is None else self._suspect(failed, never))
        if self._rows:
            self._more.set()

    async def _publish_safely(self, messages: list[TransportMessage]) -> list[BusError | None]:
        """The carrier's results; a carrier that raises against its contract loses nothing either."""
        try:
            return await self._transport.publish(messages)
        except (Exception, asyncio.CancelledError) as error:
            end_if_cancelled()
            return [Unavailable("broker-unavailable", repr(error))] * len(messages)

    def _try_later(self, rows: list[QueuedRow]) -> None:
        if not rows:
            return
        attempt = max(self._attempts.get(row[0], 0) for row in rows) + 1
        self._attempts.update((row[0], attempt) for row in rows)
        pause = min(FIRST_PAUSE * 2 ** min(attempt, 10), LONGEST_PAUSE)
        self._waiting += len(rows)
        asyncio.get_running_loop().call_later(pause, self._add_again, rows)

    def _add_again(self, rows: list[QueuedRow]) -> None:
        self._waiting -= len(rows)
        self.add_rows(rows)
