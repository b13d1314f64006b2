"""The page of threats names tests that exist, and no attack or fault is left without its row."""

from __future__ import annotations

import ast
import re

import pytest

from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "why" / "threats.md"
NAMED = re.compile(r"\[(test_\w+)\]\((?:\.\./)+(tests/[\w/.]+)\)")
FOLDERS = ("attacks", "faults")


def named_tests() -> list[tuple[str, str]]:
    """The tests of the page: each a path and a function."""
    return [(path, name) for name, path in NAMED.findall(PAGE.read_text())]


def functions_of(path: str) -> set[str]:
    if not (ROOT / path).exists():
        return set()
    tree = ast.parse((ROOT / path).read_text())
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def test_every_test_that_the_page_of_threats_names_exists() -> None:
    assert len(named_tests()) > 20
    gone = [f"{path}::{name}" for path, name in named_tests() if name not in functions_of(path)]
    assert gone == [], "docs/why/threats.md names tests that were renamed or removed: name those of today"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_attacks_and_faults_has_a_row_in_the_page_of_threats(folder: str) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / folder).rglob("test_*.py")}
    lacking = sorted(files - {path for path, _ in named_tests()})
    assert lacking == [], "add to docs/why/threats.md: | who | what | how it is answered | [test](its file) |"


def test_every_threat_has_a_test() -> None:
    """A row of a table of threats has four cells, and the last one names a test."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    bare = [row for row in rows if not row.startswith("| who ") and not NAMED.search(row.rsplit(" | ", 1)[1])]
    assert bare == []
    assert len(rows) > 20
