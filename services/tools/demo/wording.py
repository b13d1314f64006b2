"""The act's words in the language of the demo, as on the pages."""

from __future__ import annotations

import re

from services.tools.demo.story import TEXTS
from shared.regulations.process.graph import ProcessNode
from shared.regulations.translations import text_in
from shared.web.formats import format_count

LABEL = re.compile(r"(?P<word>\w+) (?P<number>\d+)")
LABEL_TEXTS = ("process-label", "condition-label")


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
    sentence = text_in(language, node.action)
    status = text_in(language, node.status) if node.status else None
    return sentence if status is None or status in sentence else f"{sentence} {quote_word(language, status)}"


def step_limit(language: str, node: ProcessNode) -> str | None:
    """The act's limit of a step, in words."""
    deadline = node.deadline
    if deadline is None:
        return None
    if deadline.amount is None or deadline.unit != "minute":
        return text_in(language, deadline.text)
    duration = format_count(deadline.amount, "minute", language)
    return TEXTS["limit"][language].format(duration=duration)
