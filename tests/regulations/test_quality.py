"""The indicators of quality and accessibility, from answers that were counted by hand."""

from __future__ import annotations

from shared.regulations.passport_book import PassportBook
from shared.regulations.quality import AnswerCount, measure_quality

WITH_QUESTIONNAIRES = ["KZ-SEV.1", "KZ-YUZ.1", "KZ-YUZ.2", "KZ-YUZ.3", "KZ-YUZ.4"]


def test_indicators_are_those_of_every_service_whose_act_has_a_questionnaire() -> None:
    indicators = measure_quality(PassportBook.load(), [])
    assert [view.regulation for view in indicators] == WITH_QUESTIONNAIRES
    assert all(view.answered == 0 for view in indicators)
    assert [question.satisfied_share for view in indicators for question in view.questions] == [None] * 10


def test_indicators_count_each_option_and_the_share_of_the_satisfied() -> None:
    answers = [
        AnswerCount("KZ-YUZ.3", '{"1": 3, "2": 2}', 2),
        AnswerCount("KZ-YUZ.3", '{"1": 1, "2": 3}', 1),
        AnswerCount("KZ-YUZ.3", '{"1": 3, "2": 1}', 1),
        AnswerCount("KZ-SEV.1", '{"1": 2, "2": 2}', 1),
    ]
    services = {view.regulation: view for view in measure_quality(PassportBook.load(), answers)}
    quality, accessibility = services["KZ-YUZ.3"].questions
    assert services["KZ-YUZ.3"].answered == 4
    assert (quality.indicator, accessibility.indicator) == ("quality", "accessibility")
    assert [option.count for option in quality.options] == [1, 0, 3]
    assert [option.count for option in accessibility.options] == [1, 2, 1]
    assert (quality.satisfied_share, accessibility.satisfied_share) == (0.75, 0.25)
    assert services["KZ-SEV.1"].questions[0].satisfied_share == 0.0
