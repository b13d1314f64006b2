"""Our readings of the contradictions in the acts: each has one reading, and each reading has its passports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.tools.regulation_pages import render_pages, write_regulation_pages
from shared.regulations.loader import load_passports
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.readings import load_readings
from tests.docs_commands import ROOT

PAGES = ROOT / "docs" / "reference" / "regulations"
LINE = re.compile(r"^\| (?P<ids>`[A-Z]\d*-[CL]\d+`(?:, `[A-Z]\d*-[CL]\d+`)*) \| (?P<cells>.+) \|$", re.MULTILINE)


def test_contradictions_have_one_reading_each_and_no_reading_is_left_over() -> None:
    recorded = {item.id for passport in load_passports() for item in passport.contradictions}
    read = [one for reading in load_readings() for one in reading.ids]
    assert len(read) == len(set(read))
    assert set(read) == recorded


def test_reading_says_what_the_act_says_and_what_we_do() -> None:
    readings = load_readings()
    assert len(readings) > 250
    assert [reading.ids for reading in readings if "|" in reading.act + reading.here] == []


@pytest.mark.parametrize("passport", load_passports(), ids=lambda passport: passport.id)
def test_page_tells_every_contradiction_of_its_regulation_with_what_we_do(passport: Passport) -> None:
    page = (PAGES / f"{passport.id}.md").read_text(encoding="utf-8")
    told = {
        one: match["cells"].split(" | ")
        for match in LINE.finditer(page)
        for one in re.findall(r"[A-Z]\d*-[CL]\d+", match["ids"])
    }
    assert set(told) == {item.id for item in passport.contradictions}
    assert [one for one, cells in told.items() if len(cells) != 3 or not all(cells)] == []
    texts = {item.id: " ".join(item.text.split()) for item in passport.contradictions}
    assert [one for one, text in texts.items() if text.replace("|", "\\|") not in told[one][0]] == []


def test_pages_are_those_that_make_docs_writes() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}
    made = render_pages(PassportBook.load())
    assert sorted(kept) == sorted(made), "make docs"
    assert [name for name, text in made.items() if kept[name] != text] == [], "make docs"


def test_command_writes_the_pages_into_a_folder(tmp_path: Path) -> None:
    write_regulation_pages(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(render_pages(PassportBook.load()))


def test_contradiction_that_several_regulations_share_is_told_in_the_same_words() -> None:
    told: dict[str, set[str]] = {}
    for one in load_passports():
        for item in one.contradictions:
            told.setdefault(item.id, set()).add(item.text)
    assert {one: texts for one, texts in told.items() if len(texts) > 1} == {}


def test_contradiction_that_an_act_repeats_in_several_regulations_has_one_id() -> None:
    seen: dict[tuple[str, str], set[str]] = {}
    for one in load_passports():
        for item in one.contradictions:
            seen.setdefault((one.act.number, item.text), set()).add(item.id)
    assert {text: ids for text, ids in seen.items() if len(ids) > 1} == {}
