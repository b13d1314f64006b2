"""The Kazakh texts of the services: titles, statuses, offices, steps and the rest that the acts say in Russian.

``words/`` holds them by subject, each Russian text of the passports with the Kazakh one. Only the act of Akmola of
2015 is in Kazakh: its nineteen titles stand in the passports, and twenty services with the same Russian title take
those. All else is our translation; docs/reference/kazakh.md lists it for a reader who speaks Kazakh.
"""

from shared.regulations.kazakh.translations import (
    KazakhTitle,
    kazakh_text,
    kazakh_title,
    load_words,
    text_in,
    title_in,
    translate_questionnaire,
)

__all__ = [
    "KazakhTitle",
    "kazakh_text",
    "kazakh_title",
    "load_words",
    "text_in",
    "title_in",
    "translate_questionnaire",
]
