"""The act's words in the language of the demo: Kazakh as on the pages, English as translated here."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from services.tools.demo.story import TEXTS
from shared.regulations.model import Passport
from shared.regulations.process.graph import ProcessNode
from shared.regulations.translations import text_in, title_in
from shared.web.formats import format_count

LABEL = re.compile(r"(?P<word>\w+) (?P<number>\d+)")
LABEL_TEXTS = ("process-label", "condition-label")


@functools.cache
def english_terms() -> Mapping[str, str]:
    """The Russian texts of the shown steps with the English ones."""
    path = Path(__file__).with_name("english_terms.yaml")
    return {row["ru"]: row["en"] for row in yaml.safe_load(path.read_text(encoding="utf-8"))}


def word_in(language: str, text: str) -> str:
    """A text of the act in a language; as the act has it where nobody translated it."""
    return english_terms().get(text, text) if language == "en" else text_in(language, text)


def service_title(language: str, passport: Passport) -> str:
    """The title of the service."""
    return word_in("en", passport.title.ru) if language == "en" else title_in(language, passport)


def quote_word(language: str, text: str) -> str:
    """A word between the quotation marks of the language."""
    return f"“{text}”" if language == "en" else f"«{text}»"


def step_number(language: str, node: ProcessNode) -> str:
    """The number of a step in the act: its row, or its label; empty where the act gives it none."""
    if node.origin == "table":
        return str(node.n)
    label = LABEL.fullmatch(node.label or "")
    if label is None:
        return ""
    code = next(code for code in LABEL_TEXTS if TEXTS[code]["ru"].startswith(label["word"]))
    return TEXTS[code][language].format(number=label["number"])


def step_sentence(language: str, node: ProcessNode) -> str:
    """What happens at a step, with the status that it gives where the sentence does not name it."""
    sentence = word_in(language, node.action)
    status = word_in(language, node.status) if node.status else None
    return sentence if status is None or status in sentence else f"{sentence} {quote_word(language, status)}"


def step_limit(language: str, node: ProcessNode) -> str | None:
    """The act's limit of a step, in words."""
    deadline = node.deadline
    if deadline is None:
        return None
    if deadline.amount is None or deadline.unit != "minute":
        return word_in(language, deadline.text)
    duration = format_count(deadline.amount, "minute", language)
    return TEXTS["limit"][language].format(duration=duration)
