"""Clocks as arguments."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.bus.clocks.clock import ManualClock, SystemClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALMATY = timezone(timedelta(hours=5))


async def settled() -> None:
    """Let the woken tasks run."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_manual_clock_stands_still() -> None:
    clock = ManualClock(NOON)
    assert clock.now() == clock.now() == NOON


async def test_manual_clock_moves_as_far_as_it_is_told() -> None:
    clock = ManualClock(NOON)
    await clock.advance(timedelta(minutes=15))
    assert clock.now() == NOON + timedelta(minutes=15)


async def test_manual_clock_wakes_a_sleeper_when_its_moment_has_passed_and_not_before() -> None:
    clock = ManualClock(NOON)
    sleeping = asyncio.create_task(clock.sleep(60))
    await settled()
    await clock.advance(timedelta(seconds=59))
    await settled()
    assert not sleeping.done()
    await clock.advance(timedelta(seconds=1))
    await asyncio.wait_for(sleeping, 1)


async def test_manual_clock_wakes_sleepers_each_at_its_own_moment() -> None:
    clock = ManualClock(NOON)
    early, late = asyncio.create_task(clock.sleep(1)), asyncio.create_task(clock.sleep(3))
    await settled()
    await clock.advance(timedelta(seconds=2))
    await asyncio.wait_for(early, 1)
    assert not late.done()
    await clock.advance(timedelta(seconds=2))
    await asyncio.wait_for(late, 1)


async def test_manual_clock_sleep_of_no_time_takes_none() -> None:
    await asyncio.wait_for(ManualClock(NOON).sleep(0), 1)


def test_manual_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 3, 2))  # noqa: DTZ001 - the mistake itself


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock(NOON.astimezone(ALMATY))], ids=["system", "manual"])
def test_clocks_all_tell_utc(clock: SystemClock | ManualClock) -> None:
    assert clock.now().tzinfo is UTC


async def test_system_clock_goes_on() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0.01)
    assert clock.now() > before
