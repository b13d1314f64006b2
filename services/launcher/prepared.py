"""Prepared countries: a country is started once, and each copy of its files starts in a tenth of a second.

The first start of a country takes seconds: НУЦ makes RSA keys, the other systems enrol, registers are filled,
passwords are hashed. The results are files (keys, certificates, SQLite databases), so a country that starts from a
copy of these files skips this work.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from services.catalog import INSTANCES, ServiceInstance
from services.launcher.country import Deployment
from services.launcher.ports import random_offset
from services.launcher.settings import settings_for
from shared.bus.clocks.clock import Clock, ManualClock

SHAPING_SETTINGS = (
    "EGOV_PROFILE",
    "EGOV_EMPLOYEE_PASSWORD",
    "EGOV_PASSWORD_WORK",
    "EGOV_POPULATION_SEED",
    "EGOV_POPULATION_SIZE",
)
"""The settings that decide the content of the files; all other settings may differ between copies."""
OPERATOR_TOKEN = "operator.token"  # noqa: S105 - the name of a file
COMPLETE = "prepared"
"""The name of the file that marks a complete preparation."""


@dataclass(frozen=True)
class CountryPlan:
    """The settings and the start of a prepared country."""

    settings: tuple[tuple[str, str], ...] = ()
    start: datetime | None = None
    """The bus's time at the start of the country, and the earliest start of a copy; None: the present time."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], clock: Clock | None = None) -> CountryPlan:
        """The plan of a country with these settings; ``clock``, where given, sets the start."""
        settings = tuple((name, environment[name]) for name in SHAPING_SETTINGS if environment.get(name))
        if clock is not None:
            return cls(settings, clock.now())
        start = environment.get("EGOV_CLOCK_START")
        return cls(settings, datetime.fromisoformat(start) if start else None)

    @property
    def folder_name(self) -> str:
        """The name of the plan's folder; different plans have different names."""
        return sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class PreparedCountry:
    """The files of a whole country that was started and stopped once. Only copies of these files are started."""

    folder: Path

    @classmethod
    async def prepare(cls, folder: Path, plan: CountryPlan) -> PreparedCountry:
        """The prepared country of this plan in ``folder``; prepares the country there unless complete already."""
        if not (folder / COMPLETE).exists():
            environment = {**dict(plan.settings), "EGOV_DATA_DIR": str(folder)}
            country = _deploy(environment, INSTANCES, None if plan.start is None else ManualClock(plan.start))
            try:
                await country.start()
            finally:
                await country.stop()
            (folder / COMPLETE).touch()
        return cls(folder)

    def copy_to(self, folder: Path, instances: Iterable[ServiceInstance] = INSTANCES) -> None:
        """Copy the files of these instances into ``folder``.

        People, employees, keys and certificates are copied; the copy gets new operators' tokens.
        """
        for instance in instances:
            shutil.copytree(
                self.folder / instance.name,
                folder / instance.name,
                ignore=shutil.ignore_patterns(OPERATOR_TOKEN),
                copy_function=shutil.copy,
                dirs_exist_ok=True,
            )

    @asynccontextmanager
    async def run_copy(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        instances: Iterable[ServiceInstance] = INSTANCES,
        clock: Clock | None = None,
    ) -> AsyncIterator[Deployment]:
        """Run a copy of the country in ``folder``, in the caller's event loop, until the end of the block.

        The country listens on free ports; ``environment`` gives further settings. ``clock``, where given, is the
        bus's clock and must not be before the plan's start. The files stay in ``folder``.
        """
        chosen = list(instances)
        self.copy_to(folder, chosen)
        country = _deploy({**(environment or {}), "EGOV_DATA_DIR": str(folder)}, chosen, clock)
        country.is_prepared = True
        try:
            await country.start()
            yield country
        finally:
            await country.stop()


def _deploy(
    environment: Mapping[str, str], instances: Iterable[ServiceInstance], clock: Clock | None
) -> Deployment:
    given = {"EGOV_PORT_OFFSET": str(random_offset()), **environment}
    configured = [(instance, settings_for(instance, given, is_alone=False)) for instance in instances]
    return Deployment(configured, given_clock=clock)
