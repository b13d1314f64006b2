"""The country of a simulation: in this process, on its own clock, in a folder that is thrown away."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from services.catalog import INSTANCES
from services.launcher.country import Country
from services.launcher.gc_tuning import freeze_what_stays
from services.launcher.ports import is_free
from services.launcher.settings import settings_for
from services.tools.simulation.centre import Centre, centre
from services.tools.simulation.plan import GRAIN, Plan
from shared.bus.clocks.clock import ManualClock
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import Node
from shared.workplace.clerks.office import ClerkOffice, take_due
from shared.workplace.clerks.rules import Policy, Rule
from shared.workplace.clerks.settling import settle
from shared.workplace.records import storage

PASSWORD = "a-simulated-employee"  # noqa: S105 - of a country that is thrown away
PORTS_FROM, PORTS_TO = 2_000, 50_000


@dataclass
class World:
    """A running country whose time moves when told to; НУЦ apart."""

    country: Country
    centre: Centre
    clock: ManualClock
    turns: dict[str, int] = field(default_factory=dict)
    due: dict[str, datetime | None] = field(default_factory=dict)

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self.country.nodes

    @property
    def workplaces(self) -> Iterable[str]:
        """The instances at which clerks work."""
        return [name for name, node in self.nodes.items() if "work_case" in node.service.tables.tables]

    @property
    def talkers(self) -> Iterable[str]:
        """The instances that have an address on the bus."""
        return [name for name, node in self.nodes.items() if node.means.identity is not None]

    async def go_to(self, moment: datetime) -> None:
        if moment > self.clock.now():
            await self.centre.go_to(moment)
            await self.clock.advance(moment - self.clock.now())

    async def quiet(self) -> None:
        """Wait until every message is where it goes and nobody has anything left to do."""
        runtimes = [node.runtime for node in self.nodes.values()]
        while not all(runtime.is_quiet for runtime in runtimes):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Let clerks take what is due by now, and wait for what comes of it, until nothing is due."""
        await self.quiet()
        while due := [name for name, at in (await self.next_dues()).items() if at and at <= self.clock.now()]:
            await asyncio.gather(*(take_due(self.nodes[name].runtime, settle) for name in due))
            await self.quiet()

    async def next_dues(self) -> Mapping[str, datetime | None]:
        """When the clerks of each workplace have something to do next; asked anew where something was done."""
        changed = [name for name in self.workplaces if self.turns.get(name) != self.nodes[name].runtime.turns]
        for name in changed:
            runtime = self.nodes[name].runtime
            self.turns[name] = runtime.turns
            self.due[name] = await runtime.read(storage.next_due)
        return self.due

    async def rows(self, name: str, table: str, *columns: str) -> list[Any]:
        """Columns of a table of an instance."""
        found = self.nodes[name].service.tables.tables[table]
        query = found.select().with_only_columns(*(found.c[column] for column in columns))
        return await self.nodes[name].runtime.read(lambda session: list(session.execute(query)))


@asynccontextmanager
async def opened(
    plan: Plan, folder: Path, late_share: float, environment: Mapping[str, str]
) -> AsyncIterator[World]:
    """The country at the beginning of the plan, with paced clerks, employees' keys on an elliptic curve."""
    given = {
        **environment,
        "EGOV_DATA_DIR": str(folder),
        "EGOV_PORT_OFFSET": str(_offset()),
        "EGOV_EMPLOYEE_PASSWORD": PASSWORD,
        "EGOV_EMPLOYEE_KEYS": "ec",
        "EGOV_CRL_MINUTES": str(24 * 60),
        "EGOV_OCSP_SECONDS": str(7 * 24 * 3600),
        "EGOV_EVIDENCE": "false",
        "EGOV_POPULATION_SEED": str(plan.seed),
        "EGOV_POPULATION_SIZE": str(plan.people),
        "EGOV_RETENTION_DAYS": str(plan.days + 30),
    }
    wanted = [(one, settings_for(one, given, is_alone=False)) for one in INSTANCES]
    (nuc,) = (pair for pair in wanted if pair[0].address is None)
    async with centre(*nuc, plan.start) as beside:
        clock = ManualClock(plan.start)
        country = Country([pair for pair in wanted if pair is not nuc], given_clock=clock, is_inline=True)
        try:
            await country.start()
            freeze_what_stays()
            world = World(country, beside, clock)
            rule = Rule(policy=Policy.PACED, seed=plan.seed, late_share=late_share, grain_minutes=GRAIN)
            await asyncio.gather(*(_employ(world.nodes[name].runtime, rule) for name in world.workplaces))
            yield world
        finally:
            await country.stop()


async def _employ(bus: Runtime, rule: Rule) -> None:
    await bus.use(ClerkOffice).change(bus, (rule,))


def _offset() -> int:
    """A shift of all ports at which every one is free."""
    while True:
        offset = secrets.randbelow(PORTS_TO - PORTS_FROM) + PORTS_FROM
        if all(is_free(one.port + offset) for one in INSTANCES):
            return offset
