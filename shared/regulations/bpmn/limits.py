"""Time limits in words, where the words of the act itself cannot stand: in Kazakh, and for an exception."""

from __future__ import annotations

from shared.regulations.bpmn.words import DiagramLanguage, diagram_word
from shared.regulations.model import Deadline, TimeLimit
from shared.regulations.translations import text_in


def describe_limit(limit: TimeLimit, tag: DiagramLanguage) -> str:
    """The limit with all its parts: "15 минут; 1 рабочий день"."""
    return "; ".join(_describe_span(span, tag) for span in limit.spans)


def describe_deadline(deadline: Deadline, tag: DiagramLanguage) -> str:
    """The limit, the days that do not count, and what other limit holds when."""
    parts = [describe_limit(deadline, tag)]
    parts += [diagram_word(f"excludes-{day}", tag) for day in deadline.excludes]
    for exception in deadline.exceptions:
        when = text_in(tag, exception.when)
        parts.append(f"{when} – {describe_limit(exception, tag)}")
    return "; ".join(parts)


def _describe_span(span: TimeLimit, tag: DiagramLanguage) -> str:
    amount = f"{span.amount}–{span.upper}" if span.upper else str(span.amount or "")
    return diagram_word(f"limit-{span.unit}", tag).format(n=amount)
