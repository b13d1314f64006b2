"""The drawing of every graph in another language says nothing in Russian and is otherwise the Russian one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lxml import etree

from shared.regulations.bpmn import DiagramLanguage, to_bpmn
from shared.regulations.model import Channel
from tests.regulations.graphs import EVERY, graph, passport
from tests.regulations.translations.test_translations import BOTH, CYRILLIC, SYSTEM_NAMES, WORD

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FOR_PROGRAMS = {f"{MODEL}property"}
"""Elements whose name is an identifier."""
NAMES = {"собес"}
"""Parts of the names of systems: «Е-собес»."""
RUSSIAN_LETTERS = re.compile("[а-яё]", re.IGNORECASE)


def drawing(passport_id: str, channel: Channel, variant: str, tag: DiagramLanguage) -> etree._Element:
    return etree.fromstring(to_bpmn(graph(passport_id, channel, variant), passport(passport_id), tag))


def drawn_texts(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Every name and annotation that a drawing shows, and what a click tells, with where it stands."""
    for element in root.iter(f"{MODEL}*"):
        if element.tag not in FOR_PROGRAMS and (name := element.get("name")):
            yield element.get("id", ""), name
    for note in root.iter(f"{MODEL}textAnnotation"):
        yield f"{note.get('id')}.text", note.findtext(f"{MODEL}text") or ""
    for told in root.iter(f"{MODEL}documentation"):
        for n, line in enumerate((told.text or "").split("\n")):
            yield f"{element_of(told).get('id')}.told.{n}", line


def element_of(told: etree._Element) -> etree._Element:
    parent = told.getparent()
    assert parent is not None
    return parent


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


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_english_drawing_keeps_no_russian_word(passport_id: str, channel: Channel, variant: str) -> None:
    english = drawn_texts(drawing(passport_id, channel, variant, "en"))
    russian = {text: rest for _, text in english if (rest := CYRILLIC.findall(SYSTEM_NAMES.sub("", text)))}
    assert russian == {}, "translate them"


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


def told_lines(passport_id: str, channel: Channel, step: str, tag: DiagramLanguage) -> list[str]:
    """What a click on a step tells."""
    root = drawing(passport_id, channel, "main", tag)
    (element,) = (one for one in root.iter(f"{MODEL}*") if one.get("id") == step)
    return (element.findtext(f"{MODEL}documentation") or "").split("\n")


def test_click_on_a_step_tells_its_clause_and_limits_in_the_language_of_the_drawing() -> None:
    """Act 003, KZ-ATY.6, step 5 by ЦОН: 15 минут, and a working day for the delivery."""
    steps = [
        node.id for node in graph("KZ-ATY.6", "con").nodes if node.deadline is not None and node.deadline.also
    ]
    kazakh, russian = (told_lines("KZ-ATY.6", "con", steps[0], tag) for tag in ("kk", "ru"))
    assert "Мерзімі: 15 минут; 1 жұмыс күні" in kazakh
    assert any("15 (пятнадцати) минут" in line for line in russian)
    assert "тармақ" in kazakh[0]
    assert russian[0].startswith("п. ")


def test_click_tells_in_kazakh_when_another_limit_holds() -> None:
    """Act 003, item 3 of clause 5 of KZ-ATY.6 and KZ-ATY.11: 19 working days instead of 6 for what the аким sent,
    and instead of 7 for papers that the applicant cannot bring.
    """
    by_akim = told_lines("KZ-ATY.6", "provider", "p3", "kk")
    assert "Мерзімі: 6 жұмыс күні; құжаттар ауылдық округ әкімі арқылы түскен – 19 жұмыс күні" in by_akim
    (by_lack,) = (line for line in told_lines("KZ-ATY.11", "provider", "p3", "kk") if line.startswith("Мерзімі"))
    assert by_lack.startswith("Мерзімі: 7 жұмыс күні; құжаттар жетіспейді")
    assert by_lack.endswith(" – 19 жұмыс күні")


def test_drawing_names_the_body_of_the_act_in_its_language() -> None:
    bodies = {"ru": "акимат Атырауской области", "kk": "Атырау облысының әкімдігі"}
    for tag, body in bodies.items():
        root = drawing("KZ-ATY.6", "con", "main", tag)  # type: ignore[arg-type]
        assert (root.findtext(f"{MODEL}process/{MODEL}documentation") or "").startswith(f"{body}, ")
