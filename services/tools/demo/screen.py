"""The picture of the demo: it fits the terminal, and the active step is always in it, with all its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from services.catalog import INSTANCES
from services.tools.demo import wording
from services.tools.demo.story import DemoStory, PersonsTurn
from shared.contracts.addresses import region_name
from shared.regulations.process.graph import ProcessNode
from shared.regulations.translations import text_in, title_in

ACTOR_COLUMNS = 13
LEAST_ROWS = 3
"""The fewest rows of steps that are drawn, however low the terminal is."""
WIDE_COLUMNS = 120
"""The width from which the sentences of the steps need no shortening."""
EDGE_ROWS = 2
"""The two lines that say how many steps there are above and below."""


@dataclass(frozen=True)
class StepRow:
    """A step as the picture has it."""

    mark: str
    number: str
    actor: str
    sentence: str
    passed: str
    style: str
    is_active: bool = False


@dataclass(frozen=True)
class DemoScreen:
    """The story, drawn for the size of the terminal whenever it is asked for."""

    story: DemoStory

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head, foot = compose_head(self.story), compose_turn(self.story)
        rows = list_rows(self.story)
        whole = Group(head, draw_rows(rows, rows, is_folded=False), foot)
        height = options.height or console.height
        if len(console.render_lines(whole, options)) < height:
            yield whole
            return
        taken = len(console.render_lines(Group(head, foot), options))
        room = max(LEAST_ROWS, height - taken - 1)
        yield Group(head, fold_rows(self.story, console, options, rows, room), foot)


def compose_head(story: DemoStory) -> RenderableType:
    """The title, whole; where and what; how far."""
    title = Text(title_in(story.language, story.passport), "bold")
    region = region_name(story.passport.region)[story.language]
    number = (story.application or {}).get("number")
    told_number = story.text("number", number=number) if number else story.text("no-number")
    status = (story.application or {}).get("status")
    facts = [region, story.passport.id, told_number]
    facts += [wording.quote_word(story.language, text_in(story.language, status))] if status else []
    shown = story.list_shown()
    done = sum(moment is not None for _, moment in shown)
    stage = story.text(f"stage-{story.stage}", reason=story.refusal)
    if (story.ready and len(story.ready) < len(INSTANCES)) or story.stage == "starting":
        stage += f": {story.text('systems-ready', ready=len(story.ready), all=len(INSTANCES))}"
    bar = Table.grid(padding=(0, 2))
    bar.add_row(
        ProgressBar(total=len(shown), completed=done, width=24),
        Text(story.text("steps-done", done=done, all=len(shown))),
    )
    return Group(title, Text(" · ".join(facts), "cyan"), bar, Text(stage, "bold yellow"), "")


def compose_turn(story: DemoStory) -> RenderableType:
    """Whose turn it is, where a person has to act; else nothing."""
    active = story.list_active()
    if story.turn is None or not active:
        return Text("", end="")
    head = Text(story.text("turn", step=wording.step_sentence(story.language, active[0])), "bold magenta")
    return Padding(Group(head, *list_turn(story, story.turn)), (1, 0, 0, 0))


def list_turn(story: DemoStory, turn: PersonsTurn) -> list[Text]:
    """Where a person decides, as whom, with which password: a line for each that is known."""
    facts = (
        ("turn-where", turn.url),
        ("turn-who", turn.name),
        ("turn-login", turn.iin),
        ("turn-password", turn.password),
    )
    return [Text.assemble((f"{story.text(code)}: ", "dim"), value) for code, value in facts if value]


def list_rows(story: DemoStory) -> list[StepRow]:
    """The rows of all steps in the order of the act."""
    active = {node.id for node in story.list_active()}
    first = story.process_state.done_at("t1")
    return [make_row(story, node, moment, first, node.id in active) for node, moment in story.list_shown()]


def make_row(
    story: DemoStory, node: ProcessNode, moment: datetime | None, first: datetime | None, is_active: bool
) -> StepRow:
    """The row of one step; the time is that since the submission."""
    sentence = wording.step_sentence(story.language, node)
    if is_active and (limit := wording.step_limit(story.language, node)):
        sentence += f" ({limit})"
    mark, style = ("✓", "green") if moment else ("▶", "bold yellow") if is_active else ("·", "dim")
    return StepRow(
        mark,
        wording.step_number(story.language, node),
        text_in(story.language, node.actor),
        sentence,
        tell_passed(story, moment, first),
        style,
        is_active and moment is None,
    )


def tell_passed(story: DemoStory, moment: datetime | None, first: datetime | None) -> str:
    """The time between the submission and a step; empty for the steps before."""
    if moment is None or first is None or moment <= first:
        return ""
    seconds = (moment - first).total_seconds()
    if seconds < 1:
        return story.text("milliseconds", number=f"{seconds * 1000:.0f}")
    return story.text("seconds", number=f"{seconds:.1f}")


def draw_rows(rows: list[StepRow], all_rows: list[StepRow], *, is_folded: bool) -> Table:
    """Some of all rows as a table: a folded row that is not active has one line."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    table.add_column(width=max(len(row.number) for row in all_rows))
    table.add_column(width=min(ACTOR_COLUMNS, max(len(row.actor) for row in all_rows)))
    table.add_column(ratio=1)
    table.add_column(width=max(len(row.passed) for row in all_rows), justify="right", no_wrap=True)
    for row in rows:
        has_one_line = is_folded and not row.is_active
        sentence = Text(row.sentence, no_wrap=has_one_line, overflow="ellipsis" if has_one_line else "fold")
        actor = Text(row.actor, no_wrap=has_one_line, overflow="ellipsis" if has_one_line else "fold")
        style = row.style if row.mark != "✓" else ""
        table.add_row(Text(row.mark, row.style), row.number, actor, sentence, Text(row.passed, "dim"), style=style)
    return table


def fold_rows(
    story: DemoStory, console: Console, options: ConsoleOptions, rows: list[StepRow], room: int
) -> RenderableType:
    """The part of the rows around the active one, in ``room`` lines, with the numbers of those above and below."""
    focus = find_focus(rows)
    first, last = focus, focus + 1
    while True:
        wider = [(max(0, first - 1), last), (first, min(len(rows), last + 1))]
        # two rows that come for each row that was, so that one sees where the case goes
        wider.sort(key=lambda bounds: (focus - bounds[0]) * 2 > bounds[1] - focus)
        fits = (
            bounds
            for bounds in wider
            if bounds != (first, last)
            and measure_rows(console, options, rows[slice(*bounds)], rows) <= room - EDGE_ROWS
        )
        bounds = next(fits, None)
        if bounds is None:
            break
        first, last = bounds
    above = Text(story.text("steps-above", number=first) if first else "", "dim")
    below = Text(story.text("steps-below", number=len(rows) - last) if last < len(rows) else "", "dim")
    return Group(above, draw_rows(rows[first:last], rows, is_folded=True), below)


def find_focus(rows: list[StepRow]) -> int:
    """The row that must be seen: the first active one, else the last that is done."""
    active = next((number for number, row in enumerate(rows) if row.is_active), None)
    if active is not None:
        return active
    return max((number for number, row in enumerate(rows) if row.mark == "✓"), default=0)


def measure_rows(console: Console, options: ConsoleOptions, rows: list[StepRow], all_rows: list[StepRow]) -> int:
    """The lines that the folded rows take."""
    return len(console.render_lines(draw_rows(rows, all_rows, is_folded=True), options))


def list_all(story: DemoStory, width: int) -> RenderableType:
    """The head and every step: on a narrow terminal each step in one line."""
    rows = list_rows(story)
    return Group(compose_head(story), draw_rows(rows, rows, is_folded=width < WIDE_COLUMNS))
