"""``egov-bus demo`` at a real terminal of 80 columns and 24 rows, in each language, as a person sees it."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from services.launcher.ports import random_offset
from services.tools.demo.run import SERVICE
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import title_in
from tests.docs_commands import ROOT
from tests.journeys.terminal.pty_screen import TerminalScreen, TypedProgram, typed_at_terminal
from tests.servers import environment

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(180)]

WIDTH, HEIGHT = 80, 24
ONLY_RUSSIAN = re.compile(r"(?<![\w«])(?:если|гражданин|сотрудник|заявлени|готово|срок)\w*", re.IGNORECASE)


def demo(tag: str, folder: Path, offset: int, **settings: str) -> AbstractContextManager[TypedProgram]:
    given = environment.inherited(
        PYTHONPATH=str(ROOT), EGOV_PORT_OFFSET=str(offset), TERM="xterm-256color", EGOV_LANG="", **settings
    )
    words = (sys.executable, "-m", "services", "demo", "--lang", tag)
    return typed_at_terminal(words, folder, given, columns=WIDTH, height=HEIGHT)


def has_closed(screen: TerminalScreen) -> bool:
    return any(line.startswith("EGOV_CLERKS=manual ") for line in screen.list_lines())


def watch_whole_demo(tag: str, folder: Path, offset: int) -> tuple[TypedProgram, int]:
    with demo(tag, folder, offset) as program:
        program.watch(has_closed, 120)
        return program, program.interrupt()


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
def test_demo_at_a_terminal_follows_the_case_and_ends_with_lines_to_copy(tmp_path: Path, tag: str) -> None:
    offset = random_offset()
    program, code = watch_whole_demo(tag, tmp_path, offset)
    title = title_in(tag, PassportBook.load().get_passport(SERVICE))
    drawn = [" ".join(" ".join(rows).split()) for rows in program.pictures if any("▶" in row for row in rows)]
    assert drawn, "no picture stood still"
    assert all(title in picture for picture in drawn)
    lines = program.screen.list_lines()
    assert lines.count(title) == 1, "a picture that was taken back has left rows behind"
    start = f"http://127.0.0.1:{8002 + offset}/"
    assert any(line.endswith(f" {start}") for line in lines)
    assert [line for line in lines if line.startswith("curl ") and line.count("http") != 1] == []
    if tag != "ru":
        assert ONLY_RUSSIAN.findall("\n".join(lines)) == []
    assert code == 0
