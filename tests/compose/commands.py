"""Runs the programs that this package drives, each for a bounded time."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
SHOWN_LINES = 25


class ComposeFailure(Exception):
    """The run cannot go on: the message says why and what to do, ``detail`` is what the program printed."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


def run(argv: Sequence[str | Path], *, seconds: float, stdin: IO[bytes] | None = None) -> str:
    """Run a program in the checkout and return its standard output.

    A program that fails, is missing or takes longer than ``seconds`` raises `ComposeFailure`; in the last case
    it is ended with everything it started. Output goes through files: a container's monitor holds a pipe open.
    """
    words = [str(word) for word in argv]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = _finish(_start(words, out, err, stdin), seconds, words)
        printed, complaint = _text(out), _text(err)
    if code != 0:
        raise ComposeFailure(f"{_short(words)} ended with {code}", last_lines(printed + complaint))
    return printed


def succeeds(argv: Sequence[str | Path], *, seconds: float) -> bool:
    """Whether the program exists and succeeds in time."""
    try:
        run(argv, seconds=seconds)
    except ComposeFailure:
        return False
    return True


def _start(words: list[str], out: IO[bytes], err: IO[bytes], stdin: IO[bytes] | None) -> subprocess.Popen[bytes]:
    source = subprocess.DEVNULL if stdin is None else stdin
    try:
        return subprocess.Popen(words, cwd=ROOT, stdin=source, stdout=out, stderr=err, start_new_session=True)
    except FileNotFoundError:
        raise ComposeFailure(f"{words[0]} is not installed") from None


def _finish(process: subprocess.Popen[bytes], seconds: float, words: list[str]) -> int:
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end_session(process)
        raise ComposeFailure(f"{_short(words)} did not finish in {seconds:.0f} s") from None
    except BaseException:
        _end_session(process)
        raise


def _end_session(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def last_lines(text: str) -> str:
    """The last lines of a long text."""
    return "\n".join(text.splitlines()[-SHOWN_LINES:])


def _short(words: list[str]) -> str:
    return shlex.join(words if len(words) <= 8 else [*words[:8], "…"])
