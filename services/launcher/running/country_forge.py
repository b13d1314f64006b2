"""The process that prepares a country once and forks it: ``python -m …running.country_forge HOME SETTINGS``.

It reads one order a line (JSON) from its standard input and answers each with one line. ``start`` forks a country
(``folder``, ``settings``, ``without``) and answers ``pid``; ``await`` answers ``urls`` by system once that country
is ready, or ``error``; ``stop`` throws a country away at once. At the end of the input all countries end.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from services.catalog import INSTANCES
from services.launcher.gc_tuning import freeze_survivors, relax_thresholds
from services.launcher.launch import until_signal
from services.launcher.prepared import CountryPlan, PreparedCountry

SIGNAL_AT_THE_END_OF_THE_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""
LOG_FILE = "country.log"


@dataclass
class CountryForge:
    """The countries forked from one that is prepared."""

    prepared: PreparedCountry
    readiness: dict[int, int] = field(default_factory=dict)
    """By process, the pipe on which the country tells its addresses."""

    def obey(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one order."""
        match order:
            case {"start": wish}:
                return {"pid": self._fork(wish)}
            case {"await": pid}:
                return self._await_ready(pid)
            case {"stop": pid}:
                return self._throw_away(pid)
        return {"error": "no such order"}

    def _fork(self, wish: Mapping[str, Any]) -> int:
        readable, writable = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(readable)
            _become_country(self.prepared, wish, writable)
        os.close(writable)
        self.readiness[pid] = readable
        return pid

    def _await_ready(self, pid: int) -> dict[str, Any]:
        with os.fdopen(self.readiness.pop(pid)) as pipe:
            addresses = pipe.read()
        return {"urls": json.loads(addresses)} if addresses else {"error": "the country did not start"}

    def _throw_away(self, pid: int) -> dict[str, Any]:
        if (pipe := self.readiness.pop(pid, None)) is not None:
            os.close(pipe)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return {"stopped": pid}


def _become_country(prepared: PreparedCountry, wish: Mapping[str, Any], writable: int) -> None:
    """Be the country until SIGTERM, or until the forge ends; its output goes to a file of its folder."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(SIGNAL_AT_THE_END_OF_THE_PARENT, int(signal.SIGKILL))
        os.setpgid(0, 0)  # the Ctrl-C of a test run is the forge's affair
        folder = Path(wish["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        output = os.open(folder / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(output, stream)
        asyncio.run(_run_country(prepared, folder, wish, writable))
        code = 0
    finally:
        os._exit(code)


async def _run_country(prepared: PreparedCountry, folder: Path, wish: Mapping[str, Any], writable: int) -> None:
    without = set(wish.get("without", ()))
    instances = [instance for instance in INSTANCES if instance.name not in without]
    async with prepared.run_copy(folder, wish.get("settings"), instances) as country:
        urls = {instance.name: country.instance_url(instance.name) for instance in instances}
        with os.fdopen(writable, "w") as pipe:
            json.dump(urls, pipe)
        await until_signal()


async def _prepare(home: Path, settings: Mapping[str, str]) -> PreparedCountry:
    return await PreparedCountry.prepare(home / "prepared", CountryPlan.from_environment(settings))


async def _warm_up(prepared: PreparedCountry, folder: Path) -> None:
    """Run a copy once, so that what a first start computes and imports is there for all forks."""
    async with prepared.run_copy(folder):
        pass


def main(home: Path, settings: Mapping[str, str], orders: TextIO, answers: TextIO) -> None:
    """Prepare, then obey orders to the end of the input."""
    relax_thresholds()
    prepared = asyncio.run(_prepare(home, settings))
    asyncio.run(_warm_up(prepared, home / "warm"))
    shutil.rmtree(home / "warm")
    freeze_survivors()
    forge = CountryForge(prepared)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in orders:
        print(json.dumps(forge.obey(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end of the input ends the forge
    main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.stdin, sys.stdout)
