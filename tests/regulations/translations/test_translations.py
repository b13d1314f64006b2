"""What the acts say in Russian is there in Kazakh and English, and no text of one has words of another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import kazakh_title, load_words, translate

ROOT = Path(__file__).parents[3]
LANGUAGES = ("kk", "en")
PASSPORTS = PassportBook.load().passports
OURS = {"отправлено", "срок продлён", "отказано", "не доставлено"}
"""Statuses that are ours: no act has them."""
BOTH = {
    "абай", "арыс", "атырау", "браузер", "жетісай", "индекс", "инспектор", "кентау", "комиссия", "логин",
    "минут", "нотариус", "оператор", "орган", "портал", "практика", "процесс", "регламент", "сайрам", "сектор",
    "сурдо", "талон", "телефон", "штрих", "шымкент",
}  # fmt: skip
"""Words that are the same in both languages: names and loanwords of the Kazakh acts."""
WORD = re.compile(r"[а-яёәғқңөұүһі]{4,}")
CYRILLIC = re.compile(r"[а-яёәғқңөұүһі]\w*", re.IGNORECASE)
SYSTEM_NAMES = re.compile(r"\b[А-ЯІ]{2,5}\b|«[^»]+»|№ [А-Я]-")
"""ШЭП, ИИН and the like, and a name between quotation marks: the glossary has each."""
WRONG_WORDS = {
    "АЭҮШ": "ӨЭҮШ is the one abbreviation of РШЭП",
    "ЭҮӨШ": "ӨЭҮШ is the one abbreviation of РШЭП",
    "кері қайтарыл": "кері қайтарып алын-",
}


def russian_texts(passport: Passport) -> Iterator[str]:
    """What a passport says to people, by subject."""
    yield passport.provider
    yield passport.act.body
    for extension in passport.extensions:
        yield extension.when
        if extension.by is not None:
            yield extension.by.text
    yield from passport.participants
    yield from (result.text for result in passport.results)
    yield from (refusal.text for refusal in passport.refusals)
    yield from (restriction.text for restriction in passport.channels.restrictions)
    yield from (status.status for status in passport.statuses)
    yield from (rule.field for rule in passport.flk)
    yield from (ground.text for ground in passport.grounds if "portal" in ground.channels)
    yield from (rule.text for rule in passport.entitled if "portal" in passport.channels.accept)
    for receipt in passport.receipts:
        yield from (receipt.text, *receipt.holds)
    for office in (*passport.directories.departments, *passport.directories.con_offices):
        yield office.name
    for question in passport.questionnaire.questions if passport.questionnaire else ():
        yield from (question.text, *(option.text for option in question.options))


def process_texts() -> Iterator[str]:
    for passport, graph in PassportBook.load().all_graphs():
        deadlines = (node.deadline for node in graph.nodes if node.deadline is not None)
        yield from (exception.when for deadline in deadlines for exception in deadline.exceptions)
        yield from (text for node in graph.nodes for text in (node.action, node.actor) if text not in ("", "-"))
        yield from (flow.when for flow in graph.transitions if flow.when)
        yield from (
            part.title for part in passport.procedures if part.title is not None and part.telling == "content"
        )


def list_untranslated(texts: Iterable[str]) -> list[tuple[str, str]]:
    """The texts that a language lacks."""
    known = set(texts)
    return sorted((tag, text) for tag in LANGUAGES for text in known if translate(text, tag) is None)


@pytest.mark.parametrize("passport", PASSPORTS, ids=lambda passport: passport.id)
def test_every_text_of_a_service_is_there_in_each_language(passport: Passport) -> None:
    assert list_untranslated(russian_texts(passport)) == [], "translate them"


def test_every_step_actor_and_answer_is_there_in_each_language() -> None:
    assert list_untranslated(process_texts()) == [], "translate them"


def test_every_title_of_a_service_is_there_in_english() -> None:
    assert list_untranslated(passport.title.ru for passport in PASSPORTS) == [], "translate them"


def test_titles_are_official_where_an_act_has_them_and_marked_otherwise() -> None:
    assert Counter(kazakh_title(passport).source for passport in PASSPORTS) == {"act": 19, "akmola": 20, "ours": 5}
    titles = {passport.id: kazakh_title(passport) for passport in PASSPORTS}
    assert titles["KZ-YUZ.3"].text == titles["KZ-AKM.17"].text == "Жұмыссыз азаматтарға анықтамалар беру"
    assert (titles["KZ-AKM.17"].source, titles["KZ-YUZ.3"].source) == ("act", "akmola")
    assert titles["KZ-ATY.8"].source == "ours"
    assert {ru: texts["kk"] for ru, texts in load_words()["official-titles"].items()} == {
        passport.title.ru: passport.title.kk for passport in PASSPORTS if passport.title.kk is not None
    }


def test_kazakh_text_has_no_russian_word() -> None:
    mixed = {
        texts["kk"]: sorted(common)
        for words in load_words().values()
        for ru, texts in words.items()
        if (common := (set(WORD.findall(ru.lower())) & set(WORD.findall(texts["kk"].lower()))) - BOTH)
    }
    assert mixed == {}


def test_kazakh_words_of_the_house_are_one_each() -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.yaml")
    ]
    kazakh = [line for text in texts for line in text.splitlines() if re.match(r"\s*kk: ", line)]
    assert len(kazakh) > 1000
    for wrong, right in WRONG_WORDS.items():
        assert [line for line in kazakh if wrong in line.lower() or wrong in line] == [], right


def test_english_text_has_no_words_of_another_language_but_names_of_systems() -> None:
    cyrillic = {
        texts["en"]: sorted(rest)
        for words in load_words().values()
        for texts in words.values()
        if (rest := set(CYRILLIC.findall(SYSTEM_NAMES.sub("", texts["en"]))))
    }
    assert cyrillic == {}
