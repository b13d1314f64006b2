"""A country in this process that goes back to a snapshot when asked, without a new process."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from services.launcher.clock import ConfiguredInstances
from services.launcher.country import Deployment
from services.launcher.data_folder import snapshot_files
from services.launcher.data_folder.seeded_state import keep_seeded_state
from services.launcher.gc_tuning import freeze_survivors
from services.launcher.launch import listen_for_signals
from services.launcher.running.further_countries import FurtherCountryMaker
from shared.bus import logs
from shared.bus.profiles import Opening
from shared.bus.runtime.supervised_tasks import wait_for_first
from shared.sandbox.country.country_reset import SEEDED, CountryReset, KeptState
from shared.sandbox.country.further_countries import FurtherCountries

LEAST_GRACE = 0.1
"""The seconds that requests under way have when the country goes back: live pages would hold it up for ever."""


@dataclass
class ReturningCountry:
    """The instances of a process, started anew from their files each time that a reset is asked for."""

    data_dir: Path
    configured: ConfiguredInstances
    tell_ready: Callable[[str, str], None]
    """Told the name and the address of each instance that is ready."""
    goes_back: bool = True
    """Whether these are all systems of a country: a part of one cannot go back alone."""
    further: FurtherCountryMaker | None = None
    """Makes countries beside this one."""
    keeps_country_ready: bool = False
    """Whether ``further`` has a country ready before the first is asked for."""
    resets: CountryReset = field(default_factory=CountryReset)
    _running: Deployment = field(init=False)
    _schemas: dict[tuple[str, ...], str | None] = field(default_factory=dict)

    async def serve(self) -> bool:
        """Serve until a signal; whether a server ended without an order."""
        names = [instance.name for instance, _ in self.configured]
        is_new = not any((self.data_dir / name).is_dir() for name in names)
        self._offer_resets()
        self.resets.is_settled = not (is_new and self.resets.is_offered)
        signals, self._running = listen_for_signals(), self._deploy()
        try:
            await self._start()
            if not self.resets.is_settled:
                await asyncio.to_thread(keep_seeded_state, self.data_dir, names)
                self.resets.is_settled = True
            freeze_survivors()
            if self.further is not None and self.keeps_country_ready:
                self.further.prepare_ahead()
            while await self._wait(signals):
                await self._go_back(self.resets.wished or SEEDED)
        finally:
            await self._running.stop()
            if self.further is not None:
                await self.further.close()
        return self._running.broken.is_set()

    async def _wait(self, signals: asyncio.Event) -> bool:
        """Wait for an end or a reset; whether it is a reset."""
        broken = self._running.broken
        await wait_for_first([signals.wait(), broken.wait(), self.resets.asked.wait()])
        return not signals.is_set() and not broken.is_set()

    async def _go_back(self, name: str) -> None:
        """Stop, put the files of the snapshot in place of those that are there, and start from them."""
        manifest = snapshot_files.read_manifest(self.data_dir, name)
        listening = self._running.listening
        await self._running.stop(LEAST_GRACE, keeps_ports=True)
        await asyncio.to_thread(snapshot_files.replace_files, self.data_dir, name, manifest)
        gc.collect()  # what was there at the first start is frozen: this is the garbage of the last reset
        self._running = self._deploy()
        self._running.listening = listening
        self._running.is_prepared = manifest.is_calm
        await self._start()
        self.resets.conclude()
        logs.log("country.reset", snapshot=name, generation=self.resets.generation)

    def _deploy(self) -> Deployment:
        return Deployment(self.configured, resets=self.resets, further=FurtherCountries(self.further))

    async def _start(self) -> None:
        await self._running.start(lambda name: self.tell_ready(name, self._running.instance_url(name)))

    def _offer_resets(self) -> None:
        """Offer resets where the profile has them and every file is here."""
        settings = [setting for _, setting in self.configured]
        if self.goes_back and all(
            setting.opens(Opening.SANDBOX_RULES) and setting.database_url is setting.amqp_url is None
            for setting in settings
        ):
            self.resets.is_offered = True
            self.resets.list_states = self._list_states

    def _list_states(self) -> list[KeptState]:
        return [
            KeptState(
                each.name, each.made_at, each.version, snapshot_files.fits(each, self._schema_of(each.systems))
            )
            for each in snapshot_files.list_manifests(self.data_dir)
        ]

    def _schema_of(self, systems: tuple[str, ...]) -> str | None:
        """The tables of these systems, which no running country changes: read once, because who waits for a reset
        asks again and again.
        """
        if systems not in self._schemas:
            self._schemas[systems] = snapshot_files.read_schema(self.data_dir, systems)
        return self._schemas[systems]
