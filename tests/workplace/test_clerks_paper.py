"""docs/how-to/clerks.md shows what the code has."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

from shared.regulations.passport_book import PassportBook
from shared.sandbox.magic_people import read_endings
from shared.workplace.clerks.clerk_office import read_rules
from shared.workplace.clerks.rules import WRITTEN, check_rules
from tests.docs_commands import ROOT, blocks

PAPER = "how-to/clerks.md"


def test_clerks_docs_show_rules_that_are_rules(tmp_path: Path) -> None:
    book = PassportBook.load()
    (curl,) = blocks(PAPER, "sh")
    found = re.search(r"-d '(.+)'", curl, re.DOTALL)
    assert found is not None
    rules = WRITTEN.validate_python(json.loads(found[1])["rules"])
    check_rules(rules, book)
    file = tmp_path / "clerks.yaml"
    (written,) = blocks(PAPER, "yaml")
    file.write_text(written, encoding="utf-8")
    assert [len(rules), len(read_rules(file, book))] == [3, 2]


def test_clerks_docs_table_of_endings_is_the_one_that_the_clerks_go_by() -> None:
    text = (ROOT / "docs" / PAPER).read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| (\d\d) \| (.+) \|$", text, re.MULTILINE)) == {
        ending: row.texts["en"] for ending, row in read_endings().items()
    }


def test_clerks_docs_example_finds_somebody_with_the_ending() -> None:
    (code,) = blocks(PAPER, "python")
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(code, {})  # noqa: S102 - the paper's own example
    assert re.fullmatch(r"\d{10}15\n", told.getvalue())
