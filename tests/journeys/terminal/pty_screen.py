"""A terminal of a given size, as a person has it before them: what a program writes to it, drawn into rows."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\r|\n|[^\x1b\r\n]+|\x1b")
BEGUN = re.compile(r"\x1b(?:\[[?0-9;]*|\][^\x07\x1b]*\x1b?)?\Z")
"""A command to the terminal whose end is still to be read: reads cut where they like."""
QUIET_SECONDS = 0.03
"""After so long without a byte a picture is whole: the demo draws five a second, each by one write."""


@dataclass
class TerminalRow:
    """A row of cells; ``goes_on`` where the terminal itself broke the line, so that a copy has it whole."""

    cells: list[str]
    goes_on: bool = False


@dataclass
class TerminalScreen:
    """The rows that are seen, and those that have left at the top."""

    columns: int
    height: int
    row: int = 0
    column: int = 0
    left: list[TerminalRow] = field(default_factory=list)
    rows: list[TerminalRow] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [self._empty_row() for _ in range(self.height)]

    def feed(self, text: str) -> None:
        """Draw what a program wrote."""
        for piece in PIECE.finditer(text):
            if piece[2]:
                self._obey(piece[2], piece[1])
            elif piece[0] == "\r":
                self.column = 0
            elif piece[0] == "\n":
                self._go_down()
            elif not piece[0].startswith("\x1b"):
                self._write(piece[0])

    def list_rows(self) -> list[str]:
        """What is seen, row by row."""
        return ["".join(row.cells).rstrip() for row in self.rows]

    def list_lines(self) -> list[str]:
        """Everything that was written and not taken back, as it is copied: what the terminal broke is whole."""
        lines, begun = [], ""
        for row in (*self.left, *self.rows):
            begun += "".join(row.cells) if row.goes_on else "".join(row.cells).rstrip()
            if not row.goes_on:
                lines.append(begun)
                begun = ""
        return lines

    def _empty_row(self) -> TerminalRow:
        return TerminalRow([" "] * self.columns)

    def _write(self, text: str) -> None:
        for letter in text:
            if self.column == self.columns:
                self.rows[self.row].goes_on = True
                self._go_down()
                self.column = 0
            self.rows[self.row].cells[self.column] = letter
            self.column += 1

    def _go_down(self) -> None:
        if self.row + 1 < self.height:
            self.row += 1
            return
        self.left.append(self.rows.pop(0))
        self.rows.append(self._empty_row())

    def _obey(self, command: str, parameters: str) -> None:
        number = int(parameters) if parameters.isdigit() else 1
        if command == "A":
            self.row = max(0, self.row - number)
        elif command == "K":
            self.rows[self.row] = self._empty_row()
        elif command not in "mhl":
            raise NotImplementedError(f"the terminal of the tests does not know {command}")


@dataclass
class TypedProgram:
    """A program at a terminal."""

    process: subprocess.Popen[bytes]
    terminal: int
    screen: TerminalScreen
    pictures: list[list[str]] = field(default_factory=list)
    """The rows of each picture that stood still for a moment."""
    _unread: bytes = b""

    def watch(self, until: Callable[[TerminalScreen], bool], seconds: float) -> None:
        """Watch until the screen has what is awaited; AssertionError with the screen when it does not come."""
        deadline = time.monotonic() + seconds
        while not until(self.screen):
            assert time.monotonic() < deadline, "\n".join(self.screen.list_lines())
            if select.select([self.terminal], [], [], QUIET_SECONDS)[0]:
                if not self._read():
                    assert until(self.screen), "\n".join(self.screen.list_lines())
                    return
            elif not self.pictures or self.pictures[-1] != self.screen.list_rows():
                self.pictures.append(self.screen.list_rows())

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        os.write(self.terminal, b"\x03")
        while self._read():
            pass
        return self.process.wait(30)

    def _read(self) -> bool:
        try:
            read = os.read(self.terminal, 65536)
        except OSError:  # the program has closed its end
            return False
        self._unread += read
        text = self._unread.decode(errors="ignore")
        whole = text if text.encode() == self._unread else self._whole_letters()
        if begun := BEGUN.search(whole):
            whole = whole[: begun.start()]
        self._unread = self._unread[len(whole.encode()) :]
        self.screen.feed(whole)
        return bool(read)

    def _whole_letters(self) -> str:
        for cut in (1, 2, 3):
            with suppress(UnicodeDecodeError):
                return self._unread[:-cut].decode()
        return ""


@contextmanager
def typed_at_terminal(
    words: Sequence[str], folder: Path, settings: dict[str, str], *, columns: int = 80, height: int = 24
) -> Iterator[TypedProgram]:
    """Run a program at a terminal of this size; it is ended with the block."""
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", height, columns, 0, 0))

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        words, cwd=folder, env=settings, stdin=its, stdout=its, stderr=its, preexec_fn=take_terminal
    )
    os.close(its)
    try:
        yield TypedProgram(process, ours, TerminalScreen(columns, height))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        os.close(ours)
