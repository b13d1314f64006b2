"""A private PostgreSQL: data and port separate from any other on the machine, fsync on."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers import environment, processes
from tests.servers.processes import LOCALHOST, NotOurs, ServerFailed
from tests.servers.programs import POSTGRES, obtain

START_SECONDS = 60
STOP_SECONDS = 30
SUPERUSER = "postgres"
CONNECTIONS = 200
STATUS_LINE = 7
OTHER_USERS = ("postgres", "nobody")


class PostgresServer:
    """A server at ``url`` (of a superuser). A server named by DATABASE_URL can be used but not stopped."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> None:
        """Start again on the same data and return when ready."""
        raise NotOurs(POSTGRES.setting)

    def stop(self) -> None:
        """Stop in good order, closing connections; the data stays until the context ends."""
        raise NotOurs(POSTGRES.setting)

    def kill(self) -> None:
        """SIGKILL the server and its backends, as a power cut would; the data stays."""
        raise NotOurs(POSTGRES.setting)


class PrivatePostgres(PostgresServer):
    """A server started here, with all its state in ``folder``, run by ``user`` (None: the current user)."""

    def __init__(
        self, folder: Path, programs: Path, user: pwd.struct_passwd | None, tls: Path | None = None
    ) -> None:
        (self.port,) = processes.free_ports(1)
        password = secrets.token_hex(16)
        super().__init__(f"postgresql://{SUPERUSER}:{password}@{LOCALHOST}:{self.port}/postgres")
        self.folder = folder
        self._data = folder / "data"
        self._programs = programs
        self._user = user
        self._env = environment.clean(folder)
        self._server: processes.Process | None = None
        self._make_cluster(password)
        self._has_tls = tls is not None
        if tls is not None:
            self._take_over(tls)

    def start(self) -> None:
        command = [
            str(self._programs / "postgres"),
            "-D",
            str(self._data),
            *_options(self.port, has_tls=self._has_tls),
        ]
        self._server = self._launch(command)
        processes.until(lambda: self._has_ended() or self._is_ready(), seconds=START_SECONDS)
        if self._has_ended() or not self._is_ready():
            raise ServerFailed(f"PostgreSQL did not become ready in {START_SECONDS} s:\n{self._last_words()}")

    def stop(self) -> None:
        if self._server is not None:
            processes.end(self._server, signal.SIGINT, seconds=STOP_SECONDS)

    def kill(self) -> None:
        if self._server is not None:
            processes.kill_family(self._server)

    def _make_cluster(self, password: str) -> None:
        """The template of all databases; C.UTF-8 so that lower() and ILIKE know Cyrillic."""
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        if self._user is not None:
            os.chown(secret, self._user.pw_uid, self._user.pw_gid)
        options = ["-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "-N"]
        command = [str(self._programs / "initdb"), "-D", str(self._data), "--locale=C.UTF-8", *options]
        try:
            code = self._launch(command).wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            code = -1
        if code != 0:
            raise ServerFailed(f"initdb failed ({code}):\n{self._last_words()}")

    def _take_over(self, tls: Path) -> None:
        """Copy key and certificate to where the server's user can read them."""
        for name in ("server.key", "server.crt"):
            file = self._data / name
            file.touch(mode=0o600)
            file.write_bytes((tls / name).read_bytes())
            if self._user is not None:
                os.chown(file, self._user.pw_uid, self._user.pw_gid)

    def _launch(self, command: Sequence[str]) -> processes.Process:
        log = self.folder / "server.log"
        return processes.start(command, env=self._env, folder=self.folder, log=log, user=self._user)

    def _has_ended(self) -> bool:
        return self._server is None or self._server.poll() is not None

    def _is_ready(self) -> bool:
        """Whether the server is ready, as pg_ctl decides: its pid file has its pid and, in line 8, "ready"."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ours = self._server is not None and lines[:1] == [str(self._server.pid)]
        return ours and len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    def _last_words(self) -> str:
        return processes.last_words(self.folder / "server.log")


@contextmanager
def postgres(
    directory: Path, *, private: bool = False, search: Sequence[Path] | None = None, tls: Path | None = None
) -> Iterator[PostgresServer]:
    """A running server: the one that DATABASE_URL names, else a private one with its folder in ``directory``.

    When root runs this, the server runs as user postgres, and its folder lies in the system's temporary folder if
    that user cannot enter ``directory``. ``private`` ignores DATABASE_URL, for tests that stop or kill the server.
    ``tls`` is a folder with server.key and server.crt: the private server takes connections with TLS as well.
    ``search`` names the folders of the programs, instead of a search and installation. Raises `Missing` or
    `ServerFailed`.
    """
    configured = None if private else environment.setting(POSTGRES.setting)
    if configured is not None:
        yield PostgresServer(configured)
        return
    programs = obtain(POSTGRES, search)
    user = server_user()
    with processes.folder_for("postgres", directory, user) as folder:
        server = PrivatePostgres(folder, programs, user, tls)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def server_user() -> pwd.struct_passwd | None:
    """The user that runs the server for root, whom PostgreSQL refuses; None for other users."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in OTHER_USERS:
        if name in known:
            return known[name]
    raise ServerFailed("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def _options(port: int, *, has_tls: bool) -> list[str]:
    settings = {
        "listen_addresses": LOCALHOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": CONNECTIONS,
        "ssl": "on" if has_tls else "off",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
