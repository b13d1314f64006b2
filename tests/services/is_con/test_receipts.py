"""A расписка: its contents by the acts, printed safely in both state languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.regulations.passport_book import PassportBook
from shared.workplace.http.receipt_page import PAGES, render_receipt
from shared.workplace.steps.receipts import READINGS, ReceiptRow, least_labels, lines_of, receipt_fields

ROW = ReceiptRow(
    number="KZ-AKM-2026-CON-R0000001-0123456789",
    case="case",
    kind="accepted",
    step="w4",
    regulation="KZ-AKM.5",
    title="расписка о приеме соответствующих документов",
    title_kk="Құжаттардың қабылданғаны туралы қолхат",
    service="Услуга",
    service_kk="Қызмет",
    clause="п. 10",
    made_at=datetime(2026, 3, 2, 20, 30, tzinfo=UTC),
    lines='[{"label": "вид", "label_kk": "түрі", "value": "<script>alert(1)</script>"}]',
)


@pytest.fixture(scope="module")
def held() -> list[str]:
    return [
        one for passport in PassportBook.load().passports for paper in passport.receipts for one in paper.holds
    ]


def test_receipt_can_hold_everything_that_an_act_puts_on_one(held: list[str]) -> None:
    assert len(held) > 50
    unread = [one for one in (*held, *least_labels()) if not any(word in one for word, _, _ in READINGS)]
    assert unread == []


def test_receipt_has_the_worker_and_the_visitor_in_lines_of_their_own(held: list[str]) -> None:
    words = {one: next(word for word, _, _ in READINGS if word in one) for one in held}
    assert {word for one, word in words.items() if "приняв" in one} == {"принявш"}
    assert {word for one, word in words.items() if "услугополучателя" in one} == {"услугополучателя"}


@pytest.mark.parametrize(("language", "words"), [("ru", "Выдана"), ("kk", "қолхат"), ("en", "Выдана")])
def test_receipt_is_printed_in_the_states_two_languages(language: str, words: str) -> None:
    text = render_receipt(ROW, language, "/api/v1/receipts/1/page")
    assert words in text
    assert "03.03.2026 01:30" in text, "the time is that of Kazakhstan"
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert f'<html lang="{"kk" if language == "kk" else "ru"}">' in text
    assert PAGES.headers["Cache-Control"] == "no-store"
    assert "script-src 'self';" in PAGES.headers["Content-Security-Policy"]


def test_receipt_as_json_has_its_lines_in_order() -> None:
    assert receipt_fields(ROW)["lines"] == [
        {"label": "вид", "label_kk": "түрі", "value": "<script>alert(1)</script>", "value_kk": None}
    ]
    assert lines_of(ROW)[0].label == "вид"
