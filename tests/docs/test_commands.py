"""Every command of ours that a document names exists, with the options in the document."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli import Commands, app
from tests.docs_commands import ROOT, papers

TYPED = re.compile(r"(?:egov-bus|-m services) (?P<command>[a-z][a-z_-]+)(?P<rest>[^`\n|&#]*(?:\\\n[^`\n|&#]*)*)")
"""A command up to the end of its line, of its code marks, or of its part of a pipe."""
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
MARKED = re.compile(r"```.*?```|`[^`]+`|^    .*?$", re.MULTILINE | re.DOTALL)


@functools.cache
def list_commands() -> dict[str, set[str]]:
    """The options of every command of the launcher."""
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    return {name: _list_options(group.load_command(name)) for name in group.places}


def _list_options(command: Any) -> set[str]:
    """Its own options, and those of its subcommands."""
    own = {option for one in command.params for option in one.opts}
    return own.union(*(_list_options(part) for part in getattr(command, "commands", {}).values()))


def read_typed(paper: Path) -> list[tuple[str, list[str]]]:
    """Command and options wherever code is shown."""
    shown = "\n".join(MARKED.findall(paper.read_text(encoding="utf-8")))
    return [(match["command"], OPTION.findall(match["rest"])) for match in TYPED.finditer(shown)]


@pytest.mark.parametrize("paper", papers(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_command_that_docs_name_is_there_with_its_options(paper: Path) -> None:
    known = list_commands()
    typed = read_typed(paper)
    assert [command for command, _ in typed if command not in known] == []
    wrong = [(command, option) for command, options in typed for option in options if option not in known[command]]
    assert [pair for pair in wrong if pair[1] != "--help"] == []


def test_readme_and_docs_together_name_every_tool() -> None:
    named = {command for paper in papers() for command, _ in read_typed(paper)}
    tools = {name for name in list_commands() if "_" not in name} - {"enis", "gcvp", "kdp"}
    assert sorted(tools - named) == []
