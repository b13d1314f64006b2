"""The indicators of quality and accessibility, counted from the answers to the acts' questionnaires.

The acts of the electronic services (in KZ-YUZ.1 clause 14 and appendix 5) measure a service by two questions: how
satisfied the citizen is with the process and the result, and with the information on the procedure. The acts do
not say how the answers make a figure; ours is the share of those who are satisfied.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.bus.errors import Malformed
from shared.regulations.model import Passport, Questionnaire
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in, title_in
from shared.texts.catalog import LANGUAGES

INDICATORS: Mapping[int, Literal["quality", "accessibility"]] = {1: "quality", 2: "accessibility"}
"""The question of each indicator; both questionnaires of the acts have these two."""


@dataclass(frozen=True)
class AnswerCount:
    """How many people gave the same answers: ``answers`` is the option by question, as JSON."""

    regulation: str
    answers: str
    count: int


class OptionCountView(BaseModel):
    """How many people chose an option."""

    n: int
    text: dict[str, str]
    count: int


class QuestionIndicatorView(BaseModel):
    """One indicator: the question, the options with their counts, the share of the satisfied from 0 to 1."""

    n: int
    indicator: Literal["quality", "accessibility"]
    text: dict[str, str]
    options: list[OptionCountView]
    satisfied_share: Annotated[float, Field(ge=0, le=1)] | None


class QualityIndicatorView(BaseModel):
    """The indicators of one service of one region; ``answered`` people answered its questionnaire."""

    regulation: str
    region: str
    service_type: str
    title: dict[str, str]
    answered: int
    questions: list[QuestionIndicatorView]


def check_answers(questionnaire: Questionnaire, answers: Mapping[int, int]) -> None:
    """Malformed ``questionnaire-invalid`` unless the answers name one option for each question."""
    options = {question.n: {option.n for option in question.options} for question in questionnaire.questions}
    if set(answers) != set(options) or any(chosen not in options[n] for n, chosen in answers.items()):
        raise Malformed("questionnaire-invalid", "choose one option for each question", questions=sorted(options))


def measure_quality(book: PassportBook, counts: Iterable[AnswerCount]) -> list[QualityIndicatorView]:
    """The indicators of every service that has a questionnaire, in the order of the book."""
    chosen: dict[str, Counter[tuple[int, int]]] = {}
    people: Counter[str] = Counter()
    for given in counts:
        people[given.regulation] += given.count
        for question, option in json.loads(given.answers).items():
            chosen.setdefault(given.regulation, Counter())[int(question), int(option)] += given.count
    return [
        _measure_service(passport, passport.questionnaire, people[passport.id], chosen.get(passport.id, Counter()))
        for passport in book.passports
        if passport.questionnaire is not None
    ]


def _measure_service(
    passport: Passport, questionnaire: Questionnaire, people: int, chosen: Counter[tuple[int, int]]
) -> QualityIndicatorView:
    return QualityIndicatorView(
        regulation=passport.id,
        region=passport.region,
        service_type=passport.service_type,
        title={tag: title_in(tag, passport) for tag in LANGUAGES},
        answered=people,
        questions=[
            QuestionIndicatorView(
                n=question.n,
                indicator=INDICATORS[question.n],
                text=_in_all_languages(question.text),
                options=[
                    OptionCountView(
                        n=option.n, text=_in_all_languages(option.text), count=chosen[question.n, option.n]
                    )
                    for option in question.options
                ],
                satisfied_share=(
                    chosen[question.n, max(option.n for option in question.options)] / people if people else None
                ),
            )
            for question in questionnaire.questions
        ],
    )


def _in_all_languages(text: str) -> dict[str, str]:
    return {tag: text_in(tag, text) for tag in LANGUAGES}
