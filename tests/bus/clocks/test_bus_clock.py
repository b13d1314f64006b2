"""The bus's clock in one process: its time, its sleepers, and how another process follows the clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.bus.clocks.clock import MAX_SEGMENTS, BusClock, ManualClock, SystemClock, rate_of, read_both_clocks
from shared.bus.clocks.clock_client import fetch_segments
from shared.bus.clocks.segments import ClockSegment
from shared.bus.errors import Unavailable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


async def settled() -> None:
    """Let the woken tasks run."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def machine() -> ManualClock:
    return ManualClock(NOON)


def frozen(version: int, since: datetime, told: datetime) -> ClockSegment:
    return ClockSegment(version, since, told, 0)


async def test_bus_clock_without_a_segment_tells_the_machines_time(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    await machine.advance(HOUR)
    assert (clock.now(), clock.timeline_version, rate_of(clock)) == (NOON + HOUR, 0, 1)
    assert clock.age_of(NOON) == HOUR


async def test_bus_clock_segment_holds_from_its_moment_on(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    clock.add_segments([ClockSegment(1, NOON + SECOND, NOON + DAY, 60)])
    assert (clock.now(), clock.timeline_version) == (NOON + DAY - timedelta(minutes=1), 1), (
        "alone, it goes back in time too"
    )
    await machine.advance(2 * SECOND)
    assert clock.now() == NOON + DAY + timedelta(minutes=1)
    assert rate_of(clock) == 60


class Hasty:
    """A machine clock that loses a second between two readings."""

    def __init__(self) -> None:
        self._now = NOON

    def now(self) -> datetime:
        self._now += SECOND
        return self._now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def test_bus_clock_and_machine_are_read_at_one_moment_however_slow_the_machine() -> None:
    machine = Hasty()
    hurrying = ClockSegment(1, NOON, NOON + DAY, 60)
    now, told = read_both_clocks(BusClock(hurrying, machine=machine), machine)
    assert now == hurrying.time_at(told)


async def test_bus_clocks_that_know_the_same_segments_tell_the_same_time(machine: ManualClock) -> None:
    first, second = BusClock(machine=machine), BusClock(machine=machine)
    lines = [
        ClockSegment(1, NOON, NOON, 1),
        ClockSegment(2, NOON + HOUR, NOON + DAY, 7.5),
        frozen(3, NOON + DAY, NOON + 9 * DAY),
    ]
    first.add_segments(lines)
    second.add_segments(reversed(lines))
    for _ in range(30):
        await machine.advance(HOUR)
        assert first.now() == second.now()
    assert first.now() == NOON + 9 * DAY


async def test_bus_clock_learns_no_segment_twice_and_forgets_the_oldest(
    machine: ManualClock,
) -> None:
    clock = BusClock(machine=machine)
    clock.add_segments([frozen(n, NOON, NOON + n * SECOND) for n in range(1, MAX_SEGMENTS + 3)])
    known = clock.segments
    clock.add_segments([frozen(5, NOON, NOON + DAY)])
    assert clock.segments == known
    assert (len(known), known[0].version, clock.current_segment.version) == (MAX_SEGMENTS, 3, MAX_SEGMENTS + 2)


async def test_bus_clock_wakes_a_sleeper_when_his_moment_has_passed_at_whatever_rate(machine: ManualClock) -> None:
    clock = BusClock(ClockSegment(1, NOON, NOON, 60), machine=machine)
    sleeping = asyncio.create_task(clock.sleep(3600))
    await settled()
    await machine.advance(timedelta(seconds=59))
    await settled()
    assert not sleeping.done()
    await machine.advance(SECOND)
    await asyncio.wait_for(sleeping, 1)


async def test_bus_clock_wakes_a_sleeper_when_moved_past_his_moment(machine: ManualClock) -> None:
    clock = BusClock(frozen(1, NOON, NOON), machine=machine)
    early, late = asyncio.create_task(clock.sleep(3600)), asyncio.create_task(clock.sleep(2 * 86400))
    await settled()
    await machine.advance(9 * DAY)
    await settled()
    assert not early.done(), "it stands"
    clock.add_segments([frozen(2, machine.now(), NOON + DAY)])
    await asyncio.wait_for(early, 1)
    assert not late.done()
    clock.add_segments([frozen(3, machine.now() + SECOND, NOON + 3 * DAY)])
    await settled()
    assert not late.done(), "that line does not hold yet"
    await machine.advance(SECOND)
    await asyncio.wait_for(late, 1)


async def test_bus_clock_leaves_a_sleeper_asleep_when_stopped(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    sleeping = asyncio.create_task(clock.sleep(10))
    await settled()
    clock.add_segments([frozen(1, NOON, NOON)])
    await settled()
    await machine.advance(HOUR)
    await settled()
    assert not sleeping.done()
    clock.add_segments([ClockSegment(2, machine.now(), NOON, 1000)])
    await settled()
    await machine.advance(timedelta(milliseconds=10))
    await asyncio.wait_for(sleeping, 1)


async def test_bus_clock_sleep_that_is_cancelled_leaves_nothing_behind(machine: ManualClock) -> None:
    clock = BusClock(frozen(1, NOON, NOON), machine=machine)
    sleeping = asyncio.create_task(clock.sleep(10))
    await settled()
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)
    await asyncio.wait_for(clock.sleep(0), 1)
    assert len(asyncio.all_tasks()) == 1


async def test_bus_clock_of_a_fast_rate_has_a_short_real_sleep() -> None:
    clock = BusClock(ClockSegment(1, SystemClock().now(), NOON, 1000))
    await asyncio.wait_for(clock.sleep(30), 1)
    assert NOON + 30 * SECOND <= clock.now() < NOON + timedelta(minutes=20)


async def test_bus_clock_age_of_a_moment_before_the_jump_is_the_machines(machine: ManualClock) -> None:
    clock = BusClock(ClockSegment(1, NOON, NOON, 1), machine=machine)
    await machine.advance(HOUR)
    clock.add_segments([frozen(2, machine.now(), NOON + 40 * DAY)])
    await machine.advance(SECOND)
    assert clock.age_of(NOON) == HOUR + SECOND
    assert clock.age_of(clock.now()) == timedelta(0)


def telling(answer: httpx.Response | Exception) -> httpx.AsyncClient:
    """A keeper of the clock with one fixed answer."""

    def tell(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.AsyncClient(base_url="http://keeper", transport=httpx.MockTransport(tell))


def told(**changes: Any) -> dict[str, Any]:
    usual = {"version": 1, "since": NOON.isoformat(), "told": (NOON + DAY).isoformat(), "rate": 0}
    return {"lines": [usual | changes]}


async def test_clock_client_learns_the_keepers_segments(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    async with telling(httpx.Response(200, json=told())) as http:
        await fetch_segments(http, clock)
    assert clock.now() == NOON + DAY


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(200, text="garbage"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json=told(since="2026-03-02T12:00:00")),
        httpx.Response(200, json=told(since=5)),
        httpx.Response(200, json=told(rate="fast")),
        httpx.Response(200, json=told(version=None)),
        httpx.ConnectError("nobody there"),
    ],
)
async def test_clock_client_believes_nothing_but_a_keepers_answer(
    answer: httpx.Response | Exception, machine: ManualClock
) -> None:
    clock = BusClock(machine=machine)
    async with telling(answer) as http:
        with pytest.raises(Unavailable) as caught:
            await fetch_segments(http, clock)
    assert caught.value.code == "clock-unavailable"
    assert clock.segments == ()
