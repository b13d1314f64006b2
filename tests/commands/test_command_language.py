"""A command speaks the language that was typed, else that of EGOV_LANG, else the locale's, else English."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.launcher.commands.languages import choose_language
from services.tools.coverage import TEXTS as COVERAGE_TEXTS
from shared.texts.catalog import LANGUAGES

LOCALES = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": ""}


def told(line: str, **settings: str) -> str:
    """What a command prints."""
    ended = CliRunner().invoke(app, line.split(), env={"COLUMNS": "400", "EGOV_LANG": "", **LOCALES, **settings})
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("tag", LANGUAGES)
def test_coverage_speaks_the_language_of_the_command(tag: str) -> None:
    ways = (
        told("coverage", EGOV_LANG=tag),
        told("coverage", LC_ALL=f"{tag}_KZ.UTF-8"),
        told(f"coverage --lang {tag}", EGOV_LANG="en" if tag != "en" else "ru"),
        told(f"--lang {tag} coverage", EGOV_LANG="en" if tag != "en" else "ru"),
    )
    assert len(set(ways)) == 1
    assert COVERAGE_TEXTS["not-executed"][tag] in ways[0]


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("command", ["verify", "explain"])
def test_checks_of_signatures_speak_the_language_of_the_command(tmp_path: Path, command: str, tag: str) -> None:
    file = tmp_path / "not-there.xml"
    by_setting = told(f"{command} {file}", EGOV_LANG=tag)
    assert by_setting == told(f"{command} {file} --lang {tag}", EGOV_LANG="en" if tag != "en" else "ru")
    assert by_setting == told(f"{command} {file}", LANG=f"{tag}_KZ.UTF-8")
    others = {told(f"{command} {file}", EGOV_LANG=other) for other in LANGUAGES if other != tag}
    assert by_setting not in others


def test_language_of_the_locale_is_english_where_it_is_none_of_ours() -> None:
    assert choose_language({"LANG": "de_DE.UTF-8"}) == "en"
    assert choose_language({"LANG": "C.UTF-8"}) == "en"
    assert choose_language({"LANG": "kk_KZ.UTF-8", "EGOV_LANG": "ru"}) == "ru"
    assert choose_language({"LANG": "kk_KZ.UTF-8", "EGOV_LANG": "ru"}, "en") == "en"
