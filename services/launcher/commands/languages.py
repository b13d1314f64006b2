"""The language in which a command speaks: the one that was typed, or that of the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from shared.texts.catalog import LANGUAGES

LANGUAGE = "EGOV_LANG"
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of a locale; the first that is set decides, as POSIX has it."""


def choose_language(environment: Mapping[str, str], typed: str | None = None) -> str:
    """ru, kk or en: ``typed``, else EGOV_LANG, else the locale's; English where the locale is of another one."""
    for name in (typed, environment.get(LANGUAGE)):
        if name in LANGUAGES:
            return str(name)
    locale = next((environment[name] for name in LOCALE_VARIABLES if environment.get(name)), "")
    language = locale[:2].lower()
    return language if language in LANGUAGES else "en"


def find_typed_language(words: Sequence[str]) -> str | None:
    """The language after ``--lang`` among the typed words, also where other words are wrong."""
    for option, value in pairwise(words):
        if option == "--lang" and value in LANGUAGES:
            return value
    return next((tag for tag in LANGUAGES if f"--lang={tag}" in words), None)
