"""The words of a diagram that do not come from the act: Russian, as the steps of the passports are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shared.regulations.model import Channel, EndKind, Medium, RefusalKind, System, TimeLimit
from shared.texts.catalog import texts_beside

_FOLDER = str(Path(__file__).parent)  # the file stands beside the folder: YAML in folders here is passports
WORDS = texts_beside(_FOLDER, file="diagram_words.yaml", languages=("ru",))
QUESTION = "question"


def diagram_word(code: str) -> str:
    """The Russian word with this code in ``diagram_words.yaml``; KeyError."""
    return WORDS[code.replace("_", "-")]["ru"]


def system_name(system: System) -> str:
    """The name of a system on its lane."""
    return diagram_word(f"system-{system}")


def channel_name(channel: Channel) -> str:
    """The name of a channel."""
    return diagram_word(f"channel-{channel}")


def medium_name(medium: Medium) -> str:
    """The name of a medium by which a step leaves the electronic way."""
    return diagram_word(f"medium-{medium}")


def end_name(end: EndKind, refusal: RefusalKind | None) -> str:
    """An end of the process, with the kind of its refusal."""
    name = diagram_word(f"end-{end}")
    return f"{name}: {diagram_word(f'refusal-{refusal}')}" if refusal else name


def answer_name(answer: str) -> str:
    """An answer at a gateway; an answer of the act's own stays as it is."""
    return diagram_word(code) if (code := f"answer-{answer}") in WORDS else answer


def question_name(answers: Iterable[str]) -> str:
    """The question of a gateway with these answers."""
    code = "-".join((QUESTION, *sorted(answers)))
    return diagram_word(code if code in WORDS else QUESTION)


def iso_duration(limit: TimeLimit) -> str | None:
    """The longest time allowed as an ISO 8601 duration; None for limits that ISO 8601 cannot express: working
    days, the same day, unspecified, several spans.
    """
    longest = limit.upper or limit.amount
    form = {"minute": "PT{}M", "hour": "PT{}H", "calendar_day": "P{}D", "month": "P{}M"}.get(limit.unit)
    return form.format(longest) if form and longest and len(limit.spans) == 1 else None
