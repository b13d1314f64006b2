"""Unexpected faults inside the kernel: the service waits and goes on, and loses nothing."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Unavailable
from tests.bus.kit import Company, Desk, effects_of


class BrokenClock(SystemClock):
    """A clock that fails for a while."""

    is_broken = False

    def now(self) -> datetime:
        if self.is_broken:
            raise ZeroDivisionError("the spring is broken")
        return super().now()


async def test_service_outlives_what_breaks_its_whole_batch(company: Company, desk: Desk) -> None:
    source = await company.node("source")
    company.clock = clock = BrokenClock()
    sink = await company.node("sink", desk.router, desk.metadata)
    clock.is_broken = True
    await company.tell(source, "sink", range(5))
    with pytest.raises(Unavailable):
        await asyncio.wait_for(sink.runtime.write(lambda uow: None), 10)
    assert not sink.runtime.is_ready
    clock.is_broken = False
    assert await effects_of(sink, desk.effects, 5) == [("case-1", n) for n in range(5)]
    assert await asyncio.wait_for(sink.runtime.write(lambda uow: "done"), 10) == "done"
    assert sink.runtime.is_ready
