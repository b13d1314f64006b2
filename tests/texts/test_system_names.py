"""A system has one name in each language: on the start page, the maps, in menus, cases, diagrams and the glossary.

The name is the head of the system's own title, which the list of systems and its pages show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.catalog import INSTANCES
from services.shep_gateway.pages.console.site import FOLDER as CONSOLE
from services.shep_gateway.pages.start.start_site import FOLDER as START
from shared.texts.catalog import LANGUAGES, Translations, read_texts
from shared.workplace.pages.site import WORDS as CASES

ROOT = Path(__file__).resolve().parents[2]
DIAGRAM = read_texts(ROOT / "shared" / "regulations" / "diagram_words.yaml")


def list_names(instance: str) -> Iterator[tuple[str, Translations]]:
    """Every place that names a system, with what it says there."""
    code = instance.replace("_", "-")
    places: Mapping[str, tuple[Mapping[str, Translations], str]] = {
        "start page": (START.words, f"name-{code}"),
        "console": (CONSOLE.words, f"name-{code}"),
        "cases of a workplace": (CASES, f"system-{code}"),
        "diagrams": (DIAGRAM, f"system-{code}"),
    }
    yield from ((place, texts[key]) for place, (texts, key) in places.items() if key in texts)


def find_name(instance: str, tag: str) -> str:
    title = next(one for one in INSTANCES if one.name == instance).load_title()[tag]
    return title.partition(",")[0]


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("instance", [instance.name for instance in INSTANCES])
def test_system_has_one_name_in_each_language(instance: str, tag: str) -> None:
    name = find_name(instance, tag).removeprefix("The ").casefold()
    told = {place: texts[tag] for place, texts in list_names(instance)}
    assert len(told) >= 2, "the start page and the console name every system"
    beside = re.compile(rf"(\S+ )?{re.escape(name)}([ ,].+)?")
    assert {place: said for place, said in told.items() if not beside.fullmatch(said.casefold())} == {}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_map_shortens_the_words_of_a_name_and_takes_no_others(tag: str) -> None:
    shortened = [key.removeprefix("map-") for key in CONSOLE.words if key.startswith("map-name-")]
    assert shortened
    for key in shortened:
        whole = re.findall(r"[\w-]+", CONSOLE.words[key][tag].casefold())
        short = re.findall(r"[\w-]+", CONSOLE.words[f"map-{key}"][tag].casefold())
        assert all(any(word.startswith(part[:4]) for word in whole) for part in short), (key, tag)


@pytest.mark.parametrize("instance", [instance.name for instance in INSTANCES])
def test_glossary_has_the_name_of_every_system(instance: str) -> None:
    page = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8").casefold()
    names = {tag: find_name(instance, tag).casefold() for tag in ("ru", "kk")}
    assert {tag: name for tag, name in names.items() if name not in page} == {}
