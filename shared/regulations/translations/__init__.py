"""What the acts say in Russian, in other languages: titles, statuses, offices, steps and the rest.

``words/`` holds the texts by subject, each Russian text of the passports with its translations. Only the act of
Akmola of 2015 is in Kazakh: its nineteen titles stand in the passports, and twenty services with the same Russian
title take those. All else is our translation; docs/reference/kazakh.md lists it for a reader who speaks Kazakh.
"""

from shared.regulations.translations.lookup import (
    KazakhTitle,
    kazakh_text,
    kazakh_title,
    load_words,
    text_in,
    title_in,
    translate,
    translate_questionnaire,
)

__all__ = [
    "KazakhTitle",
    "kazakh_text",
    "kazakh_title",
    "load_words",
    "text_in",
    "title_in",
    "translate",
    "translate_questionnaire",
]
