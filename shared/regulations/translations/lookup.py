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
        return KazakhTitle(official, "akmola")
    return KazakhTitle(load_words()["titles"][passport.title.ru], "ours")


def kazakh_text(text: str) -> str | None:
    """The Kazakh text of a Russian text of the passports, or None."""
    return _all_words().get(text)


def text_in(tag: str, text: str) -> str:
    """``text`` itself, or on a Kazakh page its Kazakh text where there is one."""
    return (kazakh_text(text) if tag == "kk" else None) or text


def title_in(tag: str, passport: Passport) -> str:
    """The title of a service on a page: Kazakh on a Kazakh page, Russian on others."""
    return kazakh_title(passport).text if tag == "kk" else passport.title.ru


def translate_questionnaire(questionnaire: Questionnaire, tag: str) -> dict[str, Any]:
    """The questionnaire as JSON values, its questions and options in the language of a page."""
    content = questionnaire.model_dump()
    for question in content["questions"]:
        question["text"] = text_in(tag, question["text"])
        for option in question["options"]:
            option["text"] = text_in(tag, option["text"])
    return content


@functools.cache
def load_words() -> Mapping[str, Mapping[str, str]]:
    """Every Russian text with its Kazakh one, by subject: the name of the file."""
    kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = {path.stem: yaml.load(path.read_bytes(), kind) for path in sorted(FOLDER.glob("*.yaml"))}  # noqa: S506
    return MappingProxyType({subject: MappingProxyType(_pair_texts(rows)) for subject, rows in files.items()})


def _pair_texts(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["ru"]: row["kk"] for row in rows}


@functools.cache
def _all_words() -> Mapping[str, str]:
    return MappingProxyType({ru: kk for words in load_words().values() for ru, kk in words.items()})
