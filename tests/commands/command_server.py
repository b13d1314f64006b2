"""The server that runs typed commands, and the words that ask the server."""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(__file__).with_name("command_client.py")
SOCKET = "commands"
IMPORTED = (
    "services.cli",
    "services.tools.signing.files",
    "services.tools.signing.signatures",
    "services.tools.signing.verify_command",
    "shared.client.certification",
    "shared.client.keystore",
    "shared.client.operator",
)
"""What most commands import when they run; the systems of a country are left to those that start a country."""
STANDARD = (0, 1, 2)


def command_words() -> tuple[str, ...]:
    """What stands for ``python -m services`` before the arguments of a command."""
    return (sys.executable, "-I", "-S", str(CLIENT), str(_start_server() / SOCKET))


def shell_script() -> str:
    """A script that does what ``egov-bus`` does."""
    return f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(command_words())} "$@"\n'


@cache
def _start_server() -> Path:
    """Start the server of this process in a new folder; the server ends when this process has ended."""
    folder = tempfile.TemporaryDirectory(prefix="egov-commands-")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(Path(folder.name) / SOCKET))
    listener.listen(64)
    # pipes, because a stream that was opened over a file looks for its place in the file
    server = subprocess.Popen(
        (sys.executable, "-m", "tests.commands.command_server", str(listener.fileno())),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(listener.fileno(),),
    )
    listener.close()

    def end() -> None:
        server.communicate()
        folder.cleanup()

    atexit.register(end)
    return Path(folder.name)


def serve(listener: socket.socket) -> list[str] | None:
    """Answer until standard input ends, then None; in the process of a command, its arguments."""
    while True:
        readable, _, _ = select.select([listener, sys.stdin], [], [])
        if listener not in readable:
            return None
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return attend(connection)
        connection.close()


def attend(connection: socket.socket) -> list[str]:
    """Fork the command and keep its connection until both have ended; returns in the process of the command."""
    with connection:
        wake, woken = socket.socketpair()
        woken.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(woken.fileno())
        head, files, _, _ = socket.recv_fds(connection, 4, len(STANDARD))
        arguments, environment, folder = json.loads(_receive(connection, int.from_bytes(head, "big")))
        command = os.fork()
        if command == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for place, file in zip(STANDARD, files, strict=True):
                os.dup2(file, place)
            for file in (*files, wake.detach(), woken.detach()):
                os.close(file)
            os.chdir(folder)
            os.environ.clear()  # noqa: TID251 - the environment of another process
            os.environ.update(environment)  # noqa: TID251 - as above
            return [str(argument) for argument in arguments]
        for file in (*files, *STANDARD):
            os.close(file)
        code = _keep(command, connection, wake)
        with suppress(OSError):
            connection.sendall(str(code).encode())
    os._exit(0)


def _keep(command: int, connection: socket.socket, wake: socket.socket) -> int:
    """Pass signals on to the command until it ends; the exit code. A client that is gone ends its command."""
    is_there = True
    while True:
        ended, status = os.waitpid(command, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        readable, _, _ = select.select([wake, *([connection] if is_there else [])], [], [])
        if wake in readable:
            wake.recv(64)
        if connection in readable:
            signals = connection.recv(64)
            is_there = bool(signals)
            for number in signals or (signal.SIGKILL,):
                os.kill(command, number)


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        more = connection.recv(size - len(received))
        assert more, "the client has gone"
        received += more
    return received


def _answer_commands(listener: int) -> None:
    """The main function: as ``python -m services`` in the process of a command."""
    from services.launcher.gc_tuning import freeze_survivors, relax_thresholds

    relax_thresholds()
    for module in IMPORTED:
        importlib.import_module(module)
    freeze_survivors()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the keepers of connections leave nothing to wait for
    with socket.socket(fileno=listener) as accepting:
        arguments = serve(accepting)
    if arguments is not None:
        sys.argv[1:] = arguments
        runpy.run_module("services", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _answer_commands(int(sys.argv[1]))
