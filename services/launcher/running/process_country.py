"""A country whose systems are processes of their own, forked from this one, which looks after them."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.catalog import ServiceInstance
from services.launcher.running.private_broker import PrivateBroker
from shared.bus import logs
from shared.bus.clocks.clock import SystemClock

PROCESSES_FILE = "processes.json"
BROKER = "rabbitmq"
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.05
SIGNAL_AT_THE_END_OF_THE_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""
WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


@dataclass(frozen=True)
class SystemProcess:
    """A process of a country; ``exit_code`` (negative: a signal) and ``ended_at`` once it has ended."""

    pid: int
    exit_code: int | None = None
    ended_at: str | None = None

    @property
    def runs(self) -> bool:
        return self.exit_code is None


@dataclass
class ProcessCountry:
    """The processes of a country, and the broker where it is the country's own."""

    data_dir: Path
    become: Callable[[ServiceInstance], None]
    """Is the system, in a process of its own, until SIGTERM; exits."""
    broker: PrivateBroker | None = None
    processes: dict[str, SystemProcess] = field(default_factory=dict)

    def run(self, instances: Iterable[ServiceInstance]) -> None:
        """Start all, tell in ``processes.json`` which runs, and wait for SIGTERM; then stop all."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        gc.collect()
        gc.freeze()  # what is imported stays shared with the systems
        for instance in instances:
            self.processes[instance.name] = SystemProcess(self._fork(instance))
        if self.broker is not None and self.broker.server is not None:
            self.processes[BROKER] = SystemProcess(self.broker.server.pid)
        self._write()
        try:
            while signal.sigwait(WATCHED) == signal.SIGCHLD:
                self._note_ends()
        finally:
            self._stop()

    def _fork(self, instance: ServiceInstance) -> int:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                ctypes.CDLL(None).prctl(SIGNAL_AT_THE_END_OF_THE_PARENT, int(signal.SIGTERM))
                signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
                self.become(instance)
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
            finally:
                os._exit(code)
        return pid

    def _note_ends(self) -> None:
        """Note and tell each process that has ended without an order."""
        for name, process in self.processes.items():
            if process.runs and (code := self._poll(name, process.pid)) is not None:
                moment = SystemClock().now().isoformat()
                self.processes[name] = SystemProcess(process.pid, code, moment)
                logs.log("system.ended", level=40, instance=name, pid=process.pid, exit_code=code)
        self._write()

    def _poll(self, name: str, pid: int) -> int | None:
        """The exit code of a process that has ended."""
        if name == BROKER and self.broker is not None and self.broker.server is not None:
            return self.broker.server.poll()
        ended, status = os.waitpid(pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if ended else None

    def _write(self) -> None:
        fresh = self.data_dir / f".{PROCESSES_FILE}.new"
        fresh.write_text(json.dumps({name: vars(process) for name, process in self.processes.items()}))
        fresh.replace(self.data_dir / PROCESSES_FILE)

    def _stop(self) -> None:
        """Stop the systems, then the broker."""
        running = {
            name: process.pid for name, process in self.processes.items() if process.runs and name != BROKER
        }
        for pid in running.values():
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while running and time.monotonic() < deadline:
            running = {name: pid for name, pid in running.items() if os.waitpid(pid, os.WNOHANG)[0] == 0}
            time.sleep(LOOK_SECONDS)
        for pid in running.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if self.broker is not None:
            self.broker.stop()
        (self.data_dir / PROCESSES_FILE).unlink(missing_ok=True)


def read_processes(data_dir: Path) -> Mapping[str, SystemProcess]:
    """The processes of a country in the data folder; empty where it is one process, or none."""
    try:
        facts: dict[str, Any] = json.loads((data_dir / PROCESSES_FILE).read_text())
        return {name: SystemProcess(**process) for name, process in facts.items()}
    except (OSError, ValueError, TypeError):
        return {}
