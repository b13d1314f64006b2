"""The context of every command: the environment, and running a coroutine to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx
import typer
import uvloop
from rich.console import Console
from rich.markup import escape

from services.catalog import INSTANCES
from services.launcher.gc_tuning import freeze_survivors
from services.launcher.settings import SettingsError, settings_for, unknown_names
from shared.bus import logs
from shared.bus.clocks import clock_client
from shared.bus.clocks.clock import BusClock, Clock, SystemClock
from shared.bus.errors import BusError, NotFound
from shared.bus.http.tls import server_check, uses_proxies
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.settings import Settings
from shared.texts.catalog import COMMON

GIL_TURN = 0.0005
"""Seconds for which a thread may keep the interpreter while another waits: the loop must not wait for a
transaction.
"""

LOG_LEVELS = get_args(Settings.model_fields["log_level"].annotation)
POPULATION_DEFAULTS = (("SEED", "1"), ("SIZE", "1000"))

error_console = Console(stderr=True)


@dataclass(frozen=True)
class LaunchContext:
    """One start of the launcher; ``services/cli.py`` reads `environment` once."""

    environment: Mapping[str, str]

    def prepare_logs(self, log_level: str) -> None:
        """Set up the logs; exit code 2 when the environment has an unknown EGOV name or log level."""
        if unknown := unknown_names(self.environment):
            error_console.print(f"[red]unknown settings in the environment:[/] {', '.join(unknown)}")
            raise typer.Exit(2)
        level = self.environment.get("EGOV_LOG_LEVEL") or log_level
        if level not in LOG_LEVELS:
            error_console.print(f"[red]EGOV_LOG_LEVEL:[/] one of {', '.join(LOG_LEVELS)}")
            raise typer.Exit(2)
        logs.set_up(level)

    def run_to_end(self, main: Coroutine[Any, Any, int]) -> None:
        """Run `main` to its end and exit with its result; exit code 1 for a refusal, 2 for wrong settings."""
        sys.setswitchinterval(GIL_TURN)
        freeze_survivors()
        os.umask(0o077)  # the files of a deployment are readable by their owner only
        try:
            code = uvloop.run(main)
        except SettingsError as fault:
            error_console.print(f"[red]settings:[/] {escape(str(fault))}")
            code = 2
        except BusError as error:
            error_console.print(f"[red]{error.code}:[/] {escape(error.message)}")
            for text in COMMON.get(error.code, {}).values():
                error_console.print(escape(text))
            code = 1
        except OSError as error:  # the disk: full, read-only, or another owner's
            error_console.print(f"[red]file-system:[/] {escape(str(error))}")
            code = 1
        raise typer.Exit(code)

    @property
    def nuc_url(self) -> str:
        """The URL of НУЦ: EGOV_NUC_URL, or НУЦ on this machine."""
        return self._nuc_settings.nuc_url

    def instance_url(self, name: str) -> str:
        """The URL of an instance on this machine, as its settings in the environment have it."""
        instance = next(instance for instance in INSTANCES if instance.name == name)
        return settings_for(instance, self.environment, is_alone=False).local_url

    @asynccontextmanager
    async def bus_clock(self) -> AsyncIterator[Clock]:
        """The bus's time: the machine's time; with EGOV_CLOCK=sandbox the time that НУЦ keeps, followed inside the
        block.

        Unavailable ``clock-unavailable``.
        """
        if self._nuc_settings.clock == "real":
            yield SystemClock()
            return
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
        return self._nuc_settings.data_dir

    def operator_token(self, instance: str) -> str:
        """The operator's token of an instance; NotFound file-unreadable when it is neither in the environment nor
        on disk.
        """
        if token := self.environment.get("EGOV_OPERATOR_TOKEN"):
            return token
        file = self.data_dir / instance / "operator.token"
        try:
            return file.read_text(encoding="utf-8")
        except OSError as error:
            raise NotFound("file-unreadable", f"{file}: {error.strerror}; or set EGOV_OPERATOR_TOKEN") from None

    @property
    def population_parameters(self) -> tuple[int, int]:
        """Seed and size of the synthetic population; SettingsError when they are not whole numbers."""
        seed, size = (
            self.environment.get(f"EGOV_POPULATION_{name}", usual) for name, usual in POPULATION_DEFAULTS
        )
        try:
            return int(seed), int(size)
        except ValueError:
            raise SettingsError(("EGOV_POPULATION_SEED and EGOV_POPULATION_SIZE are whole numbers",)) from None

    @property
    def _nuc_settings(self) -> Settings:
        nuc = next(instance for instance in INSTANCES if instance.service == "is_nuc")
        return settings_for(nuc, self.environment, is_alone=False)


async def until_signal() -> None:
    """Wait for SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


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
