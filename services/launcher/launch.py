"""The context of every command: the environment, and running a coroutine to its end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer

from services.launcher.commands.error_report import report_errors
from services.launcher.commands.languages import choose_language
from services.launcher.gc_tuning import freeze_survivors
from shared.bus.errors import NotFound

if TYPE_CHECKING:  # a command imports what it uses, when it uses it
    import asyncio

    from shared.bus.clocks.clock import Clock
    from shared.bus.settings import Settings

GIL_TURN = 0.0005
"""Seconds for which a thread may keep the interpreter while another waits: the loop must not wait for a
transaction.
"""

POPULATION_DEFAULTS = (("SEED", "1"), ("SIZE", "1000"))


@dataclass(frozen=True)
class LaunchContext:
    """One start of the launcher; ``services/cli.py`` reads `environment` once."""

    environment: Mapping[str, str]
    typed_language: str | None = None
    """The language that the person typed, if any."""

    @property
    def language(self) -> str:
        """The language of the command: ru, kk or en."""
        return choose_language(self.environment, self.typed_language)

    @cached_property
    def reached_environment(self) -> Mapping[str, str]:
        """The environment by which systems are found: where it does not say at which ports and on which address
        they listen, those of the country that runs with the data folder.
        """
        from services.launcher.data_folder.country_record import PLACING_SETTINGS, CountryRecord

        if any(self.environment.get(name) for name in PLACING_SETTINGS):
            return self.environment
        country = CountryRecord.find(self.data_dir)
        return {**self.environment, **country.settings} if country else self.environment

    def prepare_logs(self, log_level: str) -> None:
        """Set up the logs; SettingsError when the environment has an unknown EGOV name or log level."""
        from services.launcher.settings import SettingsError, unknown_names
        from shared.bus import logs

        if unknown := unknown_names(self.environment):
            raise SettingsError(tuple(unknown), "setting-unknown")
        level = self.environment.get("EGOV_LOG_LEVEL") or log_level
        if level != log_level and level not in (levels := _list_log_levels()):
            raise SettingsError((f"EGOV_LOG_LEVEL: {', '.join(levels)}",))
        logs.set_up(level)

    def run_to_end(self, main: Coroutine[Any, Any, int], *, as_json: bool = False) -> None:
        """Run `main` to its end and exit with its result; tell an error that a person can cause."""
        import uvloop

        sys.setswitchinterval(GIL_TURN)
        freeze_survivors()
        os.umask(0o077)  # the files of a deployment are readable by their owner only
        with report_errors(self.language, as_json=as_json):
            raise typer.Exit(uvloop.run(main))

    @property
    def nuc_url(self) -> str:
        """The URL of НУЦ: EGOV_NUC_URL, or НУЦ on this machine."""
        return self._find_nuc(self.reached_environment).nuc_url

    def instance_url(self, name: str) -> str:
        """The URL of an instance on this machine, as its settings in the environment have it."""
        from services.catalog import INSTANCES
        from services.launcher.settings import settings_for

        instance = next(instance for instance in INSTANCES if instance.name == name)
        return settings_for(instance, self.reached_environment, is_alone=False).local_url

    @asynccontextmanager
    async def bus_clock(self) -> AsyncIterator[Clock]:
        """The bus's time: the machine's time; with EGOV_CLOCK=sandbox the time that НУЦ keeps, followed inside the
        block.

        Unavailable ``clock-unavailable``.
        """
        from shared.bus.clocks.clock import BusClock, SystemClock

        if self._find_nuc(self.environment).clock == "real":
            yield SystemClock()
            return
        import httpx

        from shared.bus.clocks import clock_client
        from shared.bus.http.tls import server_check, uses_proxies
        from shared.bus.runtime.supervised_tasks import SupervisedTasks

        clock, url = BusClock(), self.nuc_url
        async with httpx.AsyncClient(
            base_url=url, timeout=5, verify=server_check(url), trust_env=uses_proxies(url)
        ) as http:
            await clock_client.fetch_segments(http, clock)
            tasks = SupervisedTasks()
            tasks.keep_running("clock.follower", lambda: clock_client.follow_clock(http, clock))
            try:
                yield clock
            finally:
                await tasks.stop()

    @property
    def data_dir(self) -> Path:
        """The data folder: EGOV_DATA_DIR, or ``var``."""
        return self._find_nuc(self.environment).data_dir

    def operator_token(self, instance: str) -> str:
        """The operator's token of an instance; NotFound ``operators-file-missing`` when it is neither in the
        environment nor on disk.
        """
        if token := self.environment.get("EGOV_OPERATOR_TOKEN"):
            return token
        file = self.data_dir / instance / "operator.token"
        try:
            return file.read_text(encoding="utf-8")
        except OSError as error:
            reason = f"{file}: {error.strerror}; or set EGOV_OPERATOR_TOKEN"
            raise NotFound("operators-file-missing", reason, path=str(file)) from None

    @property
    def population_parameters(self) -> tuple[int, int]:
        """Seed and size of the synthetic population; SettingsError when they are not whole numbers."""
        seed, size = (
            self.environment.get(f"EGOV_POPULATION_{name}", usual) for name, usual in POPULATION_DEFAULTS
        )
        try:
            return int(seed), int(size)
        except ValueError:
            from services.launcher.settings import SettingsError

            raise SettingsError(("EGOV_POPULATION_SEED and EGOV_POPULATION_SIZE are whole numbers",)) from None

    def _find_nuc(self, environment: Mapping[str, str]) -> Settings:
        from services.catalog import INSTANCES
        from services.launcher.settings import settings_for

        nuc = next(instance for instance in INSTANCES if instance.service == "is_nuc")
        return settings_for(nuc, environment, is_alone=False)


def _list_log_levels() -> tuple[str, ...]:
    from shared.bus.settings import Settings

    return get_args(Settings.model_fields["log_level"].annotation)


async def until_signal() -> None:
    """Wait for SIGINT or SIGTERM."""
    await listen_for_signals().wait()


def listen_for_signals() -> asyncio.Event:
    """What SIGINT and SIGTERM set from now on."""
    import asyncio

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def read_password(file: Path | None, *, asks_twice: bool = False) -> str:
    """The first line of `file`, or the hidden input of the person; never an argument, because `ps` shows
    arguments.
    """
    if file is None:
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=asks_twice, err=True))
    try:
        first, _, _ = file.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeError) as error:
        raise NotFound("file-unreadable", f"{file}: {error}") from None
    return first
