"""The bus's one clock in this process: the machine's; or the one that НУЦ keeps, read here or followed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.catalog import Instance
from shared.bus.clocks import clock_client as following
from shared.bus.clocks.clock import BusClock, Clock, SystemClock
from shared.bus.clocks.clock_client import LEAD_SECONDS
from shared.bus.clocks.segments import Line, Lines, back_to_real
from shared.bus.persistence.database import Database, database_url
from shared.bus.settings import Settings

Wanted = Sequence[tuple[Instance, Settings]]
Patiently = Callable[[Callable[[], Awaitable[None]]], Awaitable[Any]]


@dataclass
class OneClock:
    """The clock of all instances of this process; use ``open`` and ``close``."""

    clock: Clock
    http: httpx.AsyncClient | None = None
    following: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, wanted: Wanted, patiently: Patiently) -> OneClock:
        """The clock, once it tells the bus's time. Unavailable ``clock-unavailable``, ``database-unavailable``;
        Conflict ``clock-backwards`` when the real time is wanted and the bus is ahead of it."""
        machine = SystemClock()
        keeper = next(((one, its) for one, its in wanted if one.load().opens_clock is not None), None)
        clock = BusClock(machine=machine, lead=_lead(wanted))
        if keeper is not None:
            await patiently(lambda: _read(clock, *keeper))
        is_sandbox = any(settings.clock == "sandbox" for _, settings in wanted)
        if not is_sandbox:
            return cls(machine)
        if keeper is not None:
            return cls(clock)
        url = wanted[0][1].nuc_url
        http = httpx.AsyncClient(base_url=url, timeout=2, verify=not url.startswith("http://"))
        made = cls(clock, http)
        try:
            await patiently(lambda: following.learn(http, clock))
        except BaseException:
            await made.close()
            raise
        made.following = asyncio.create_task(following.follow(http, clock))
        return made

    async def close(self) -> None:
        """Follow no longer."""
        if self.following is not None:
            self.following.cancel()
            await asyncio.gather(self.following, return_exceptions=True)
        if self.http is not None:
            await self.http.aclose()


async def _read(clock: BusClock, instance: Instance, settings: Settings) -> None:
    """Give the clock the lines that its keeper has kept, before anything in the keeper asks for the time."""
    service = instance.load()
    assert service.opens_clock is not None  # noqa: S101 - that is what makes it the keeper
    database = Database(database_url(settings.database_url, settings.data_dir, instance.name), service.tables)
    try:
        database.create()
        with database.transaction() as session:
            clock.take(service.opens_clock(session, lambda lines: _first(lines, clock.machine.now(), settings)))
    finally:
        database.dispose()


def _first(lines: Lines, moment: datetime, settings: Settings) -> Line | None:
    """The line to begin with: of a fresh sandbox, or back to the real time that is wanted now."""
    if settings.clock == "real":
        is_real = not lines or lines[-1].mode == "real"
        return None if is_real else back_to_real(lines, moment)
    return None if lines else Line(1, moment, getattr(settings, "clock_start", None) or moment, 1.0)


def _lead(wanted: Wanted) -> timedelta:
    """No time, where everybody who hears messages is in this process: the carrier within it reaches no other."""
    is_whole = any(one.address is not None and settings.amqp_url is None for one, settings in wanted)
    return timedelta(0) if is_whole else timedelta(seconds=LEAD_SECONDS)
