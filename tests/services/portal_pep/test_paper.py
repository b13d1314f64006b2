"""The printed document: deterministic bytes, and glyphs for every possible letter."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.reader import PdfFileReader

from services.portal_pep.domain import (
    CODE_BITS,
    format_code,
    make_code,
    mask_iin,
    mask_name,
    read_code,
    safe_file_name,
)
from services.portal_pep.printing import layout, texts
from services.portal_pep.printing.layout import (
    EmbeddedFile,
    PaperContent,
    PrintedSignature,
    choose_result_code,
    render_pdf,
)
from services.portal_pep.printing.texts import BilingualText
from shared.bus.errors import NotFound
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import OutputDocument

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[3]
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FONTS = Path(layout.__file__).with_name("fonts")
KAZAKH = "ӘҒҚҢӨҰҮҺІәғқңөұүһі"


def document(**changes: Any) -> OutputDocument:
    given: dict[str, Any] = {
        "application_id": "00000000-0000-4000-8000-000000000000",
        "number": "KZ-YUZ-2026-0000001",
        "regulation": "KZ-YUZ.3",
        "service": "Выдача справок безработным гражданам",
        "authority": "Отдел занятости и социальных программ города Шымкент",
        "applicant": "850101100022",
        "outcome": DecisionOutcome.POSITIVE,
        "text": "Настоящая справка выдана.",
        "text_kk": "Осы анықтама берілді.",
        "issued_at": AT,
    }
    return OutputDocument(**{**given, **changes})


def printed(result: str = "certificate", **changes: Any) -> PaperContent:
    signature = PrintedSignature("ӘБДІҒАЛИЕВА ҮМІТ", "Отдел занятости", AT, "7A265CF5", AT, AT.replace(year=2027))
    file = EmbeddedFile("a.json", "application/json", b"{}", BilingualText("түпнұсқа", "подлинник"))
    url = "http://127.0.0.1:8001/check/7K3M9QRT2V4W8XYZA1B2"
    made = document(**changes)
    return PaperContent(made, result, "Қожахметов Нұрғиса", signature, "7K3M-9QRT-2V4W-8XYZ-A1B2", url, (file,))


def pages(content: bytes) -> int:
    return int(PdfFileReader(BytesIO(content)).root["/Pages"]["/Count"])


def test_printed_document_has_the_same_bytes_when_the_same() -> None:
    assert render_pdf(printed()) == render_pdf(printed())
    assert render_pdf(printed()) != render_pdf(printed(number="KZ-YUZ-2026-0000002"))


def test_printed_document_is_one_a4_sheet_with_a_title_a_language_and_the_original() -> None:
    content = render_pdf(printed())
    reader = PdfFileReader(BytesIO(content))
    assert [round(float(side)) for side in reader.root["/Pages"]["/MediaBox"]] == [0, 0, 595, 842]
    assert reader.trailer["/Info"]["/Title"] == "АНЫҚТАМА / СПРАВКА № KZ-YUZ-2026-0000001"
    assert reader.trailer["/Info"]["/CreationDate"] == "D:20260302093000Z"
    assert reader.root["/Lang"] == "kk-KZ"
    assert reader.root["/Names"]["/EmbeddedFiles"]["/Names"][0] == "a.json"
    assert pages(content) == 1
    assert len(content) < 60_000


def test_printed_reason_that_is_long_goes_on_on_the_next_page() -> None:
    long = "Основание отказа изложено подробно. " * 100
    refusal = printed(
        "reasoned-refusal", outcome=DecisionOutcome.NEGATIVE, text=long, text_kk="Негіздеме толық. " * 200
    )
    assert 2 <= pages(render_pdf(refusal)) <= 4


def test_printed_endless_word_ends_all_the_same() -> None:
    assert pages(render_pdf(printed(text="Ж" * 4000, text_kk="Ө" * 4000))) > 1


def test_printed_document_without_a_kazakh_text_is_in_russian() -> None:
    assert pages(render_pdf(printed(text_kk=None))) == 1


@pytest.mark.parametrize(
    "strange", ["漢字", "\U0001f600", "{nb}", "\x00\x1b", "\u202e", "\t\r\n", "**a** __b__", "(\\)"]
)
def test_printed_text_that_an_employee_typed_is_shown_or_replaced(strange: str) -> None:
    made = printed(text=f"Отказ {strange} основание", text_kk=strange or None, authority=strange, number=strange)
    assert pages(render_pdf(made)) == 1


@pytest.mark.parametrize("name", ["NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf"])
def test_fonts_have_a_letter_for_every_word_that_is_printed(name: str) -> None:
    known = {chr(code) for code in TTFont(FONTS / name).getBestCmap()}
    words = [text for translations in texts.TEXTS.values() for text in translations.values()]
    assert len(words) > 40
    assert set("".join(words) + KAZAKH) <= known
    assert {chr(code) for code in (*range(0x20, 0x7F), *range(0x400, 0x500))} <= known


def test_fonts_are_small_and_their_licence_lies_beside_them() -> None:
    sizes = [path.stat().st_size for path in FONTS.glob("*.ttf")]
    assert len(sizes) == 2
    assert max(sizes) < 150_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()


@pytest.mark.parametrize("code", texts.TEXTS)
def test_printed_text_is_there_in_both_languages_kazakh_first(code: str) -> None:
    pair = texts.bilingual_text(code)
    assert all(text.strip() for text in pair)
    assert pair == BilingualText(texts.TEXTS[code]["kk"], texts.TEXTS[code]["ru"])
    assert set(pair.kk) & set("ӘәҒғҚқҢңӨөҰұҮүҺһІі") or code == "iin", "Kazakh has letters of its own"


def test_printed_heading_follows_the_result_that_the_passport_names() -> None:
    results = ("certificate", "reasoned-refusal")
    assert choose_result_code(DecisionOutcome.POSITIVE, results) == "certificate"
    assert choose_result_code(DecisionOutcome.NEGATIVE, results) == "reasoned-refusal"
    assert choose_result_code(DecisionOutcome.POSITIVE, ()) == ""
    headings = [texts.heading_of(result).ru for result in (*results, "", "something-else")]
    assert headings[:2] == ["СПРАВКА", "МОТИВИРОВАННЫЙ ОТВЕТ ОБ ОТКАЗЕ"]
    assert headings[2:] == ["РЕЗУЛЬТАТ ОКАЗАНИЯ УСЛУГИ"] * 2


def test_printed_code_is_read_as_printed_and_as_people_mistype() -> None:
    code = make_code(0x123456789ABCDEF0123456789)
    assert len(code) == CODE_BITS // 5
    assert read_code(code) == code
    assert read_code(f" {format_code(code).lower()} ") == code
    assert read_code("OIL0-1111-1111-1111-1111") == "01101111111111111111"
    assert make_code(2**CODE_BITS - 1) == "Z" * 20


@pytest.mark.parametrize("typed", ["", "7K3M", "U" * 20, "7" * 21, "Ж" * 20, "7" * 10_000, "٣" * 20])
def test_printed_code_that_can_be_none_is_unknown(typed: str) -> None:
    with pytest.raises(NotFound) as caught:
        read_code(typed)
    assert caught.value.code == "printed-unknown"


def test_printed_document_tells_strangers_neither_name_nor_number() -> None:
    assert mask_name("Әбдіғалиева", "Үміт", "") == "Ә*** Ү***"
    assert mask_iin("850101100022") == "**********22"


def test_printed_number_names_a_file_and_nothing_else() -> None:
    assert safe_file_name("KZ-YUZ-2026-0000001") == "KZ-YUZ-2026-0000001"
    assert safe_file_name('../"a\r\nb/ж') == "____a__b__"


def test_printing_libraries_are_waited_for_by_no_start() -> None:
    script = (
        "import sys, services.cli, services.portal_pep.app;"
        "print([name for name in ('pyhanko', 'fpdf', 'PIL', 'fontTools', 'segno') if name in sys.modules])"
    )
    done = subprocess.run((sys.executable, "-c", script), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
