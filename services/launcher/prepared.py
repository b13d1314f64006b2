"""A country made once and copied then: a fresh one, with files and ports of its own, in a tenth of a second.

The first start of a country takes seconds: НУЦ makes RSA keys, seventeen systems enrol, registers are filled,
passwords hashed. All that comes of it lies in files (keys, certificates, SQLite databases), so a country that
starts from a copy of them finds everything done.
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

SHAPING_SETTINGS = ("EGOV_EMPLOYEE_PASSWORD", "EGOV_POPULATION_SEED", "EGOV_POPULATION_SIZE")
"""What decides the content of the files; every other setting may differ from copy to copy."""
OPERATOR_TOKEN = "operator.token"  # noqa: S105 - the name of a file
COMPLETE = "prepared"
"""The file that says that the preparation came to its end."""


@dataclass(frozen=True)
class CountryPlan:
    """What a prepared country is made from."""

    settings: tuple[tuple[str, str], ...] = ()
    start: datetime | None = None
    """The bus's time at which the country begins, and no copy may begin earlier; None: now."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], clock: Clock | None = None) -> CountryPlan:
        """The plan that fits a country of this environment, whose time is ``clock``'s where one is given."""
        settings = tuple((name, environment[name]) for name in SHAPING_SETTINGS if environment.get(name))
        if clock is not None:
            return cls(settings, clock.now())
        start = environment.get("EGOV_CLOCK_START")
        return cls(settings, datetime.fromisoformat(start) if start else None)

    @property
    def folder_name(self) -> str:
        """A name of its own for every plan."""
        return sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class PreparedCountry:
    """The files of a whole country that was started once and stopped. Copies are started, they never."""

    folder: Path

    @classmethod
    async def prepare(cls, folder: Path, plan: CountryPlan) -> PreparedCountry:
        """The country of this plan in ``folder``: made there, unless it is complete already."""
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
        """Put the files of these instances into ``folder``.

        A copy has the same people, employees, keys and certificates; the operators' tokens are its own.
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
        """A fresh country in ``folder``, in the caller's loop, stopped at the end of the block.

        It listens on free ports, and ``environment`` are its settings beside them. Its time is ``clock``'s where
        one is given, and begins no earlier than the plan's. The files stay until ``folder`` goes.
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
