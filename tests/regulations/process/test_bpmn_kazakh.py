"""The Kazakh drawing of every graph says nothing in Russian and is otherwise the Russian one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lxml import etree

from shared.regulations.bpmn import DiagramLanguage, to_bpmn
from shared.regulations.model import Channel
from tests.regulations.graphs import EVERY, graph, passport
from tests.regulations.translations.test_kazakh import BOTH, WORD

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FOR_PROGRAMS = {f"{MODEL}property"}
"""Elements whose name is an identifier."""
NAMES = {"собес"}
"""Parts of the names of systems: «Е-собес»."""
RUSSIAN_LETTERS = re.compile("[а-яё]", re.IGNORECASE)


def drawing(passport_id: str, channel: Channel, variant: str, tag: DiagramLanguage) -> etree._Element:
    return etree.fromstring(to_bpmn(graph(passport_id, channel, variant), passport(passport_id), tag))


def drawn_texts(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Every name and annotation that a drawing shows, with where it stands."""
    for element in root.iter(f"{MODEL}*"):
        if element.tag not in FOR_PROGRAMS and (name := element.get("name")):
            yield element.get("id", ""), name
    for note in root.iter(f"{MODEL}textAnnotation"):
        yield f"{note.get('id')}.text", note.findtext(f"{MODEL}text") or ""


def facts_of(root: etree._Element, tag: str) -> list[dict[str, str]]:
    """The attributes of every element ``tag`` but its name."""
    return [{str(key): str(value) for key, value in one.items() if key != "name"} for one in root.iter(tag)]


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_kazakh_drawing_keeps_no_russian_name(passport_id: str, channel: Channel, variant: str) -> None:
    kazakh, russian = (dict(drawn_texts(drawing(passport_id, channel, variant, tag))) for tag in ("kk", "ru"))
    assert list(kazakh) == list(russian)
    same = {text for place, text in kazakh.items() if text == russian[place]}
    assert {text for text in same if RUSSIAN_LETTERS.search(text)} == set(), "translate them"
    mixed = {
        text: common
        for place, text in kazakh.items()
        if (common := (set(WORD.findall(text.lower())) & set(WORD.findall(russian[place].lower()))) - BOTH - NAMES)
    }
    assert mixed == {}, "a part of the name is not translated"


def test_kazakh_drawing_has_the_ids_conditions_and_marks_of_the_russian_one() -> None:
    kazakh, russian = (drawing("KZ-AKM.5", "con", "main", tag) for tag in ("kk", "ru"))
    for tag in (f"{MODEL}sequenceFlow", f"{MODEL}lane", "{urn:egov-bus:bpmn}step"):
        assert facts_of(kazakh, tag) == facts_of(russian, tag) != []
    conditions = [one.text for one in russian.iter(f"{MODEL}conditionExpression")]
    assert [one.text for one in kazakh.iter(f"{MODEL}conditionExpression")] == conditions != []


def test_kazakh_drawing_numbers_processes_and_conditions_as_kazakh_does() -> None:
    texts = [text for _, text in drawn_texts(drawing("KZ-ATY.6", "con", "main", "kk"))]
    assert any(text.startswith("1-процесс. ") for text in texts)
    assert any(text.startswith("1-шарт") for text in texts)
