"""From the outbox to the carrier: in order, until the carrier confirms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.bus.carriers.transport import MessageSubscription, QueueState, TransportMessage
from shared.bus.errors import BusError, Unavailable
from shared.bus.runtime.publisher import MOST_FORGOTTEN, MOST_UNCONFIRMED, WINDOW, OutboxPublisher, QueuedRow
from tests.bus.carrier_peers import outgoing
from tests.bus.kit import eventually
from tests.bus.trouble import Silence


class Carrier:
    """A carrier that stores messages, fails on command, and confirms on command."""

    is_connected = True
    fault = None

    def __init__(self) -> None:
        self.windows: list[list[str]] = []
        self.failing: set[str] = set()
        self.confirms = asyncio.Event()
        self.confirms.set()
        self.raises: Exception | None = None

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def subscribe(self, address: str, prefetch: int) -> MessageSubscription:
        return Silence()

    async def inspect_queue(self, address: str) -> QueueState | None:
        return None

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        self.windows.append([message.message_id for message in messages])
        if self.raises is not None:
            error, self.raises = self.raises, None
            raise error
        await self.confirms.wait()
        return [Unavailable("no-such-address") if m.message_id in self.failing else None for m in messages]

    @property
    def published(self) -> list[str]:
        return [message for window in self.windows for message in window]


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
async def publisher(carrier: Carrier) -> AsyncIterator[OutboxPublisher]:
    made = OutboxPublisher(carrier)
    running = asyncio.create_task(made.run_forever())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def rows(count: int, first: int = 0) -> list[QueuedRow]:
    return [(f"row-{n}", outgoing("desk", n)) for n in range(first, first + count)]


def ids(count: int) -> list[str]:
    return [f"id-{n}" for n in range(count)]


async def confirmed(publisher: OutboxPublisher, count: int) -> list[str]:
    """The rows that may be deleted, once there are ``count``."""
    found: list[str] = []

    async def ask() -> bool:
        found.extend(publisher.take_confirmed())
        return len(found) >= count

    await eventually(ask, 10)
    return found


async def test_publisher_publishes_messages_in_the_order_added(
    publisher: OutboxPublisher, carrier: Carrier
) -> None:
    publisher.add_rows(rows(100))
    publisher.add_rows(rows(100, first=100))
    await confirmed(publisher, 200)
    assert carrier.published == ids(200)


async def test_publisher_gives_confirmed_rows_once(publisher: OutboxPublisher, carrier: Carrier) -> None:
    publisher.add_rows(rows(3))
    assert await confirmed(publisher, 3) == ["row-0", "row-1", "row-2"]
    assert publisher.take_confirmed() == []
    assert not publisher.confirmed.is_set()


async def test_publisher_gives_no_more_rows_at_once_than_one_statement_takes(
    publisher: OutboxPublisher, carrier: Carrier
) -> None:
    publisher.add_rows(rows(MOST_FORGOTTEN + 1))

    async def all_confirmed() -> bool:
        return publisher.in_flight == 0

    assert await eventually(all_confirmed, 10)
    assert [len(publisher.take_confirmed()) for _ in range(3)] == [MOST_FORGOTTEN, 1, 0]


async def test_publisher_window_is_never_too_large(publisher: OutboxPublisher, carrier: Carrier) -> None:
    publisher.add_rows(rows(3 * WINDOW + 1))
    await confirmed(publisher, 3 * WINDOW + 1)
    assert max(map(len, carrier.windows)) == WINDOW


async def test_publisher_has_several_windows_under_way_at_once(
    publisher: OutboxPublisher, carrier: Carrier
) -> None:
    carrier.confirms.clear()
    publisher.add_rows(rows(3 * WINDOW))

    async def all_under_way() -> bool:
        return len(carrier.windows) == 3

    assert await eventually(all_under_way, 5)
    assert publisher.in_flight == 3 * WINDOW
    carrier.confirms.set()
    await confirmed(publisher, 3 * WINDOW)
    assert publisher.in_flight == 0


async def test_publisher_has_no_more_under_way_than_is_good(publisher: OutboxPublisher, carrier: Carrier) -> None:
    carrier.confirms.clear()
    total = MOST_UNCONFIRMED + 10 * WINDOW
    publisher.add_rows(rows(total))
    await asyncio.sleep(0.1)
    assert MOST_UNCONFIRMED < len(carrier.published) <= MOST_UNCONFIRMED + WINDOW
    carrier.confirms.set()
    assert len(await confirmed(publisher, total)) == total


async def test_publisher_publishes_what_failed_again_until_it_passes(
    publisher: OutboxPublisher, carrier: Carrier
) -> None:
    carrier.failing = {"id-1"}
    publisher.add_rows(rows(3))
    assert await confirmed(publisher, 2) == ["row-0", "row-2"]
    carrier.failing.clear()
    assert await confirmed(publisher, 1) == ["row-1"]
    assert carrier.published.count("id-1") > 1
    assert carrier.published.count("id-0") == 1


async def test_publisher_does_not_try_what_failed_again_at_once(
    publisher: OutboxPublisher, carrier: Carrier
) -> None:
    carrier.failing = {"id-0"}
    publisher.add_rows(rows(1))
    await asyncio.sleep(0.1)
    assert carrier.published == ["id-0"]


async def test_publisher_counts_what_failed_once_and_as_in_flight(
    publisher: OutboxPublisher, carrier: Carrier
) -> None:
    carrier.failing = {"id-0"}
    publisher.add_rows(rows(2))
    await confirmed(publisher, 1)
    assert publisher.in_flight == 1
    carrier.confirms.clear()

    async def is_tried_again() -> bool:
        return carrier.published.count("id-0") == 2

    assert await eventually(is_tried_again, 5)
    assert publisher.in_flight == 1
    carrier.failing.clear()
    carrier.confirms.set()
    await confirmed(publisher, 1)
    assert publisher.in_flight == 0


async def test_publisher_is_not_held_up_by_a_failing_message(publisher: OutboxPublisher, carrier: Carrier) -> None:
    carrier.failing = {"id-0"}
    publisher.add_rows(rows(1))
    await asyncio.sleep(0.01)
    publisher.add_rows(rows(5, first=1))
    assert len(await confirmed(publisher, 5)) == 5


async def test_publisher_loses_nothing_to_a_carrier_that_raises(
    publisher: OutboxPublisher, carrier: Carrier
) -> None:
    carrier.raises = ZeroDivisionError("a mistake in the carrier")
    publisher.add_rows(rows(3))
    assert await confirmed(publisher, 3) == ["row-0", "row-1", "row-2"]
    assert publisher.in_flight == 0
