"""The bar code of a register: Code 128 as SVG, read by an independent program (ZBar)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from shared.workplace.steps.records.code128 import draw_svg, encode
from tests.servers.programs import ZBAR, obtain

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


@pytest.mark.parametrize("text", ["", "реестр", "line\nbreak"])
def test_text_that_code_128_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Code 128 B"):
        encode(text)


def test_picture_of_a_bar_code_needs_no_style_and_escapes_its_text() -> None:
    svg = draw_svg('<b>"&')
    assert "style" not in svg
    assert "&lt;b&gt;" in svg
    assert "<b>" not in svg
