"""What is seen while the case goes on: a picture on a terminal, a line for each step elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from services.tools.demo.screen import DemoScreen, list_rows
from services.tools.demo.story import DemoStory


@contextmanager
def show_progress(console: Console, story: DemoStory) -> Iterator[StepLines]:
    """Show the story as it goes on; the object that is given prints the lines where there is no terminal."""
    lines = StepLines(console, story)
    if not console.is_terminal:
        yield lines
        return
    screen = DemoScreen(story)
    with Live(console=console, refresh_per_second=5, get_renderable=lambda: screen, transient=True):
        yield lines


class StepLines:
    """Prints each step once it is done, and each stage once it begins, where there is no terminal."""

    def __init__(self, console: Console, story: DemoStory) -> None:
        self._console = console
        self._story = story
        self._told: set[str] = set()

    def tell_news(self) -> None:
        """Print what has happened since the last call; nothing on a terminal, which has the picture."""
        if self._console.is_terminal:
            return
        story = self._story
        self._tell(story.text(f"stage-{story.stage}", reason=story.refusal))
        for row in list_rows(story):
            if row.mark == "✓":
                number = f"{row.number}. " if row.number else ""
                passed = f" {row.passed}" if row.passed else ""
                self._tell(f"✓ {number}{row.actor}: {row.sentence}", passed)
        if story.turn is not None:
            turn = story.turn
            parts = (turn.url, turn.name, turn.iin, turn.password)
            self._tell(" · ".join(part for part in parts if part))

    def _tell(self, line: str, time_passed: str = "") -> None:
        if line not in self._told:
            self._told.add(line)
            self._console.print(Text(f"{line}{time_passed}"), soft_wrap=True)
