"""The end of the demo: the document, the verdict on the regulation, and where to go on."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from services.tools.demo.screen import list_all
from services.tools.demo.story import DemoStory
from shared.regulations.translations import title_in

PICTURE_COLUMNS = 120


def print_conclusion(console: Console, story: DemoStory) -> None:
    """Print all steps, which stay on the terminal, and the document that the citizen got."""
    if console.is_terminal:
        console.print(list_all(story, PICTURE_COLUMNS))
    console.print(compose_result(story))


def compose_result(story: DemoStory) -> RenderableType:
    """The document with its signer and the verdict on the regulation; or why there is none."""
    faults = [Text(story.text("fault-in-force", fault=line), "yellow") for line in story.faults]
    if story.output is None:
        stage = story.text(f"stage-{story.stage}", reason=story.refusal)
        return Panel(Group(Text(story.text("no-result", stage=stage), "red"), *faults))
    document, signer = story.output["document"], story.output["signer"]
    lines = Group(
        Text(document["text"], "bold green"),
        Text(f"{document['authority']}, № {document['number']}"),
        Text(story.text("signed", name=signer["name"], organisation=signer["organisation"])),
        Text(story.text("completed", seconds=f"{story.completed_after:.1f}", findings=tell_findings(story))),
        *faults,
    )
    return Panel(lines, title=title_in(story.language, story.passport))


def tell_findings(story: DemoStory) -> str:
    """Whether the regulation was followed; unknown where the steps of the other systems are not known."""
    if not story.is_complete:
        return story.text("unknown-findings")
    findings = story.list_findings()
    return story.text("deviations", findings="; ".join(findings)) if findings else story.text("conformant")


def save_picture(path: Path, story: DemoStory) -> None:
    """Write what is seen at the end as an SVG that loads no font from the network."""
    console = Console(record=True, file=io.StringIO(), width=PICTURE_COLUMNS)
    console.print(list_all(story, PICTURE_COLUMNS))
    console.print(compose_result(story))
    svg = console.export_svg(title="make demo")
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


def print_json(story: DemoStory) -> None:
    """Print the story for a program."""
    print(json.dumps(compose_facts(story), ensure_ascii=False))  # noqa: T201


def compose_facts(story: DemoStory) -> dict[str, Any]:
    """The story as JSON values."""
    return {
        "application": story.application,
        "steps": [step.model_dump(mode="json") for step in story.process_state.done_steps],
        "output": story.output,
        "completed_after_seconds": story.completed_after,
        "systems": story.ready,
        "is_complete": story.is_complete,
        "conformance": story.list_findings() if story.is_complete else None,
        "first_call": story.first_call,
        "faults": list(story.faults),
    }
