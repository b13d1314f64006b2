"""From the outbox to the carrier: in order, until it has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.bus.carriers.transport import Outgoing, Subscription
from shared.bus.errors import BusError, Unavailable
from shared.bus.runtime.publisher import MOST_FORGOTTEN, MOST_UNCONFIRMED, WINDOW, Publisher, Row
from tests.bus.carrier_peers import outgoing
from tests.bus.kit import eventually
from tests.bus.trouble import Silence


class Carrier:
    """A carrier that keeps what it is given, fails where it is told to, and confirms when it is let."""

    is_connected = True

    def __init__(self) -> None:
        self.windows: list[list[str]] = []
        self.failing: set[str] = set()
        self.confirms = asyncio.Event()
        self.confirms.set()
        self.raises: Exception | None = None

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def subscribe(self, address: str, prefetch: int) -> Subscription:
        return Silence()

    async def publish(self, messages: Sequence[Outgoing]) -> list[BusError | None]:
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
async def publisher(carrier: Carrier) -> AsyncIterator[Publisher]:
    made = Publisher(carrier)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def rows(count: int, first: int = 0) -> list[Row]:
    return [(f"row-{n}", outgoing("desk", n)) for n in range(first, first + count)]


def ids(count: int) -> list[str]:
    return [f"id-{n}" for n in range(count)]


async def confirmed(publisher: Publisher, count: int) -> list[str]:
    """The rows that may be deleted, once there are ``count``."""
    found: list[str] = []

    async def ask() -> bool:
        found.extend(publisher.take_confirmed())
        return len(found) >= count

    await eventually(ask, 10)
    return found


async def test_messages_are_published_in_the_order_added(publisher: Publisher, carrier: Carrier) -> None:
    publisher.add(rows(100))
    publisher.add(rows(100, first=100))
    await confirmed(publisher, 200)
    assert carrier.published == ids(200)


async def test_confirmed_rows_are_given_once(publisher: Publisher, carrier: Carrier) -> None:
    publisher.add(rows(3))
    assert await confirmed(publisher, 3) == ["row-0", "row-1", "row-2"]
    assert publisher.take_confirmed() == []
    assert not publisher.confirmed.is_set()


async def test_no_more_rows_are_given_at_once_than_one_statement_takes(
    publisher: Publisher, carrier: Carrier
) -> None:
    publisher.add(rows(MOST_FORGOTTEN + 1))

    async def all_confirmed() -> bool:
        return publisher.in_flight == 0

    assert await eventually(all_confirmed, 10)
    assert [len(publisher.take_confirmed()) for _ in range(3)] == [MOST_FORGOTTEN, 1, 0]


async def test_a_window_is_never_too_large(publisher: Publisher, carrier: Carrier) -> None:
    publisher.add(rows(3 * WINDOW + 1))
    await confirmed(publisher, 3 * WINDOW + 1)
    assert max(map(len, carrier.windows)) == WINDOW


async def test_several_windows_are_under_way_at_once(publisher: Publisher, carrier: Carrier) -> None:
    carrier.confirms.clear()
    publisher.add(rows(3 * WINDOW))

    async def all_under_way() -> bool:
        return len(carrier.windows) == 3

    assert await eventually(all_under_way, 5)
    assert publisher.in_flight == 3 * WINDOW
    carrier.confirms.set()
    await confirmed(publisher, 3 * WINDOW)
    assert publisher.in_flight == 0


async def test_no_more_is_under_way_than_is_good(publisher: Publisher, carrier: Carrier) -> None:
    carrier.confirms.clear()
    total = MOST_UNCONFIRMED + 10 * WINDOW
    publisher.add(rows(total))
    await asyncio.sleep(0.1)
    assert MOST_UNCONFIRMED < len(carrier.published) <= MOST_UNCONFIRMED + WINDOW
    carrier.confirms.set()
    assert len(await confirmed(publisher, total)) == total


async def test_what_failed_is_published_again_until_it_passes(publisher: Publisher, carrier: Carrier) -> None:
    carrier.failing = {"id-1"}
    publisher.add(rows(3))
    assert await confirmed(publisher, 2) == ["row-0", "row-2"]
    carrier.failing.clear()
    assert await confirmed(publisher, 1) == ["row-1"]
    assert carrier.published.count("id-1") > 1
    assert carrier.published.count("id-0") == 1


async def test_what_failed_is_not_tried_again_at_once(publisher: Publisher, carrier: Carrier) -> None:
    carrier.failing = {"id-0"}
    publisher.add(rows(1))
    await asyncio.sleep(0.1)
    assert carrier.published == ["id-0"]


async def test_what_failed_is_in_flight_and_counted_once(publisher: Publisher, carrier: Carrier) -> None:
    carrier.failing = {"id-0"}
    publisher.add(rows(2))
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


async def test_a_failing_message_does_not_hold_up_the_others(publisher: Publisher, carrier: Carrier) -> None:
    carrier.failing = {"id-0"}
    publisher.add(rows(1))
    await asyncio.sleep(0.01)
    publisher.add(rows(5, first=1))
    assert len(await confirmed(publisher, 5)) == 5


async def test_a_carrier_that_raises_loses_nothing(publisher: Publisher, carrier: Carrier) -> None:
    carrier.raises = ZeroDivisionError("a mistake in the carrier")
    publisher.add(rows(3))
    assert await confirmed(publisher, 3) == ["row-0", "row-1", "row-2"]
    assert publisher.in_flight == 0
