"""A RabbitMQ for one country on this machine: data, ports, node name and epmd apart from any other's."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.launcher.ports import LOOPBACK, bind_port
from shared.bus.errors import NotFound, Unavailable

FOLDER = "rabbitmq"
URL_FILE = "amqp.url"
PLACES = ("/usr/lib/rabbitmq/bin", "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin", "/opt/rabbitmq/sbin")
"""Where the programs themselves lie; the wrapper that Debian puts on PATH drops the environment."""
START_SECONDS, STOP_SECONDS, LOOK_SECONDS = 180.0, 30.0, 0.1
GREETING = b"AMQP\x00\x00\x09\x01"
LOCAL_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"
KEPT_SETTINGS = ("PATH", "HOME", "LANG")


@dataclass
class PrivateBroker:
    """A broker whose folder is its own; its queues stay in the folder when it stops."""

    folder: Path
    environment: Mapping[str, str]
    url: str = ""
    server: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    mapper: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start and wait until it takes connections. NotFound ``broker-missing``; Unavailable ``broker-ended``."""
        server, mapper = _find_server(), _find_mapper(self.environment)
        ports = _find_ports(3)
        self.url = f"amqp://guest:guest@{LOOPBACK}:{ports[0]}/"
        self._lay_out()
        settings = self._settings(*ports)
        self.mapper = self._spawn([mapper, "-address", LOOPBACK, "-port", str(ports[2])], settings)
        _await(lambda: _listens(ports[2]), 10.0)
        self.server = self._spawn([server], settings)
        _await(lambda: self.has_ended or _greets_back(ports[0]), START_SECONDS)
        if self.has_ended or not _greets_back(ports[0]):
            self.stop()
            raise Unavailable("broker-ended", "RabbitMQ did not start", log=str(self._log))
        (self.folder / URL_FILE).write_text(self.url)

    @property
    def has_ended(self) -> bool:
        return self.server is None or self.server.poll() is not None

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def stop(self) -> None:
        """Stop in good order, then the port mapper; kill what does not end."""
        for process, patience in ((self.server, STOP_SECONDS), (self.mapper, 5.0)):
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        (self.folder / URL_FILE).unlink(missing_ok=True)

    def _spawn(self, command: list[str], settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - the programs of RabbitMQ
                command,
                env=dict(settings),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _lay_out(self) -> None:
        """The files that RabbitMQ reads, so that it reads no other configuration."""
        for name in ("mnesia", "log", "config", "conf.d"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name, text in (
            ("env.conf", ""),
            ("enabled_plugins", "[rabbitmq_consistent_hash_exchange].\n"),  # for EGOV_PARTITIONS
            ("advanced.config", "[].\n"),
            ("rabbitmq.conf", ""),
        ):
            (self.folder / name).write_text(text)
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(secrets.token_hex(20))
            cookie.chmod(0o400)

    def _settings(self, port: int, distribution: int, mapper: int) -> dict[str, str]:
        folder = self.folder.absolute()
        inherited = {name: self.environment[name] for name in KEPT_SETTINGS if self.environment.get(name)}
        return {
            **inherited,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": "egov@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONFIG_FILES": str(folder / "conf.d" / "*.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": LOCAL_ONLY,
        }


def read_broker_url(data_dir: Path) -> str | None:
    """The address of the broker of a country that runs with the data folder; None where it has none of its own."""
    try:
        return (data_dir / FOLDER / URL_FILE).read_text()
    except OSError:
        return None


def _find_server() -> str:
    for pattern in PLACES:
        for place in sorted(Path("/").glob(pattern.lstrip("/"))):
            if (place / "rabbitmq-server").is_file():
                return str(place / "rabbitmq-server")
    raise NotFound("broker-missing", "RabbitMQ is not installed on this machine: install it, or set AMQP_URL")


def _find_mapper(environment: Mapping[str, str]) -> str:
    """Erlang's port mapper: Erlang would start one that outlives the broker."""
    inside = sorted(Path("/").glob("usr/*/erlang/erts-*/bin/epmd"))
    program = shutil.which("epmd", path=environment.get("PATH")) or (str(inside[-1]) if inside else None)
    if program is None:
        raise NotFound("broker-missing", "epmd, a part of Erlang, is not installed: install it, or set AMQP_URL")
    return program


def _find_ports(count: int) -> list[int]:
    sockets = [bind_port(0) for _ in range(count)]
    try:
        return [int(bound.getsockname()[1]) for bound in sockets]
    finally:
        for bound in sockets:
            bound.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _greets_back(port: int) -> bool:
    """Whether a broker answers the protocol's header."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
            connection.sendall(GREETING)
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


def _await(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
