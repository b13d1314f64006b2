"""The output of the run for a person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Progress:
    """A spinner during a step on a terminal; a line with the seconds after it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """A step: ✓ after success, ✗ after an exception."""
        began = time.monotonic()
        try:
            with self._console.status(f"{escape(doing)} …"):
                yield
        except BaseException:
            self._ended("[red]✗[/red]", doing, began)
            raise
        self._ended("[green]✓[/green]", doing, began)

    def say(self, line: str) -> None:
        """Print a line."""
        self._console.print(escape(line), soft_wrap=True)

    def fail(self, reason: str, detail: str) -> None:
        """Print why the run failed, with the output of the failing program."""
        self._console.print(f"[red]failed:[/red] {escape(reason)}", soft_wrap=True)
        self._console.print(escape(detail), style="dim", soft_wrap=True)

    def _ended(self, mark: str, doing: str, began: float) -> None:
        self._console.print(f"{mark} {escape(doing)}  [dim]{time.monotonic() - began:.1f} s[/dim]", soft_wrap=True)
