"""Further countries on this machine, forked from one that is prepared ahead, or with the first order."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

from services.launcher.running.forked_countries import CountryFault, ForkedCountries, ForkedCountry
from shared.bus.clocks.clock import SystemClock
from shared.bus.logs import log
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.contracts.population import make_population
from shared.sandbox.country.further_countries import CountryNotMade, CountryOrder, CountryPerson, FurtherCountry

FOLDER = "countries"
PASSED_ON = ("EGOV_POPULATION_SEED", "EGOV_POPULATION_SIZE")
TOKEN_FILE = "operator.token"  # noqa: S105 - the name of a file


@dataclass
class FurtherCountryMaker:
    """The maker of a process: a forge, started ahead or with the first order, and the countries that it runs."""

    home: Path
    """Everything in it is deleted at the first order, and at the end."""
    environment: Mapping[str, str]
    _forge: ForkedCountries | None = None
    _running: dict[str, tuple[FurtherCountry, ForkedCountry]] = field(default_factory=dict)
    _turns: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: SupervisedTasks = field(default_factory=SupervisedTasks)
    _password: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def prepare_ahead(self) -> None:
        """Have a usual country ready before the first order, without anybody waiting for it."""
        self._tasks.run_once("countries.prepare", self._prepare())

    async def make(self, order: CountryOrder) -> FurtherCountry:
        """Take a country from the forge; the next one of this kind starts ahead."""
        began = asyncio.get_running_loop().time()
        async with self._turns:
            return await self._take(order, began)

    def list_countries(self) -> Sequence[FurtherCountry]:
        return [country for country, _ in self._running.values()]

    async def end(self, country_id: str) -> None:
        running = self._running.pop(country_id, None)
        async with self._turns:
            if running is not None and self._forge is not None:
                await asyncio.to_thread(self._forge.throw_away, running[1])

    async def close(self) -> None:
        """End all countries and the forge."""
        await self._tasks.stop()
        self._running.clear()
        if self._forge is not None:
            await asyncio.to_thread(self._forge.close)
            self._forge = None
            shutil.rmtree(self.home, ignore_errors=True)

    async def _prepare(self) -> None:
        async with self._turns:
            try:
                forge = await self._open_forge()
                await asyncio.to_thread(forge.keep_ready, _settings_for(CountryOrder()))
            except CountryFault as fault:
                log("country.failed", error=str(fault))
            else:
                log("countries.prepared")

    async def _take(self, order: CountryOrder, began: float) -> FurtherCountry:
        wish = (_settings_for(order), tuple(order.without))
        try:
            forge = await self._open_forge()
            forked = await asyncio.to_thread(forge.take, *wish)
            await asyncio.to_thread(forge.keep_ready, *wish)
        except CountryFault as fault:
            log("country.failed", error=str(fault))
            raise CountryNotMade(str(fault)[-1000:]) from None
        took = asyncio.get_running_loop().time() - began
        country = self._describe(forked, order, round(1000 * took, 1))
        self._running[country.id] = (country, forked)
        self._tasks.run_once("country.end", self._end_later(country.id, order.lives_seconds))
        return country

    async def _open_forge(self) -> ForkedCountries:
        """The forge when it has prepared its country; one that cannot is ended, and the next order tries anew."""
        if self._forge is None:
            self._forge = await asyncio.to_thread(self._launch_forge)
        try:
            await asyncio.to_thread(self._forge.wait_until_prepared)
        except CountryFault:
            await asyncio.to_thread(self._forge.close)
            self._forge = None
            raise
        return self._forge

    def _launch_forge(self) -> ForkedCountries:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        shaping = {name: self.environment[name] for name in PASSED_ON if self.environment.get(name)}
        return ForkedCountries.launch(self.home, {**shaping, "EGOV_EMPLOYEE_PASSWORD": self._password})

    async def _end_later(self, country_id: str, seconds: float) -> None:
        await SystemClock().sleep(seconds)
        await self.end(country_id)

    def _describe(self, forked: ForkedCountry, order: CountryOrder, took: float) -> FurtherCountry:
        tokens = {name: (forked.folder / name / TOKEN_FILE).read_text() for name in forked.urls}
        seed, size = (
            int(self.environment.get(name) or usual) for name, usual in zip(PASSED_ON, (1, 1000), strict=True)
        )
        people = (person for person in make_population(seed, size) if person.is_alive)
        return FurtherCountry(
            secrets.token_hex(8),
            forked.urls,
            tokens,
            self._password,
            [
                CountryPerson(person.iin, person.surname, person.name, person.patronymic)
                for person in islice(people, order.citizens)
            ],
            SystemClock().now() + timedelta(seconds=order.lives_seconds),
            took,
        )


def _settings_for(order: CountryOrder) -> dict[str, str]:
    return {"EGOV_CLOCK": "sandbox", "EGOV_CLERKS": order.clerks, "EGOV_EMPLOYEE_KEYS": "ec"}
