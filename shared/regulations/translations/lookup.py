"""Look up the translation of what a passport says in Russian."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from shared.regulations.model import Passport, Questionnaire

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("kk", "en")
"""The languages of the translations; the acts are in Russian."""

TitleSource = Literal["act", "akmola", "ours"]
"""``act``: the act itself; ``akmola``: the act of Akmola, for a service with the same Russian title; ``ours``."""


@dataclass(frozen=True)
class KazakhTitle:
    """The Kazakh title of a service, and whose it is."""

    text: str
    source: TitleSource


def kazakh_title(passport: Passport) -> KazakhTitle:
    """The Kazakh title of a service; KeyError for a service that nobody translated."""
    if passport.title.kk is not None:
        return KazakhTitle(passport.title.kk, "act")
    official = load_words()["official-titles"].get(passport.title.ru)
    if official is not None:
        return KazakhTitle(official["kk"], "akmola")
    return KazakhTitle(load_words()["titles"][passport.title.ru]["kk"], "ours")


def kazakh_text(text: str) -> str | None:
    """The Kazakh text of a Russian text of the passports, or None."""
    return translate(text, "kk")


def translate(text: str, tag: str) -> str | None:
    """The translation of a Russian text of the passports to ``kk`` or ``en``, or None."""
    return _texts_by_language()[tag].get(text)


def text_in(tag: str, text: str) -> str:
    """``text`` in the language of a page; as the act has the text where nobody translated it."""
    return text if tag == "ru" else translate(text, tag) or text


def title_in(tag: str, passport: Passport) -> str:
    """The title of a service in the language of a page; English titles are ours."""
    return kazakh_title(passport).text if tag == "kk" else text_in(tag, passport.title.ru)


def translate_questionnaire(questionnaire: Questionnaire, tag: str) -> dict[str, Any]:
    """The questionnaire as JSON values, its questions and options in the language of a page."""
    content = questionnaire.model_dump()
    for question in content["questions"]:
        question["text"] = text_in(tag, question["text"])
        for option in question["options"]:
            option["text"] = text_in(tag, option["text"])
    return content


@functools.cache
def load_words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Every Russian text with its translations by language (``kk``, ``en``), by subject: the name of the file."""
    kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = {path.stem: yaml.load(path.read_bytes(), kind) for path in sorted(FOLDER.glob("*.yaml"))}  # noqa: S506
    return MappingProxyType({subject: MappingProxyType(_key_by_text(rows)) for subject, rows in files.items()})


def _key_by_text(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {row["ru"]: {tag: row[tag] for tag in LANGUAGES} for row in rows}


@functools.cache
def _texts_by_language() -> Mapping[str, Mapping[str, str]]:
    rows = [row for words in load_words().values() for row in words.items()]
    return MappingProxyType({tag: {ru: texts[tag] for ru, texts in rows} for tag in LANGUAGES})
