"""docs/why/where-is-it-decided.md: every place in the page exists, and the first pages link to the page."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from services.catalog import INSTANCES
from tests.docs_commands import ROOT, list_links

PAPER = ROOT / "docs" / "why" / "where-is-it-decided.md"
PLACE = re.compile(r"^\| `(?P<module>[\w.]+)(?::(?P<name>[\w.]+))?` \|", re.MULTILINE)
PLACES = [(match["module"], match["name"] or "") for match in PLACE.finditer(PAPER.read_text(encoding="utf-8"))]
QUESTIONS = (
    "Who may send what",
    "Where a service goes",
    "When a deadline ends",
    "What an employee may do at a step",
    "For whom a system may speak",
    "Why a signature is refused",
    "How a message is retried",
    "What a citizen sees",
    "How a certificate is revoked",
    "What a request may cost",
)


def test_answers_are_given_to_the_ten_questions() -> None:
    sections = re.split(r"^## ", PAPER.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [section.splitlines()[0] for section in sections] == list(QUESTIONS)
    for section in sections:
        sentence, _, table = section.partition("\n| place")
        assert len(sentence.split()) > 20, section.splitlines()[0]
        assert len(PLACE.findall(table)) >= 5, section.splitlines()[0]


@pytest.mark.parametrize(("module", "name"), PLACES)
def test_answer_names_a_place_that_is_there(module: str, name: str) -> None:
    place: object = import_module(module)
    for part in filter(None, name.split(".")):
        fields = getattr(place, "__dataclass_fields__", {})
        assert part in fields or hasattr(place, part), f"{module} has no {name}: where is it decided now?"
        place = fields.get(part) or getattr(place, part)


@pytest.mark.parametrize("entrance", ["README.md", "README.ru.md", "CONTRIBUTING.md"])
def test_reader_gets_from_the_entrance_to_the_answers_and_the_catalogue(entrance: str) -> None:
    reached = {file for file, _ in list_links(ROOT / entrance)}
    assert PAPER in reached
    assert ROOT / "services" / "catalog.py" in reached


def test_places_lie_in_systems_of_the_catalogue_or_in_what_they_share() -> None:
    systems = {instance.service for instance in INSTANCES}
    parts = [module.split(".") for module, _ in PLACES]
    launcher = {"launcher"}  # the HTTP server is its, and no system's
    assert [part for part in parts if part[0] != "shared" and part[1] not in systems | launcher] == []
