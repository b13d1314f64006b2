"""docs/reference/settings.md: every setting as its definition says, and no document names another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.launcher.settings import known_names
from services.tools.accounts.secret_files import COMPOSE_VARIABLES, FOLDER_VARIABLE
from tests.docs.generated.settings_page import PAGE, SettingRow, make_page, read_rows
from tests.docs_commands import ROOT, list_links, papers

VARIABLE = re.compile(r"\bEGOV_[A-Z0-9_]+\b")
ROWS = read_rows()


def test_settings_page_is_as_the_definitions_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_page(), "make docs"


def test_settings_page_has_a_row_for_every_variable_and_no_variable_twice() -> None:
    first_cells = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(first_cells) == sorted(known_names())


def test_settings_page_lists_the_workplaces_that_the_table_means() -> None:
    prose = PAGE.read_text(encoding="utf-8").partition("Workplaces are ")[2].partition("\n\n")[0]
    assert re.findall(r"`(\w+)`", prose) == ROWS["EGOV_CLERKS"].systems


@pytest.mark.parametrize("name", ROWS)
def test_setting_means_the_same_in_every_system(name: str) -> None:
    row: SettingRow = ROWS[name]
    assert len(row.values) == len(row.meanings) == 1
    assert re.fullmatch(r"[A-Z].{15,}\.", min(row.meanings)), "write its meaning below the field: a sentence"


def test_settings_page_is_linked_from_the_index() -> None:
    assert PAGE in [place for place, _ in list_links(ROOT / "docs" / "index.md")]


@pytest.mark.parametrize("paper", papers(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_setting_that_docs_name_is_there(paper: Path) -> None:
    named = set(VARIABLE.findall(paper.read_text(encoding="utf-8")))
    assert sorted(named - known_names() - {*COMPOSE_VARIABLES, FOLDER_VARIABLE}) == []
