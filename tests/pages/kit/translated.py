"""What a page says in another language than its own: texts that its Russian page says in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree, html

from shared.contracts import population
from tests.regulations.translations.test_translations import BOTH

WORD = re.compile("[а-яёәғқңөұүһі]{4,}", re.IGNORECASE)
UNREAD = {"script", "style", "svg"}
NAMES = frozenset(WORD.findall(Path(population.__file__).with_name("population_names.yaml").read_text().lower()))
"""The words of the names and addresses of invented people, which no page translates."""
KAZAKH = re.compile("[әғқңөұүһі]")
SYSTEMS = {"ршэп", "собес"}
PATRONYMIC = re.compile("(ович|евич|ич|овна|евна|ична|инична|ұлы|қызы)$")


def untranslated_texts(page: str, russian: str, tag: str) -> list[str]:
    """The texts that a page in the language ``tag`` has in common with its Russian page and does not mark as
    Russian; names of people and places left out.
    """
    russian_texts = {text for text, _ in read_texts(russian)}
    own_texts = {text for text, language in read_texts(page) if language == tag}
    return sorted(text for text in own_texts & russian_texts if any(map(_is_russian, WORD.findall(text))))


def _is_russian(word: str) -> bool:
    plain = word.lower()
    is_name = plain in NAMES or plain.removesuffix("а") in NAMES or PATRONYMIC.search(plain) is not None
    if KAZAKH.search(plain):
        return False
    return not is_name and plain not in BOTH | SYSTEMS | {"цифр", "секунд", "минут"}


def read_texts(page: str) -> Iterator[tuple[str, str]]:
    """The texts that a page shows, each with the language that it is marked with."""
    yield from _walk(html.fromstring(page), "")


def _walk(element: etree._Element, language: str) -> Iterator[tuple[str, str]]:
    if not isinstance(element.tag, str) or element.tag in UNREAD:
        return
    language = element.get("lang") or language
    yield from _spell(element.text, language)
    for child in element:
        yield from _walk(child, language)
        yield from _spell(child.tail, language)


def _spell(text: str | None, language: str) -> Iterator[tuple[str, str]]:
    words = " ".join((text or "").split())
    if words:
        yield words, language
