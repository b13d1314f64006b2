"""Starting and ending the processes of a private server, and no other processes."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

LOCALHOST = "127.0.0.1"
# Above the blocks of ports for countries (services.launcher.ports), as a server or a country chooses its ports
# some seconds before it listens there; below the range of outgoing connections (32768 on Linux).
PORTS = range(24_000, 32_000)
PROC = Path("/proc")

Process = subprocess.Popen[bytes]


class ServerFailed(RuntimeError):
    """A server did not start, or did not obey; the message ends with the server's last output."""


class NotOurs(RuntimeError):
    """Asked to stop, kill or administer a server that the environment names and these tests did not start."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"{setting} names a server that we did not start; ask for a private one: private=True")


@contextmanager
def folder_for(name: str, directory: Path, user: pwd.struct_passwd | None = None) -> Iterator[Path]:
    """A new folder owned by ``user``, removed afterwards: in ``directory``, or where ``user`` may enter."""
    parent = directory if user is None else _enterable(directory)
    folder = Path(tempfile.mkdtemp(prefix=f"egov-{name}-", dir=parent))
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """``count`` different ports on which nothing listens at this moment."""
    ports: set[int] = set()
    while len(ports) < count:
        port = secrets.choice(PORTS)
        if _is_free(port):
            ports.add(port)
    return list(ports)


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    folder: Path,
    log: Path,
    user: pwd.struct_passwd | None = None,
) -> Process:
    """Start ``command`` in ``folder`` in its own session, so that a Ctrl-C for this process does not reach it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def end(process: Process, how: signal.Signals, *, seconds: float) -> None:
    """Ask ``process`` to end by the signal ``how``; after ``seconds`` kill it and the others of its group."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill_group(process)


def kill_group(process: Process) -> None:
    """SIGKILL ``process`` with all of its process group, at once, and wait for it."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_family(process: Process) -> None:
    """SIGKILL ``process`` and its children, which may lead groups of their own, as a power cut would."""
    if process.poll() is not None:
        return
    children = [pid for pid in _pids() if _parent_and_state(pid)[0] == process.pid]
    for pid in (process.pid, *children):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    until(lambda: not any(is_running(pid) for pid in children), seconds=10)


def is_running(pid: int) -> bool:
    """Whether the process exists and is not merely waiting for its parent to notice its end."""
    return _parent_and_state(pid)[1] not in ("", "Z", "X")


def is_listening(port: int, host: str = LOCALHOST) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Check ``condition`` twenty times a second; False when it does not hold within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def last_words(log: Path) -> str:
    """The end of a log, for an error message."""
    return log.read_text(errors="replace")[-3000:] if log.exists() else "(it wrote nothing)"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def _enterable(directory: Path) -> Path:
    wanted = (directory, Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - see below
    # mkdtemp makes an unguessable folder in it; a well-known place is the last resort when TMPDIR is private.
    for place in wanted:
        if _everyone_may_enter(place.resolve()):
            return place
    raise ServerFailed(f"another user can enter none of {', '.join(map(str, wanted))}: PostgreSQL refuses root")


def _everyone_may_enter(place: Path) -> bool:
    return place.is_dir() and all(path.stat().st_mode & stat.S_IXOTH for path in (place, *place.parents))


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.glob("[0-9]*")]


def _parent_and_state(pid: int) -> tuple[int, str]:
    """Parent and state of a Linux process; (0, "") when it has ended or the system has no /proc."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, ""
    return int(fields[1]), fields[0]
