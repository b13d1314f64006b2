"""Systems in processes of their own that need not import their modules: each is forked from a process that has.

A system spends two thirds of its start on imports, and importing does nothing (tests/architecture holds that), so
a forked system is what ``python -m services NAME`` is: the same entry point with its own arguments, environment,
output and signals, in a process of its own that may be killed. ``test_launcher.py`` starts the command itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.country import ROOT, Processes

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.imported_systems"])


@dataclass
class ForkedSystem:
    """A forked process of a system, with the part of ``subprocess.Popen`` that `Processes` uses."""

    process: ForkServerProcess
    returncode: int | None = None

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        """The exit code, negative after a signal; None while the process runs."""
        self.returncode = self.process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one; raises `subprocess.TimeoutExpired` after ``timeout`` seconds."""
        self.process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self.process.name, timeout or 0)
        return code

    def kill(self) -> None:
        self.process.kill()

    def send_signal(self, how: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, how)


@dataclass
class ForkedProcesses(Processes):
    """`Processes` whose systems are forked."""

    def spawn(self, name: str, environment: Mapping[str, str], log: Path) -> ForkedSystem:
        log.touch()
        process = _FORKING.Process(target=run_system, args=(name, environment, log), name=name, daemon=True)
        process.start()
        return ForkedSystem(process)


def run_system(name: str, environment: Mapping[str, str], log: Path) -> None:
    """Become the command ``python -m services NAME``, with exactly this environment and the output in ``log``."""
    with log.open("ab") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    os.chdir(ROOT)
    os.environ.clear()  # noqa: TID251 - the environment of another process
    os.environ.update(environment)  # noqa: TID251 - as above
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _run_command(["services", name])


def _run_command(arguments: Sequence[str]) -> None:
    from services.__main__ import main

    sys.argv = list(arguments)
    main()
