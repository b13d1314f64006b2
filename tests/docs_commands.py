"""Examples in documents: their blocks of code, and a shell that runs the blocks unchanged."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.commands.command_server import shell_script
from tests.servers import environment

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ".venv/bin/egov-bus"
LINK = re.compile(r"\]\s?\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def papers() -> list[Path]:
    """Every document for people: at the root, and under docs/."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def read_prose(paper: Path) -> str:
    """The document without its blocks of code."""
    return FENCE.sub("", paper.read_text(encoding="utf-8"))


def list_links(paper: Path) -> list[tuple[Path, str]]:
    """File and anchor of every link to a place in the project."""
    links = [link for link in LINK.findall(read_prose(paper)) if not re.match(r"[a-z]+:", link)]
    parts = [link.partition("#") for link in links]
    return [((paper.parent / file).resolve() if file else paper, anchor) for file, _, anchor in parts]


def list_anchors(paper: Path) -> set[str]:
    """The anchors that a browser gives the headings: lower case, no punctuation, hyphens for spaces."""
    titles = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in HEADING.findall(read_prose(paper))]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def blocks(paper: str, language: str) -> list[str]:
    """The fenced blocks of this language in a document under docs/, in order."""
    return blocks_of(ROOT / "docs" / paper, language)


def blocks_of(paper: Path, language: str) -> list[str]:
    """The fenced blocks of this language in any document, in order."""
    text = paper.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)


def types(folder: Path, script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder that has our command where documents name it; the first failure ends the script."""
    command = folder / COMMAND
    command.parent.mkdir(parents=True, exist_ok=True)
    command.write_text(shell_script())
    command.chmod(0o755)
    return subprocess.run(
        ("bash", "-euo", "pipefail", "-c", script),
        cwd=folder,
        env=environment.inherited(**settings),
        capture_output=True,
        text=True,
        check=False,
    )
