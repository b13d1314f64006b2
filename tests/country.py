"""The systems in production form: one process for each system, over RabbitMQ, on free ports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.error import URLError

from services.catalog import INSTANCES, find_instance
from services.launcher.ports import random_offset

KEPT = ("PATH", "HOME", "LANG")
ROOT = Path(__file__).resolve().parent.parent


class RunningSystem(Protocol):
    """A process of a system, as ``subprocess.Popen`` and `tests.forked_systems` give it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None:
        """The exit code; None while the process runs."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one; raises `subprocess.TimeoutExpired` after ``timeout`` seconds."""

    def kill(self) -> None:
        """Send SIGKILL."""

    def send_signal(self, how: int, /) -> None:
        """Send the signal ``how``, unless the process has ended."""


@dataclass
class Processes:
    """Instances as separate processes; a context manager."""

    folder: Path
    amqp_url: str
    database_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    offset: int = field(default_factory=random_offset)
    running: dict[str, RunningSystem] = field(default_factory=dict)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(*list(self.running))

    def url(self, name: str) -> str:
        instance = find_instance(name)
        assert instance is not None, name
        return f"http://127.0.0.1:{instance.port + self.offset}"

    def start(self, *names: str, replica: str = "1", seconds: float = 150) -> None:
        """Start instances (without names, all) and wait until each is ready."""
        wanted = names or tuple(instance.name for instance in reversed(INSTANCES))
        for name in wanted:
            self.launch(name, replica=replica)
        self.await_ready(wanted, seconds)

    def launch(self, name: str, replica: str = "1", port: int | None = None) -> str:
        """Start one process without waiting; returns the name of the process."""
        own = {"EGOV_REPLICA": replica} | ({"EGOV_PORT": str(port)} if port else {})
        known = name if replica == "1" else f"{name}#{replica}"
        log = self.folder / f"{known}.log"
        self.running[known] = self.spawn(name, {**self._environment(), **own}, log)
        return known

    def spawn(self, name: str, environment: Mapping[str, str], log: Path) -> RunningSystem:
        """Start the process of the system ``name``, whose output is added to ``log``."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "services", name],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )

    def await_ready(self, names: Iterable[str], seconds: float = 150) -> None:
        deadline = time.monotonic() + seconds
        for name in names:
            while not is_ready(self.url(name)):
                code = self.running[name].poll()
                assert code is None, f"{name} ended with {code}:\n{self.log(name)[-3000:]}"
                assert time.monotonic() < deadline, f"{name} is not ready:\n{self.log(name)[-3000:]}"
                time.sleep(0.05)

    def kill(self, name: str) -> None:
        """Send SIGKILL."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, *names: str) -> None:
        """Send SIGTERM, and SIGKILL to a process that does not end within ten seconds."""
        ending = [self.running.pop(name) for name in names]
        for process in ending:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in ending:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def cpu_seconds(self) -> dict[str, float]:
        """The processor time used by each process so far."""
        tick = os.sysconf("SC_CLK_TCK")
        used = {}
        for name, process in self.running.items():
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            used[name] = (int(fields[11]) + int(fields[12])) / tick
        return used

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}  # noqa: TID251
        ours = {
            "AMQP_URL": self.amqp_url,
            "EGOV_DATA_DIR": str(self.folder),
            "EGOV_PORT_OFFSET": str(self.offset),
            "EGOV_LOG_LEVEL": "INFO",
            "EGOV_CLERKS": "instant",
            **({"DATABASE_URL": self.database_url} if self.database_url else {}),
        }
        return {**kept, **ours, **self.environment}


def is_ready(url: str) -> bool:
    """Whether /readyz reports ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
