"""Examples in papers: the blocks of code, and the shell that runs them as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.servers import environment

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ".venv/bin/egov-bus"


def papers() -> list[Path]:
    """Everything that is written for people: at the root, and under docs/."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(paper: str, language: str) -> list[str]:
    """The fenced blocks of this language in a paper under docs/, in their order."""
    text = (ROOT / "docs" / paper).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)


def types(folder: Path, script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder in which our command lies where papers name it; the first failure ends it."""
    command = folder / COMMAND
    command.parent.mkdir(parents=True, exist_ok=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m services "$@"\n')
    command.chmod(0o755)
    return subprocess.run(
        ("bash", "-euo", "pipefail", "-c", script),
        cwd=folder,
        env=environment.inherited(**settings),
        capture_output=True,
        text=True,
        check=False,
    )
