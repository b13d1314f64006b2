"""Moments, durations and numbers as people read them, in three languages: "9 рабочих дней", "29 ноября 2026"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from shared.contracts.local_time import KAZAKHSTAN, local_day
from shared.texts.catalog import texts_beside

WORDS = texts_beside(__file__, file="format_words.yaml")
"""The forms of a counted word are separated by ``|``: Russian has three, English two, Kazakh one."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
NARROW_SPACE = "\N{NO-BREAK SPACE}"


def format_count(number: float, unit: str, tag: str) -> str:
    """A number with its word in the right form; ``unit`` is the code of the word: ``working-day``, ``hour``."""
    forms = WORDS[unit.replace("_", "-")][tag].split("|")
    return f"{format_number(number)}{NARROW_SPACE}{forms[min(_form_of(number, tag), len(forms) - 1)]}"


def _form_of(number: float, tag: str) -> int:
    """The index of the form that a number wants (CLDR, plural rules for ru, kk and en)."""
    if tag == "ru":
        if number != int(number):
            return 1
        tens, ones = int(abs(number)) % 100, int(abs(number)) % 10
        return 0 if ones == 1 and tens != 11 else 1 if 2 <= ones <= 4 and not 12 <= tens <= 14 else 2
    return 0 if number == 1 else 1


def format_number(number: float) -> str:
    """A number with a space between thousands, and a comma before tenths where there are any."""
    text = f"{number:,.1f}" if number != int(number) else f"{int(number):,}"
    return text.replace(",", NARROW_SPACE).replace(".", ",")


def format_date(moment: date | datetime, tag: str) -> str:
    """The day by the clocks of Kazakhstan, its month as a word."""
    day = local_day(moment) if isinstance(moment, datetime) else moment
    month = WORDS[f"month-{day.month}"][tag]
    return WORDS["date"][tag].format(day=day.day, month=month, year=day.year)


def format_moment(moment: datetime, tag: str) -> str:
    """The day and the minute by the clocks of Kazakhstan."""
    return f"{format_date(moment, tag)}, {moment.astimezone(KAZAKHSTAN):%H:%M}"


def format_time(moment: datetime) -> str:
    """The second by the clocks of Kazakhstan, of a day that the page names elsewhere."""
    return f"{moment.astimezone(KAZAKHSTAN):%H:%M:%S}"


def format_duration(duration: timedelta | float, tag: str) -> str:
    """A duration, also one in seconds, in its two largest units: "2 дня 3 часа"; under a minute in seconds."""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
    seconds = abs(seconds)
    if seconds < MINUTE:
        return format_count(round(seconds, 1) if seconds < 10 else round(seconds), "second", tag)
    counts = (
        ("day", int(seconds // DAY)),
        ("hour", int(seconds % DAY // HOUR)),
        ("minute", int(seconds % HOUR // MINUTE)),
    )
    first = next(place for place, (_, count) in enumerate(counts) if count)
    return " ".join(format_count(count, unit, tag) for unit, count in counts[first : first + 2] if count)


def format_remaining(due: datetime, now: datetime, tag: str) -> str:
    """What is left until a deadline, or by how much it has passed."""
    code = "left" if due >= now else "late-by"
    return WORDS[code][tag].format(duration=format_duration(due - now, tag))


def urgency_of(due: datetime, now: datetime, soon: timedelta = timedelta(days=1)) -> str:
    """How pressing a deadline is: ``late``, ``soon`` (less than ``soon`` is left), ``calm``."""
    return "late" if due < now else "soon" if due - now < soon else "calm"


def format_megabytes(size: int, tag: str) -> str:
    """A size in bytes as mebibytes, rounded down: 5; 0,5, in English 0.5."""
    tenths, point = size * 10 // 2**20, "." if tag == "en" else ","
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}{point}{tenths % 10}"


def in_language(tag: str) -> dict[str, Callable[..., Any]]:
    """The formats as a template has them: ``count_of(9, "working_day")``, ``date_of``, ``moment_of``, ``time_of``,
    ``duration_of``, ``remaining_of(due, now)``, ``urgency_of(due, now)``, ``number_of``,
    ``megabytes_of``.
    """
    return {
        "count_of": partial(format_count, tag=tag),
        "date_of": partial(format_date, tag=tag),
        "moment_of": partial(format_moment, tag=tag),
        "time_of": format_time,
        "duration_of": partial(format_duration, tag=tag),
        "remaining_of": partial(format_remaining, tag=tag),
        "urgency_of": urgency_of,
        "number_of": format_number,
        "megabytes_of": partial(format_megabytes, tag=tag),
    }
