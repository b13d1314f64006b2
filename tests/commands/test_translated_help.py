"""The help of every command is in the language of the person, whole: texts, options, the words around them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.cli import Commands, app
from services.launcher.commands.translated_help import COMMAND_LIST, FRAME, HELPS
from shared.texts.catalog import LANGUAGES
from tests.commands import command_server
from tests.docs_commands import ROOT
from tests.servers import environment

ENGLISH = re.compile(r"\b(?:the|of|and|with|its|that|by default|Usage|Options|required)\b")
GROUP: Any = Commands()


def list_texts(command: Any) -> Iterator[str]:
    """What a command, its options and its parts say of themselves in the code."""
    for one in (command, *command.params):
        if text := (getattr(one, "help", None) or "").strip():
            yield text
    for part in getattr(command, "commands", {}).values():
        yield from list_texts(part)


def list_all_texts() -> set[str]:
    import typer

    texts = {text for name in Commands.places for text in list_texts(GROUP.load_command(name))}
    root = typer.main.get_command(app)
    own = {text for one in (root, *root.params) if (text := (getattr(one, "help", None) or "").strip())}
    return texts | own


def test_every_text_of_a_command_is_translated_and_no_translation_is_without_a_text() -> None:
    alone = {COMMAND_LIST["run-alone"]["en"].format(name=name) for name in Commands.places}
    translated = {texts["en"] for texts in HELPS.values()} - {HELPS["help"]["en"]}
    texts = list_all_texts() - alone
    assert texts - translated == set()
    assert translated - texts == set()


def list_options(command: Any, typed: str) -> Iterator[tuple[str, Any]]:
    """Every part of a command with its options and arguments, by what is typed for it."""
    yield typed, command
    for param in command.params:
        yield f"{typed} {param.opts[0]}", param
    for name, part in getattr(command, "commands", {}).items():
        yield from list_options(part, f"{typed} {name}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_option_and_argument_has_a_help_in_each_language(language: str) -> None:
    translated = {texts["en"]: texts for texts in HELPS.values()}
    translated |= {
        COMMAND_LIST["run-alone"]["en"].format(name=name): COMMAND_LIST["run-alone"] for name in Commands.places
    }
    helps = {
        typed: (getattr(one, "help", None) or "").strip()
        for name in Commands.places
        for typed, one in list_options(GROUP.load_command(name), name)
    }
    assert [typed for typed, text in helps.items() if not translated.get(text, {}).get(language)] == []


def type_words(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*command_server.command_words(), *words),
        cwd=folder,
        env=environment.inherited(PYTHONPATH=str(ROOT), COLUMNS="80", **settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["ru", "kk"])
@pytest.mark.parametrize(
    "line", ["", "demo --help", "clock", "clock advance --help", "reset --help", "is_mio --help"]
)
def test_help_is_in_one_language(tmp_path: Path, language: str, line: str) -> None:
    by_setting = type_words(tmp_path, *line.split(), EGOV_LANG=language)
    shown = by_setting.stdout + by_setting.stderr
    assert FRAME["usage"][language] in shown
    assert ENGLISH.findall(shown) == []
    if line:
        by_option = type_words(tmp_path, "--lang", language, *line.split(), EGOV_LANG="en")
        assert by_option.stdout + by_option.stderr == shown


@pytest.mark.thorough
def test_help_in_english_is_as_it_stands_in_the_code(tmp_path: Path) -> None:
    shown = type_words(tmp_path, "clock", "advance", "--help", EGOV_LANG="en").stdout
    assert all(words in shown for words in ("Usage:", "Move the clock ahead", "Arguments", "[required]"))
