"""The systems of a simulation: in this process, on a manual clock, in a temporary folder."""

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
from services.launcher.country import Deployment
from services.launcher.gc_tuning import freeze_survivors
from services.launcher.ports import is_free
from services.launcher.settings import settings_for
from services.tools.simulation.nuc_process import SimulatedCentre, run_centre
from services.tools.simulation.plan import GRAIN, SimulationPlan
from shared.bus.clocks.clock import ManualClock
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceNode
from shared.workplace.clerks.clerk_office import ClerkOffice, take_due
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import ClerkRule
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.records import storage

PASSWORD = "a-simulated-employee"  # noqa: S105 - of a country that is thrown away
PORTS_FROM, PORTS_TO = 2_000, 50_000


@dataclass
class SimulatedDeployment:
    """The running systems, whose time moves on command; НУЦ runs apart."""

    deployment: Deployment
    centre: SimulatedCentre
    clock: ManualClock
    turns: dict[str, int] = field(default_factory=dict)
    due: dict[str, datetime | None] = field(default_factory=dict)

    @property
    def nodes(self) -> Mapping[str, ServiceNode]:
        return self.deployment.nodes

    @property
    def workplace_names(self) -> Iterable[str]:
        """The instances at which clerks work."""
        return [name for name, node in self.nodes.items() if "work_case" in node.service.tables.tables]

    @property
    def addressed_names(self) -> Iterable[str]:
        """The instances that have an address on the bus."""
        return [name for name, node in self.nodes.items() if node.dependencies.identity is not None]

    async def advance_to(self, moment: datetime) -> None:
        if moment > self.clock.now():
            await self.centre.advance_to(moment)
            await self.clock.advance(moment - self.clock.now())

    async def wait_until_quiet(self) -> None:
        """Wait until every message has arrived and no system has work left."""
        runtimes = [node.runtime for node in self.nodes.values()]
        while not all(runtime.is_quiet for runtime in runtimes):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)

    async def settle_due(self) -> None:
        """Let clerks take the steps that are due by now, and wait for the consequences, until nothing is due."""
        await self.wait_until_quiet()
        while due := [name for name, at in (await self.read_next_dues()).items() if at and at <= self.clock.now()]:
            await asyncio.gather(*(take_due(self.nodes[name].runtime, settle_case) for name in due))
            await self.wait_until_quiet()

    async def read_next_dues(self) -> Mapping[str, datetime | None]:
        """The moment of the next clerk's step at each workplace; read again only where something changed."""
        changed = [name for name in self.workplace_names if self.turns.get(name) != self.nodes[name].runtime.turns]
        for name in changed:
            runtime = self.nodes[name].runtime
            self.turns[name] = runtime.turns
            self.due[name] = await runtime.read(storage.next_due)
        return self.due

    async def select_columns(self, name: str, table: str, *columns: str) -> list[Any]:
        """The given columns of a table of an instance."""
        sql_table = self.nodes[name].service.tables.tables[table]
        query = sql_table.select().with_only_columns(*(sql_table.c[column] for column in columns))
        return await self.nodes[name].runtime.read(lambda session: list(session.execute(query)))


@asynccontextmanager
async def open_deployment(
    plan: SimulationPlan, folder: Path, late_share: float, environment: Mapping[str, str]
) -> AsyncIterator[SimulatedDeployment]:
    """The systems at the beginning of the plan, with paced clerks and elliptic-curve keys of employees."""
    environment_values = {
        **environment,
        "EGOV_DATA_DIR": str(folder),
        "EGOV_PORT_OFFSET": str(_choose_port_offset()),
        "EGOV_EMPLOYEE_PASSWORD": PASSWORD,
        "EGOV_EMPLOYEE_KEYS": "ec",
        "EGOV_CRL_MINUTES": str(24 * 60),
        "EGOV_OCSP_SECONDS": str(7 * 24 * 3600),
        "EGOV_EVIDENCE": "false",
        "EGOV_PUSH_HOSTS": "none",
        "EGOV_POPULATION_SEED": str(plan.seed),
        "EGOV_POPULATION_SIZE": str(plan.population_size),
        "EGOV_RETENTION_DAYS": str(plan.days + 30),
    }
    instances = [(instance, settings_for(instance, environment_values, is_alone=False)) for instance in INSTANCES]
    (nuc,) = (pair for pair in instances if pair[0].address is None)
    async with run_centre(*nuc, plan.start) as simulated_centre:
        clock = ManualClock(plan.start)
        deployment = Deployment([pair for pair in instances if pair is not nuc], given_clock=clock, is_inline=True)
        try:
            await deployment.start()
            freeze_survivors()
            simulated_deployment = SimulatedDeployment(deployment, simulated_centre, clock)
            rule = ClerkRule(policy=ClerkPolicy.PACED, seed=plan.seed, late_share=late_share, grain_minutes=GRAIN)
            await asyncio.gather(
                *(
                    _set_clerk_rule(simulated_deployment.nodes[name].runtime, rule)
                    for name in simulated_deployment.workplace_names
                )
            )
            yield simulated_deployment
        finally:
            await deployment.stop()


async def _set_clerk_rule(runtime: Runtime, rule: ClerkRule) -> None:
    await runtime.resource(ClerkOffice).replace_rules(runtime, (rule,))


def _choose_port_offset() -> int:
    """A shift at which all ports are free."""
    while True:
        offset = secrets.randbelow(PORTS_TO - PORTS_FROM) + PORTS_FROM
        if all(is_free(instance.port + offset) for instance in INSTANCES):
            return offset
