"""Words typed wrongly: one sentence with a code, in the language of the person, for every command there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.cli import Commands, app
from services.launcher.commands.error_report import TEXTS
from services.launcher.commands.lazy_group import HELPS
from services.launcher.commands.usage_errors import TEXTS as USAGE_TEXTS
from shared.texts.catalog import LANGUAGES

SENTENCE = re.compile(r"(?P<code>[a-z0-9]+(-[a-z0-9]+)+): \S.*\n")


def typed(*words: str, language: str = "en") -> tuple[int, str]:
    """Exit code and code of the only line that a command prints."""
    ended = CliRunner().invoke(app, words, env={"EGOV_LANG": language, "COLUMNS": "60"})
    assert ended.stdout == ""
    line = SENTENCE.fullmatch(ended.stderr)
    assert line is not None, f"{words}: {ended.stderr}"
    return ended.exit_code, line["code"]


def every_command() -> Iterator[tuple[tuple[str, ...], Any]]:
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    for name in group.places:
        command = group.load_command(name)
        parts = getattr(command, "commands", None)
        if parts is None:
            yield (name,), command
        else:
            yield from (((name, part), one) for part, one in parts.items())


def test_wrong_option_of_every_command_is_told_in_a_sentence() -> None:
    for words, _ in every_command():
        assert typed(*words, "--no-such-option") == (2, "option-unknown"), words


def test_option_without_its_value_is_told_in_a_sentence() -> None:
    for words, command in every_command():
        takers = [one for one in command.params if one.param_type_name == "option" and not one.is_flag]
        if takers:
            assert typed(*words, takers[-1].opts[0]) == (2, "option-without-value"), words


def test_number_that_is_none_is_told_in_a_sentence() -> None:
    numbers = {
        words: param.opts[0]
        for words, command in every_command()
        for param in command.params
        if param.param_type_name == "option" and param.type_descriptor.annotation in (int, float)
    }
    assert len(numbers) > 10
    for words, option in numbers.items():
        told = CliRunner().invoke(app, (*words, option, "many"), env={"EGOV_LANG": "ru"})
        assert told.stderr.startswith(("value-wrong: ", "argument-missing: ")), told.stderr
        assert "Input should" not in told.stderr


def test_missing_and_extra_words_are_told_in_a_sentence() -> None:
    for words, command in every_command():
        if any(param.required for param in command.params):
            assert typed(*words) == (2, "argument-missing"), words
        elif all(param.param_type_name == "option" for param in command.params):
            assert typed(*words, "a-word-too-much") == (2, "argument-extra"), words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("line", "code", "fact"),
    [
        ("demo --onec", "option-unknown", "--once"),
        ("fault lsit", "action-unknown", "templates"),
        ("portal_pap", "command-unknown", "portal_pep"),
        ("clock advance 3x", "value-wrong", "3d4h"),
        ("simulate --days 0", "value-wrong", "1"),
        ("phone --mishap rain", "value-wrong", "expired"),
        ("fault list --json=3", "option-with-value", "fault --help"),
        ("take-place shep_gateway", "value-wrong", "is_mio"),
        ("join name --door window", "value-wrong", "amqp"),
        ("sign letter --p12 key --xml --stamp", "value-wrong", "--stamp"),
    ],
)
def test_sentence_speaks_the_language_and_names_what_would_do(
    line: str, code: str, fact: str, language: str
) -> None:
    told = CliRunner().invoke(app, line.split(), env={"EGOV_LANG": language})
    assert (told.exit_code, told.stderr.partition(":")[0]) == (2, code), told.stderr
    assert fact in told.stderr
    catalogue = USAGE_TEXTS if code in USAGE_TEXTS else TEXTS
    assert all(part in told.stderr for part in re.split(r"\{\w+\}", catalogue[code][language]))
    typed_language = CliRunner().invoke(app, ["--lang", language, *line.split()], env={"EGOV_LANG": "en"})
    assert typed_language.stderr == told.stderr


def test_wrong_language_is_told_in_the_language_of_the_environment() -> None:
    told = CliRunner().invoke(app, ["--lang", "de", "demo"], env={"EGOV_LANG": "kk"})
    assert told.stderr.startswith("value-wrong: --lang мәні жарамайды: мыналардың бірі керек: ru, kk, en.")


def test_list_of_commands_says_of_each_what_the_command_does() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    unsaid = [name for name, place in group.places.items() if place.panel != "systems" and name not in HELPS]
    assert unsaid == []
