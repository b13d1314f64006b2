"""A private RabbitMQ: data, ports, node name and epmd separate from any other on the machine."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers import environment, processes
from tests.servers.processes import LOCALHOST, NotOurs, ServerFailed
from tests.servers.programs import RABBITMQ, Missing, obtain

START_SECONDS = 90
STOP_SECONDS = 60
CTL_SECONDS = 90
MANAGEMENT = "EGOV_TESTS_BROKER_MANAGEMENT"
"""The environment variable with the management API of the broker that AMQP_URL names, where it is private."""
GREETING = b"AMQP\x00\x00\x09\x01"
MANAGEMENT_SETTINGS = """management.tcp.ip = {host}
management.tcp.port = {port}
"""
LOCAL_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"


class RabbitServer:
    """A broker at ``url``, with TLS at ``tls_url``. A broker named by AMQP_URL can be used but not stopped."""

    def __init__(self, url: str, management_url: str = "") -> None:
        self.url = url
        self.tls_url = ""
        self.management_url = management_url
        """The management API with the administrator's user and password; empty for a broker of others."""

    def await_ready(self) -> None:
        """Return when the broker takes AMQP connections; raises `ServerFailed` after 90 s."""
        if not processes.until(lambda: _greets_back(self.url), seconds=START_SECONDS):
            raise ServerFailed("no RabbitMQ answers at AMQP_URL")

    def start(self) -> None:
        """Start again on the same data and return when ready."""
        raise NotOurs(RABBITMQ.setting)

    def stop(self) -> None:
        """Stop in good order; the data stays until the context ends."""
        raise NotOurs(RABBITMQ.setting)

    def kill(self) -> None:
        """SIGKILL the Erlang machine, as a power cut would; the data stays."""
        raise NotOurs(RABBITMQ.setting)

    def ctl(self, *arguments: str) -> str:
        """The output of ``rabbitmqctl -q``; raises `ServerFailed` with its error."""
        raise NotOurs(RABBITMQ.setting)

    def evaluate(self, expression: str) -> str:
        """What an Erlang expression, a full stop at its end, comes to inside the broker; raises `ServerFailed`."""
        raise NotOurs(RABBITMQ.setting)

    def define(self, definitions: bytes) -> None:
        """Have the broker take definitions (RabbitMQ's JSON), as ``rabbitmqctl import_definitions`` does."""
        self._call_management("POST", "definitions", definitions)

    def spare_url(self) -> str:
        """The broker with a virtual host of its own, for one more deployment."""
        host = f"spare-{secrets.token_hex(4)}"
        self.define(json.dumps(_definitions_of(host)).encode())
        return f"{self.url.rpartition('/')[0]}/{host}"

    def _call_management(self, method: str, path: str, content: bytes) -> None:
        if not self.management_url:
            raise NotOurs(RABBITMQ.setting)
        parts = urlsplit(self.management_url)
        password = b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        headers = {"authorization": f"Basic {password}", "content-type": "application/json"}
        connection = HTTPConnection(parts.hostname or LOCALHOST, parts.port, timeout=CTL_SECONDS)
        with closing(connection):
            connection.request(method, f"/api/{path}", content, headers)
            answer = connection.getresponse()
            if answer.status >= 300:
                raise ServerFailed(f"{method} {path}: {answer.status} {answer.read().decode()}")


class PrivateRabbit(RabbitServer):
    """A broker started here, with all its state in ``folder`` and its programs in ``programs``."""

    def __init__(self, folder: Path, programs: Path, tls: Path | None = None) -> None:
        self.ports = processes.free_ports(5)
        self._port, distribution, self._epmd_port, tls_port, management_port = self.ports
        management_url = f"http://guest:guest@{LOCALHOST}:{management_port}"
        super().__init__(f"amqp://guest:guest@{LOCALHOST}:{self._port}/", management_url)
        settings = MANAGEMENT_SETTINGS.format(host=LOCALHOST, port=management_port)
        if tls is not None:
            self.tls_url = f"amqps://guest:guest@{LOCALHOST}:{tls_port}/"
            settings += _tls_settings(tls, tls_port)
        (folder / "rabbitmq.conf").write_text(settings)
        self._folder = folder
        self._programs = programs
        self._epmd_program = find_erlang_program("epmd")
        self._env = _environment(folder, self._port, distribution, self._epmd_port)
        self._epmd: processes.Process | None = None
        self._server: processes.Process | None = None
        _lay_out(folder)

    def start(self) -> None:
        self._start_epmd()
        self._server = self._launch(self._programs / "rabbitmq-server", "server.log")
        self.await_ready()

    def await_ready(self) -> None:
        processes.until(lambda: self._has_ended() or _greets_back(self.url), seconds=START_SECONDS)
        if self._has_ended() or not _greets_back(self.url):
            words = processes.last_words(self._folder / "server.log")
            raise ServerFailed(f"RabbitMQ did not become ready in {START_SECONDS} s:\n{words}")

    def stop(self) -> None:
        if self._server is not None:
            processes.end(self._server, signal.SIGTERM, seconds=STOP_SECONDS)
        self._let_go()
        if self._epmd is not None:
            processes.end(self._epmd, signal.SIGTERM, seconds=5)

    def kill(self) -> None:
        if self._server is not None:
            processes.kill_group(self._server)
        self._let_go()

    def ctl(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._programs / "rabbitmqctl", "-q", *arguments],
            env=self._env,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CTL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ServerFailed(f"rabbitmqctl {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def evaluate(self, expression: str) -> str:
        """As ``rabbitmqctl eval``, whose start of an Erlang machine takes a second of a processor."""
        program = find_erlang_program("erl_call")
        names = ("-sname", self._env["RABBITMQ_NODENAME"], "-c", (self._folder / ".erlang.cookie").read_text())
        done = subprocess.run(
            [program, *names, "-e"],
            env=self._env,
            input=expression + "\n",
            capture_output=True,
            text=True,
            timeout=CTL_SECONDS,
            check=False,
        )
        if not done.stdout.startswith("{ok"):
            raise ServerFailed(f"{expression}: {done.stdout}{done.stderr}")
        return done.stdout

    def discard(self) -> None:
        """End the broker at once: nobody needs its data."""
        self.kill()
        if self._epmd is not None:
            processes.end(self._epmd, signal.SIGTERM, seconds=5)

    def _start_epmd(self) -> None:
        """Start a private epmd in the foreground: Erlang would start one that outlives the broker."""
        if self._epmd is not None and self._epmd.poll() is None:
            return
        self._epmd = processes.start(
            [self._epmd_program, "-address", LOCALHOST, "-port", str(self._epmd_port)],
            env=self._env,
            folder=self._folder,
            log=self._folder / "epmd.log",
        )
        if not processes.until(lambda: processes.is_listening(self._epmd_port), seconds=10):
            words = processes.last_words(self._folder / "epmd.log")
            raise ServerFailed(f"epmd did not start:\n{words}")

    def _launch(self, program: Path, log: str) -> processes.Process:
        return processes.start([program], env=self._env, folder=self._folder, log=self._folder / log)

    def _has_ended(self) -> bool:
        return self._server is None or self._server.poll() is not None

    def _let_go(self) -> None:
        """Wait until the Erlang machine, a grandchild process, has freed its port."""
        processes.until(lambda: not processes.is_listening(self._port), seconds=10)
        self._server = None


@contextmanager
def rabbitmq(
    directory: Path, *, private: bool = False, search: Sequence[Path] | None = None, tls: Path | None = None
) -> Iterator[RabbitServer]:
    """A running broker: the one that AMQP_URL names, else a private one with its folder in ``directory``.

    ``tls`` is a folder with server.key, server.crt and root.crt: the private broker listens with TLS as well.

    ``private`` ignores AMQP_URL: for tests that stop, kill or administer the broker. ``search`` says where
    the programs may be, instead of looking everywhere and installing them. Raises `Missing` or
    `ServerFailed`.
    """
    configured = None if private else environment.setting(RABBITMQ.setting)
    if configured is not None:
        yield RabbitServer(configured, environment.setting(MANAGEMENT) or "")
        return
    programs = obtain(RABBITMQ, search)
    with processes.folder_for("rabbitmq", directory) as folder:
        server = PrivateRabbit(folder, programs, tls)
        try:
            server.start()
            yield server
        finally:
            server.discard()


def find_erlang_program(name: str) -> Path:
    """A program of Erlang, from PATH or from inside Erlang's own folder; raises `Missing`."""
    found = shutil.which(name, path=":".join(map(str, environment.program_folders())))
    inside = [*sorted(Path("/").glob(f"usr/*/erlang/erts-*/bin/{name}"))]
    inside += sorted(Path("/").glob(f"usr/*/erlang/lib/erl_interface-*/bin/{name}"))
    if found or inside:
        return Path(found or inside[-1])
    raise Missing(f"{name}, a part of Erlang, is not installed: install the package erlang-base")


def _greets_back(url: str) -> bool:
    """Whether a broker answers the protocol header with Connection.Start (with TLS: accepts at all)."""
    parts = urlsplit(url)
    host = parts.hostname or LOCALHOST
    if parts.scheme == "amqps":
        return processes.is_listening(parts.port or 5671, host)
    try:
        with socket.create_connection((host, parts.port or 5672), timeout=5) as connection:
            connection.sendall(GREETING)
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


def _tls_settings(tls: Path, port: int) -> str:
    files = {"cacertfile": "root.crt", "certfile": "server.crt", "keyfile": "server.key"}
    lines = [f"ssl_options.{name} = {tls / file}" for name, file in files.items()]
    return "\n".join([f"listeners.ssl.1 = {LOCALHOST}:{port}", *lines, "ssl_options.verify = verify_none", ""])


def _definitions_of(virtual_host: str) -> dict[str, object]:
    """A virtual host in which the usual user may do everything."""
    all_rights = dict.fromkeys(("configure", "write", "read"), ".*")
    return {
        "vhosts": [{"name": virtual_host}],
        "permissions": [{"user": "guest", "vhost": virtual_host, **all_rights}],
    }


def _lay_out(folder: Path) -> None:
    """Write the files that RabbitMQ reads, so that it reads no other configuration."""
    for name in ("mnesia", "log", "config", "conf.d"):
        (folder / name).mkdir()
    (folder / "env.conf").write_text("")
    (folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_consistent_hash_exchange].\n")
    (folder / "advanced.config").write_text("[].\n")
    cookie = folder / ".erlang.cookie"
    cookie.touch(mode=0o600)
    cookie.write_text(secrets.token_hex(20))


def _environment(folder: Path, port: int, distribution_port: int, epmd_port: int) -> dict[str, str]:
    return environment.clean(
        folder,
        RABBITMQ_NODENAME=f"egov-{secrets.token_hex(4)}@localhost",
        RABBITMQ_NODE_IP_ADDRESS=LOCALHOST,
        RABBITMQ_NODE_PORT=str(port),
        RABBITMQ_DIST_PORT=str(distribution_port),
        ERL_EPMD_PORT=str(epmd_port),
        ERL_EPMD_ADDRESS=LOCALHOST,
        RABBITMQ_MNESIA_BASE=str(folder / "mnesia"),
        RABBITMQ_LOG_BASE=str(folder / "log"),
        RABBITMQ_PID_FILE=str(folder / "pid"),
        RABBITMQ_CONF_ENV_FILE=str(folder / "env.conf"),
        RABBITMQ_CONFIG_FILE=str(folder / "rabbitmq"),
        RABBITMQ_CONFIG_FILES=str(folder / "conf.d" / "*.conf"),
        RABBITMQ_ADVANCED_CONFIG_FILE=str(folder / "advanced.config"),
        RABBITMQ_GENERATED_CONFIG_DIR=str(folder / "config"),
        RABBITMQ_ENABLED_PLUGINS_FILE=str(folder / "enabled_plugins"),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=LOCAL_ONLY,
        RABBITMQ_CTL_ERL_ARGS=LOCAL_ONLY,
    )
