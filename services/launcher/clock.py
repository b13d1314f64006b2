"""The bus's clock in this process: the machine's time, or the time that НУЦ keeps, restored here or followed over
HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.catalog import ServiceInstance
from services.launcher.migrations import HISTORY
from shared.bus.clocks import clock_client
from shared.bus.clocks.clock import BusClock, Clock, SystemClock
from shared.bus.clocks.clock_client import LEAD_SECONDS
from shared.bus.clocks.segments import ClockSegment, Timeline, back_to_real
from shared.bus.http.tls import server_check, uses_proxies
from shared.bus.persistence.database import Database, database_url
from shared.bus.profiles import Opening
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.settings import Settings

ConfiguredInstances = Sequence[tuple[ServiceInstance, Settings]]
RetryFunction = Callable[[Callable[[], Awaitable[None]]], Awaitable[Any]]


@dataclass
class ProcessClock:
    """The clock of all instances in this process; opened by ``open``, closed by ``close``."""

    clock: Clock
    http: httpx.AsyncClient | None = None
    tasks: SupervisedTasks = field(default_factory=SupervisedTasks)

    @classmethod
    async def open(cls, instances: ConfiguredInstances, retry: RetryFunction) -> ProcessClock:
        """The clock, once it shows the bus's time.

        Unavailable ``clock-unavailable``, ``database-unavailable``; Conflict ``clock-backwards`` when the settings
        ask for the machine's time and the bus is ahead of it.
        """
        machine = SystemClock()
        keeper = next(
            (
                (instance, settings)
                for instance, settings in instances
                if instance.load_service().open_timeline is not None
            ),
            None,
        )
        clock = BusClock(machine=machine, lead=_choose_lead(instances))
        if keeper is not None:
            await retry(lambda: _restore_timeline(clock, *keeper))
        is_sandbox = any(settings.clock == "sandbox" for _, settings in instances)
        if not is_sandbox:
            return cls(machine)
        if keeper is not None:
            return cls(clock)
        url = instances[0][1].nuc_url
        http = httpx.AsyncClient(base_url=url, timeout=2, verify=server_check(url), trust_env=uses_proxies(url))
        process_clock = cls(clock, http)
        try:
            await retry(lambda: clock_client.fetch_segments(http, clock))
        except BaseException:
            await process_clock.close()
            raise
        process_clock.tasks.keep_running("clock.follower", lambda: clock_client.follow_clock(http, clock))
        return process_clock

    async def close(self) -> None:
        """Stop following НУЦ's clock."""
        await self.tasks.stop()
        if self.http is not None:
            await self.http.aclose()


async def _restore_timeline(clock: BusClock, instance: ServiceInstance, settings: Settings) -> None:
    """Restore the clock's stored segments before any part of НУЦ asks for the time."""
    service = instance.load_service()
    assert service.open_timeline is not None  # noqa: S101 - that is what makes it the keeper
    database = Database(database_url(settings.database_url, settings.data_dir, instance.name), service.tables)
    try:
        database.create_schema(HISTORY, migrates=settings.opens(Opening.MIGRATION_AT_START))
        with database.transaction() as session:
            clock.add_segments(
                service.open_timeline(session, lambda lines: _first_segment(lines, clock.machine.now(), settings))
            )
    finally:
        database.dispose()


def _first_segment(lines: Timeline, moment: datetime, settings: Settings) -> ClockSegment | None:
    """The segment to begin with: that of a new sandbox, or a return to the machine's time when the settings ask
    for it.
    """
    if settings.clock == "real":
        is_real = not lines or lines[-1].mode == "real"
        return None if is_real else back_to_real(lines, moment)
    return None if lines else ClockSegment(1, moment, getattr(settings, "clock_start", None) or moment, 1.0)


def _choose_lead(instances: ConfiguredInstances) -> timedelta:
    """The lead of a change of the clock: zero where all receivers of messages are in this process."""
    is_whole = any(instance.address is not None and settings.amqp_url is None for instance, settings in instances)
    return timedelta(0) if is_whole else timedelta(seconds=LEAD_SECONDS)
