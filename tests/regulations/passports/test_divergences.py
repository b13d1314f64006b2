"""docs/reference/divergences.md against the passports: each contradiction has a line, each line its passports."""

from __future__ import annotations

import re
from pathlib import Path

from shared.regulations.loader import load_passports

PAPER = Path(__file__).parents[3] / "docs" / "reference" / "divergences.md"
LINE = re.compile(
    r"^\| (?P<ids>`[A-Z]\d*-[CL]\d+`(?:, `[A-Z]\d*-[CL]\d+`)*) \| (?P<where>[^|]+) \| (?P<told>.+) \|$"
)


def lines() -> list[tuple[list[str], list[str], list[str]]]:
    """Of each line of the tables: the ids, the passports that it names, what the act says and what we do."""
    found = [LINE.match(line) for line in PAPER.read_text(encoding="utf-8").splitlines()]
    return [
        (re.findall(r"[A-Z]\d*-[CL]\d+", one["ids"]), _passports(one["where"]), one["told"].split(" | "))
        for one in found
        if one
    ]


def _passports(where: str) -> list[str]:
    region, _, numbers = where.partition(" ")
    return [f"KZ-{region}.{n}" for n in numbers.split(", ")]


def test_contradictions_have_one_line_each_that_names_all_passports_and_none_is_left() -> None:
    recorded: dict[str, list[str]] = {}
    for one in load_passports():
        for item in one.contradictions:
            recorded.setdefault(item.id, []).append(one.id)
    named = [(one, sorted(passports)) for ids, passports, _ in lines() for one in ids]
    assert len(named) == len(dict(named))
    assert dict(named) == {one: sorted(passports) for one, passports in recorded.items()}


def test_contradiction_line_says_what_the_act_says_and_what_we_do() -> None:
    assert [ids for ids, _, told in lines() if len(told) != 2 or not all(told)] == []
    assert len(lines()) > 200


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
