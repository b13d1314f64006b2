"""Words that a person reads as the act's own are the act's own."""

from __future__ import annotations

import pytest

from shared.regulations.loader import load_passports
from shared.regulations.model import Passport

QUESTIONS = [
    "Удовлетворены ли Вы качеством процесса и результатом оказания электронной государственной услуги?",
    "Удовлетворены ли Вы качеством информации о порядке оказания электронной государственной услуги?",
]
"""The two questions of the form in appendix 3 or 5 of the acts of 2012."""
ANSWERS = ["не удовлетворен", "частично удовлетворен", "удовлетворен"]


@pytest.mark.parametrize(
    "passport", [one for one in load_passports() if one.questionnaire], ids=lambda one: one.id
)
def test_questionnaire_asks_in_the_words_of_the_act(passport: Passport) -> None:
    assert passport.questionnaire is not None
    asked = passport.questionnaire.questions
    assert [question.text for question in asked] == QUESTIONS
    assert [[option.text for option in question.options] for question in asked] == [ANSWERS, ANSWERS]


def test_providers_of_atyrau_are_named_as_clause_1_names_them() -> None:
    names = {
        one.provider for one in load_passports() if one.region == "KZ-ATY" and "отделы занятости" in one.provider
    }
    assert names
    assert [name for name in names if "районов Атырауской области" in name] == []
