"""Moments and durations as people read them, counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.web.formats import (
    format_count,
    format_date,
    format_duration,
    format_megabytes,
    format_moment,
    format_remaining,
    urgency_of,
)

NOON = datetime(2026, 11, 29, 20, 30, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("number", "unit", "ru", "kk", "en"),
    [
        (1, "working_day", "1 рабочий день", "1 жұмыс күні", "1 working day"),
        (2, "working_day", "2 рабочих дня", "2 жұмыс күні", "2 working days"),
        (9, "working_day", "9 рабочих дней", "9 жұмыс күні", "9 working days"),
        (11, "hour", "11 часов", "11 сағат", "11 hours"),
        (21, "hour", "21 час", "21 сағат", "21 hours"),
        (14, "minute", "14 минут", "14 минут", "14 minutes"),
        (112, "day", "112 дней", "112 күн", "112 days"),
        (0, "month", "0 месяцев", "0 ай", "0 months"),
        (1234567, "message", "1 234 567 сообщений", "1 234 567 хабарлама", "1 234 567 messages"),
    ],
)
def test_counted_word_has_the_form_of_its_number(number: int, unit: str, ru: str, kk: str, en: str) -> None:
    assert [plain(format_count(number, unit, tag)) for tag in ("ru", "kk", "en")] == [ru, kk, en]


def test_moment_is_that_of_the_clocks_of_kazakhstan() -> None:
    assert [format_date(NOON, tag) for tag in ("ru", "kk", "en")] == [
        "30 ноября 2026 г.",
        "2026 ж. 30 қараша",
        "30 November 2026",
    ]
    assert format_moment(NOON, "ru") == "30 ноября 2026 г., 01:30"
    assert format_date(date(2026, 1, 2), "kk") == "2026 ж. 2 қаңтар"


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(days=2, hours=3, minutes=9), "2 дня 3 часа"),
        (timedelta(days=1), "1 день"),
        (timedelta(hours=5, minutes=1), "5 часов 1 минута"),
        (61.0, "1 минута"),
        (1.26, "1,3 секунды"),
        (0, "0 секунд"),
    ],
)
def test_duration_is_told_in_its_two_largest_units(duration: timedelta | float, text: str) -> None:
    assert plain(format_duration(duration, "ru")) == text


def test_deadline_says_what_is_left_and_how_pressing_it_is() -> None:
    later = NOON + timedelta(days=3)
    assert plain(format_remaining(later, NOON, "ru")) == "осталось 3 дня"
    assert plain(format_remaining(NOON, later, "kk")) == "3 күн кешіктірілді"
    assert [urgency_of(NOON + timedelta(hours=hours), NOON) for hours in (-1, 23, 25)] == ["late", "soon", "calm"]


@pytest.mark.parametrize(
    ("size", "tag", "text"),
    [(8 * 2**20, "ru", "8"), (2**19, "kk", "0,5"), (2**19, "en", "0.5"), (2**20 - 1, "ru", "0,9")],
)
def test_size_of_files_is_told_in_megabytes_rounded_down(size: int, tag: str, text: str) -> None:
    assert format_megabytes(size, tag) == text
