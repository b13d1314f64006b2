"""The words of a diagram that do not come from the act, in the languages that its steps have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from shared.regulations.model import Channel, EndKind, Medium, RefusalKind, System, TimeLimit
from shared.texts.catalog import texts_beside

_FOLDER = str(Path(__file__).parent)  # the file stands beside the folder: YAML in folders here is passports
WORDS = texts_beside(_FOLDER, file="diagram_words.yaml")
QUESTION = "question"

DiagramLanguage = Literal["ru", "kk", "en"]
"""``ru``: the words of the acts; the others: our translations."""


def diagram_word(code: str, tag: DiagramLanguage = "ru") -> str:
    """The word with this code in ``diagram_words.yaml``; KeyError."""
    return WORDS[code.replace("_", "-")][tag]


def system_name(system: System, tag: DiagramLanguage = "ru") -> str:
    """The name of a system on its lane."""
    return diagram_word(f"system-{system}", tag)


def channel_name(channel: Channel, tag: DiagramLanguage = "ru") -> str:
    """The name of a channel."""
    return diagram_word(f"channel-{channel}", tag)


def medium_name(medium: Medium, tag: DiagramLanguage = "ru") -> str:
    """The name of a medium by which a step leaves the electronic way."""
    return diagram_word(f"medium-{medium}", tag)


def end_name(end: EndKind, refusal: RefusalKind | None, tag: DiagramLanguage = "ru") -> str:
    """An end of the process, with the kind of its refusal."""
    name = diagram_word(f"end-{end}", tag)
    return f"{name}: {diagram_word(f'refusal-{refusal}', tag)}" if refusal else name


def answer_name(answer: str, tag: DiagramLanguage = "ru") -> str:
    """An answer at a gateway; an answer of the act's own stays as it is."""
    return diagram_word(code, tag) if (code := f"answer-{answer}") in WORDS else answer


def question_name(answers: Iterable[str], tag: DiagramLanguage = "ru") -> str:
    """The question of a gateway with these answers."""
    code = "-".join((QUESTION, *sorted(answers)))
    return diagram_word(code if code in WORDS else QUESTION, tag)


def iso_duration(limit: TimeLimit) -> str | None:
    """The longest time allowed as an ISO 8601 duration; None for limits that ISO 8601 cannot express: working
    days, the same day, unspecified, several spans.
    """
    longest = limit.upper or limit.amount
    form = {"minute": "PT{}M", "hour": "PT{}H", "calendar_day": "P{}D", "month": "P{}M"}.get(limit.unit)
    return form.format(longest) if form and longest and len(limit.spans) == 1 else None
