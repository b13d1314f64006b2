"""The bus's clock in one process: what it tells, who wakes when, and how another process learns of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.bus.clocks.clock import MOST_LINES, BusClock, ManualClock, SystemClock, rate_of, same_moment
from shared.bus.clocks.clock_client import learn
from shared.bus.clocks.segments import Line
from shared.bus.errors import Unavailable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


async def settled() -> None:
    """Let whoever was woken run."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def machine() -> ManualClock:
    return ManualClock(NOON)


def frozen(version: int, since: datetime, told: datetime) -> Line:
    return Line(version, since, told, 0)


async def test_without_a_line_it_tells_the_machines_time(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    await machine.advance(HOUR)
    assert (clock.now(), clock.version, rate_of(clock)) == (NOON + HOUR, 0, 1)
    assert clock.age(NOON) == HOUR


async def test_a_line_holds_from_its_moment_on(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    clock.take([Line(1, NOON + SECOND, NOON + DAY, 60)])
    assert (clock.now(), clock.version) == (NOON + DAY - timedelta(minutes=1), 1), (
        "alone, it goes back in time too"
    )
    await machine.advance(2 * SECOND)
    assert clock.now() == NOON + DAY + timedelta(minutes=1)
    assert rate_of(clock) == 60


class Hasty:
    """A machine that loses a second between any two questions."""

    def __init__(self) -> None:
        self._now = NOON

    def now(self) -> datetime:
        self._now += SECOND
        return self._now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def test_both_times_are_told_of_one_moment_however_slow_the_machine_is() -> None:
    machine = Hasty()
    hurrying = Line(1, NOON, NOON + DAY, 60)
    now, told = same_moment(BusClock(hurrying, machine=machine), machine)
    assert now == hurrying.at(told)


async def test_two_clocks_that_know_the_same_lines_tell_the_same_time(machine: ManualClock) -> None:
    first, second = BusClock(machine=machine), BusClock(machine=machine)
    lines = [Line(1, NOON, NOON, 1), Line(2, NOON + HOUR, NOON + DAY, 7.5), frozen(3, NOON + DAY, NOON + 9 * DAY)]
    first.take(lines)
    second.take(reversed(lines))
    for _ in range(30):
        await machine.advance(HOUR)
        assert first.now() == second.now()
    assert first.now() == NOON + 9 * DAY


async def test_known_lines_are_not_learnt_twice_and_the_oldest_are_forgotten(
    machine: ManualClock,
) -> None:
    clock = BusClock(machine=machine)
    clock.take([frozen(n, NOON, NOON + n * SECOND) for n in range(1, MOST_LINES + 3)])
    known = clock.lines
    clock.take([frozen(5, NOON, NOON + DAY)])
    assert clock.lines == known
    assert (len(known), known[0].version, clock.line.version) == (MOST_LINES, 3, MOST_LINES + 2)


async def test_a_sleeper_wakes_when_the_bus_has_passed_his_moment_at_whatever_rate(machine: ManualClock) -> None:
    clock = BusClock(Line(1, NOON, NOON, 60), machine=machine)
    sleeping = asyncio.create_task(clock.sleep(3600))
    await settled()
    await machine.advance(timedelta(seconds=59))
    await settled()
    assert not sleeping.done()
    await machine.advance(SECOND)
    await asyncio.wait_for(sleeping, 1)


async def test_a_sleeper_wakes_when_the_clock_is_moved_past_his_moment(machine: ManualClock) -> None:
    clock = BusClock(frozen(1, NOON, NOON), machine=machine)
    early, late = asyncio.create_task(clock.sleep(3600)), asyncio.create_task(clock.sleep(2 * 86400))
    await settled()
    await machine.advance(9 * DAY)
    await settled()
    assert not early.done(), "it stands"
    clock.take([frozen(2, machine.now(), NOON + DAY)])
    await asyncio.wait_for(early, 1)
    assert not late.done()
    clock.take([frozen(3, machine.now() + SECOND, NOON + 3 * DAY)])
    await settled()
    assert not late.done(), "that line does not hold yet"
    await machine.advance(SECOND)
    await asyncio.wait_for(late, 1)


async def test_a_sleeper_sleeps_on_when_the_clock_is_stopped(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    sleeping = asyncio.create_task(clock.sleep(10))
    await settled()
    clock.take([frozen(1, NOON, NOON)])
    await settled()
    await machine.advance(HOUR)
    await settled()
    assert not sleeping.done()
    clock.take([Line(2, machine.now(), NOON, 1000)])
    await settled()
    await machine.advance(timedelta(milliseconds=10))
    await asyncio.wait_for(sleeping, 1)


async def test_who_stops_sleeping_leaves_nothing_behind(machine: ManualClock) -> None:
    clock = BusClock(frozen(1, NOON, NOON), machine=machine)
    sleeping = asyncio.create_task(clock.sleep(10))
    await settled()
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)
    await asyncio.wait_for(clock.sleep(0), 1)
    assert len(asyncio.all_tasks()) == 1


async def test_real_sleep_on_a_fast_clock_is_short() -> None:
    clock = BusClock(Line(1, SystemClock().now(), NOON, 1000))
    await asyncio.wait_for(clock.sleep(30), 1)
    assert NOON + 30 * SECOND <= clock.now() < NOON + timedelta(minutes=20)


async def test_a_moment_of_before_the_jump_is_as_old_as_the_machine_says(machine: ManualClock) -> None:
    clock = BusClock(Line(1, NOON, NOON, 1), machine=machine)
    await machine.advance(HOUR)
    clock.take([frozen(2, machine.now(), NOON + 40 * DAY)])
    await machine.advance(SECOND)
    assert clock.age(NOON) == HOUR + SECOND
    assert clock.age(clock.now()) == timedelta(0)


def telling(answer: httpx.Response | Exception) -> httpx.AsyncClient:
    """A keeper of the clock that says one thing."""

    def tell(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.AsyncClient(base_url="http://keeper", transport=httpx.MockTransport(tell))


def told(**changes: Any) -> dict[str, Any]:
    usual = {"version": 1, "since": NOON.isoformat(), "told": (NOON + DAY).isoformat(), "rate": 0}
    return {"lines": [usual | changes]}


async def test_a_follower_learns_the_keepers_lines(machine: ManualClock) -> None:
    clock = BusClock(machine=machine)
    async with telling(httpx.Response(200, json=told())) as http:
        await learn(http, clock)
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
async def test_a_follower_believes_nothing_but_a_keepers_answer(
    answer: httpx.Response | Exception, machine: ManualClock
) -> None:
    clock = BusClock(machine=machine)
    async with telling(answer) as http:
        with pytest.raises(Unavailable) as caught:
            await learn(http, clock)
    assert caught.value.code == "clock-unavailable"
    assert clock.lines == ()
