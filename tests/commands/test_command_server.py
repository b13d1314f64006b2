"""A typed command that the server runs is the real command: its outputs, its exit code, its signals."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.command_server import ROOT, command_words
from tests.servers import environment

pytestmark = pytest.mark.thorough

REAL = (sys.executable, "-m", "services")


def typed(words: tuple[str, ...], folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command typed in the folder."""
    ended = subprocess.run(
        (*words, *arguments),
        cwd=folder,
        env=environment.inherited(PYTHONPATH=str(ROOT), COLUMNS="90", EGOV_PORT_OFFSET="1300"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--list",), 0), (("bpmn", "KZ-YUZ.99"), 1), (("verify", "no-such-file", "--stamp"), 2)],
)
def test_command_of_the_server_says_and_ends_as_the_real_command(
    arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    told = typed(command_words(), tmp_path, *arguments)
    assert told == typed(REAL, tmp_path, *arguments)
    assert told[0] == code


def test_command_of_the_server_writes_files_in_the_folder_where_it_was_typed(tmp_path: Path) -> None:
    assert typed(command_words(), tmp_path, "bpmn", "KZ-YUZ.1", "--channel", "portal", "--out", "one.bpmn")[0] == 0
    assert (tmp_path / "one.bpmn").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_command_of_the_server_ends_by_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    """The command waits for НУЦ, which takes the call and does not answer; its end closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = subprocess.Popen(
            (*command_words(), "clock", "show"), cwd=tmp_path, env=environment.inherited(EGOV_NUC_URL=url)
        )
        silent.settimeout(30)
        call, _ = silent.accept()
        with call:
            call.settimeout(30)
            assert call.recv(65536).startswith(b"GET ")
            command.send_signal(number)
            assert command.wait(30) == -number
            call.settimeout(2)
            assert call.recv(65536) == b""
