"""The bar code of a register: Code 128 as SVG, on the page and in its printed PDF, read by ZBar."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.web.static_files import SHARED_STATIC
from shared.workplace.http.receipt_page import render_receipt
from shared.workplace.steps.receipts import ReceiptRow
from shared.workplace.steps.records.code128 import draw_svg, encode
from tests.journeys.portal.test_printed_seen import BROWSER
from tests.servers.programs import CHROMIUM, POPPLER, ZBAR, obtain

SCALE, HEIGHT = 3, 90
PRINTABLE = "".join(map(chr, range(32, 127)))


def paint(svg: str) -> bytes:
    """The bars of the picture as pixels (portable greymap)."""
    width = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])  # type: ignore[index]
    row = bytearray(b"\xff" * width * SCALE)
    for offset, bar in re.findall(r"M(\d+) 0h(\d+)v", svg):
        begin, end = int(offset) * SCALE, (int(offset) + int(bar)) * SCALE
        row[begin:end] = bytes(end - begin)
    return b"P5 %d %d 255\n" % (width * SCALE, HEIGHT) + bytes(row) * HEIGHT


@pytest.mark.servers
@pytest.mark.parametrize(
    "text", ["KZ-ATY-2026-CR0000001-9F2C01A7BB", *(PRINTABLE[i : i + 24] for i in range(0, 95, 24))]
)
def test_bar_code_is_read_back_by_a_scanner(text: str, tmp_path: Path) -> None:
    (tmp_path / "code.pgm").write_bytes(paint(draw_svg(text)))
    command = (obtain(ZBAR) / "zbarimg", "--quiet", "--raw", "--nodbus", "code.pgm")
    read = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert read.stdout.removesuffix("\n") == text


REGISTER = ReceiptRow(
    number="KZ-ATY-2026-CR0000001-9F2C01A7BB",
    case="case",
    kind="register",
    step="w9",
    regulation="KZ-ATY.19",
    title="реестр документов",
    title_kk="Құжаттар тізілімі",
    service="Услуга",
    service_kk="Қызмет",
    clause="п. 9, абз. 3",
    made_at=datetime(2026, 3, 2, 20, 30, tzinfo=UTC),
    lines='[{"label": "документы", "label_kk": "құжаттар", "value": "заявление"}]',
    bar_code="KZ-ATY-2026-CR0000001-9F2C01A7BB",
)


def print_page(folder: Path, page: str) -> None:
    """Print a page to ``page.pdf`` as browsers do, with the styles of its links inside; draw ``page.png``."""

    def put_style(link: re.Match[str]) -> str:
        return f"<style>{(SHARED_STATIC.folder / link[1]).read_text(encoding='utf-8')}</style>"

    page = re.sub(r'<link rel="stylesheet" href="[^"]*/([a-z]+\.css)">', put_style, page)
    (folder / "page.html").write_text(re.sub("<script.*?</script>", "", page), encoding="utf-8")
    browser = (*BROWSER.split(), f"--user-data-dir={folder / 'browser'}", "--no-pdf-header-footer")
    run(folder, obtain(CHROMIUM) / "chromium", *browser, "--print-to-pdf=page.pdf", f"file://{folder}/page.html")
    run(folder, obtain(POPPLER) / "pdftoppm", "-r", "200", "-png", "-singlefile", "page.pdf", "page")


def run(folder: Path, program: Path, *arguments: str) -> str:
    command = (str(program), *arguments)
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=100)
    return ended.stdout


@pytest.mark.servers
def test_bar_code_of_a_register_is_read_from_the_pdf_that_a_browser_prints(tmp_path: Path) -> None:
    print_page(tmp_path, render_receipt(REGISTER, "kk", f"/api/v1/receipts/{REGISTER.number}/page"))
    read = run(tmp_path, obtain(ZBAR) / "zbarimg", "--quiet", "--nodbus", "page.png")
    assert read == f"CODE-128:{REGISTER.bar_code}\n"
    text = run(tmp_path, obtain(POPPLER) / "pdftotext", "-layout", "page.pdf", "-")
    assert REGISTER.number in text
    assert "Басып шығару" not in text, "the button is not on the paper"


@pytest.mark.parametrize("text", ["", "реестр", "line\nbreak"])
def test_text_that_code_128_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Code 128 B"):
        encode(text)


def test_picture_of_a_bar_code_needs_no_style_and_escapes_its_text() -> None:
    svg = draw_svg('<b>"&')
    assert "style" not in svg
    assert "&lt;b&gt;" in svg
    assert "<b>" not in svg
