"""An output document on A4, in Kazakh and Russian; equal documents give equal bytes.

Kazakh stands on the left and Russian on the right; names and numbers, which need no translation, stand once. The
fonts are in the folder beside this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import segno
from fpdf import FPDF

from services.portal_pep.domain import format_day, format_moment
from services.portal_pep.printing.texts import BilingualText, bilingual_text, heading_of
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import OutputDocument

FONTS = Path(__file__).with_name("fonts")
FONT = "noto"

LEFT, RIGHT, TOP, BOTTOM = 20.0, 15.0, 14.0, 20.0
GAP = 8.0
LABEL = 58.0
QR = 34.0
Color = tuple[int, int, int]
INK: Color = (20, 24, 32)
FADED: Color = (96, 104, 116)
RULE: Color = (0, 112, 140)
HAIR: Color = (176, 184, 192)


@dataclass(frozen=True)
class PrintedSignature:
    """The signature of the document, as its certificate describes it; moments are aware."""

    name: str
    organisation: str
    at: datetime | None
    serial: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class EmbeddedFile:
    """A file inside the PDF."""

    name: str
    media_type: str
    content: bytes
    title: BilingualText


@dataclass(frozen=True)
class PaperContent:
    """The contents of the paper. ``result`` is the passport's code of the result, ``name`` the applicant's full
    name.

    ``code`` is the number by which strangers check the document, ``url`` the page for it, which the QR code holds.
    """

    document: OutputDocument
    result: str
    name: str
    signature: PrintedSignature
    code: str
    url: str
    files: tuple[EmbeddedFile, ...] = ()


def render_pdf(paper: PaperContent) -> bytes:
    """The unsigned PDF."""
    sheet = _PdfSheet(paper)
    sheet.add_page()
    _write_letterhead(sheet, paper)
    _write_heading(sheet, paper)
    _write_facts(sheet, paper)
    _write_text(sheet, paper.document)
    _write_signature(sheet, paper.signature)
    _write_check_block(sheet, paper)
    for file in paper.files:
        sheet.embed_file(
            bytes=file.content,
            basename=file.name,
            mime_type=file.media_type,
            desc=" / ".join(file.title),
            creation_date=paper.document.issued_at,
            modification_date=paper.document.issued_at,
            compress=True,
            checksum=True,
        )
    return bytes(sheet.output())


class _PdfSheet(FPDF):
    """A4 with our fonts, margins and footer."""

    def __init__(self, paper: PaperContent) -> None:
        super().__init__(format="A4")
        self._code = paper.code
        self.set_margins(LEFT, TOP, RIGHT)
        self.set_auto_page_break(False)  # blocks and lines are placed by the height left on the page
        self.c_margin = 0
        for style, file in (("", "NotoSerif-Regular.ttf"), ("B", "NotoSerif-Bold.ttf")):
            self.add_font(FONT, style, FONTS / file)
        self._known = frozenset(self.fonts[FONT].cmap)  # type: ignore[union-attr]
        heading = heading_of(paper.result)
        self.set_title(f"{heading.kk} / {heading.ru} № {paper.document.number}")
        self.set_author(paper.document.authority)
        self.set_subject(paper.document.service)
        self.set_creator("egov-bus")
        self.set_producer("egov-bus")
        self.set_lang("kk-KZ")
        self.set_creation_date(paper.document.issued_at)
        self.set_display_mode("fullpage")

    @property
    def column_width(self) -> float:
        """The width of one language's column, in mm."""
        return (self.epw - GAP) / 2

    @property
    def height_left(self) -> float:
        """The height left on this page, in mm."""
        return self.h - BOTTOM - self.y

    def apply_style(self, size: float, *, bold: bool = False, faded: bool = False) -> None:
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*(FADED if faded else INK))

    def replace_unprintable(self, text: str) -> str:
        """The text with unprintable characters replaced; the attached signed original keeps them."""
        # FPDF would replace {nb} by the number of pages
        lines = text.replace("\r\n", "\n").replace("\t", " ").replace("{nb}", "{ nb }")
        return "".join(char if char == "\n" or ord(char) in self._known else "?" for char in lines)

    def break_lines(self, text: str, width: float, line: float) -> list[str]:
        """The lines of the text at this width in the current font."""
        broken_lines = self.multi_cell(
            width, line, self.replace_unprintable(text), align="L", dry_run=True, output="LINES"
        )
        assert isinstance(broken_lines, list)  # noqa: S101 - what LINES asks for
        return broken_lines

    def ensure_height(self, height: float) -> None:
        """Begin a new page unless ``height`` mm are left."""
        if self.height_left < height:
            self.add_page()

    def write_at(
        self, x: float, y: float, width: float, lines: Sequence[str], line: float, align: str = "L"
    ) -> None:
        for n, text in enumerate(lines):
            self.set_xy(x, y + n * line)
            self.cell(width, line, text, align=align)

    def write_bilingual(self, texts: BilingualText, line: float, *, align: str = "L") -> None:
        """Write both languages side by side, continued on the next page where necessary."""
        columns = [iter(self.break_lines(text, self.column_width, line)) for text in texts]
        while True:
            room = max(int(self.height_left / line), 0)
            parts = [list(islice(column, room)) for column in columns]
            top = self.y
            for n, part in enumerate(parts):
                self.write_at(LEFT + n * (self.column_width + GAP), top, self.column_width, part, line, align)
            self.set_xy(LEFT, top + line * max(map(len, parts)))
            if all(len(part) < room for part in parts):
                return
            self.add_page()

    def draw_rule(self, width: float = 0.3, color: Color = RULE) -> None:
        self.set_line_width(width)
        self.set_draw_color(*color)
        self.line(LEFT, self.y, self.w - RIGHT, self.y)

    def footer(self) -> None:
        self.set_y(-14)
        self.draw_rule(0.2)
        self.apply_style(6.5, faded=True)
        self.set_xy(LEFT, self.h - 12.5)
        self.cell(self.epw, 3, " · ".join(bilingual_text("sandbox")), align="C")
        self.set_xy(LEFT, self.h - 9)
        self.cell(self.epw, 3, f"№ {self._code} · {self.page_no()} / {{nb}}", align="C")


def _write_letterhead(sheet: _PdfSheet, paper: PaperContent) -> None:
    sheet.apply_style(9, bold=True)
    sheet.write_bilingual(bilingual_text("portal"), 5, align="C")
    sheet.ln(2)
    sheet.draw_rule(0.6)
    sheet.ln(2.5)
    top = sheet.y
    facts = (
        (bilingual_text("code"), paper.code),
        (bilingual_text("issued"), format_moment(paper.document.issued_at)),
    )
    for n, (label, value) in enumerate(facts):
        x = LEFT + n * (sheet.column_width + GAP)
        sheet.apply_style(7, faded=True)
        sheet.write_at(x, top, sheet.column_width, [" / ".join(label)], 3.5, align="C")
        sheet.apply_style(10, bold=True)
        sheet.write_at(x, top + 4, sheet.column_width, [value], 5, align="C")
    sheet.set_xy(LEFT, top + 11)
    sheet.draw_rule()


def _write_heading(sheet: _PdfSheet, paper: PaperContent) -> None:
    sheet.ln(9)
    sheet.apply_style(15, bold=True)
    sheet.write_bilingual(heading_of(paper.result), 7, align="C")
    sheet.ln(1)
    sheet.apply_style(11)
    sheet.cell(sheet.epw, 6, sheet.replace_unprintable(f"№ {paper.document.number}"), align="C")
    sheet.ln(12)


def _write_facts(sheet: _PdfSheet, paper: PaperContent) -> None:
    document = paper.document
    service = [name for name in (document.service_kk, document.service) if name]
    _write_table(
        sheet,
        (
            (bilingual_text("service"), " / ".join(service)),
            (bilingual_text("authority"), document.authority),
            (bilingual_text("applicant"), paper.name),
            (bilingual_text("iin"), document.applicant),
        ),
    )


def _write_text(sheet: _PdfSheet, document: OutputDocument) -> None:
    sheet.ln(8)
    sheet.apply_style(11)
    if document.text_kk:
        sheet.write_bilingual(BilingualText(document.text_kk, document.text), 6)
    else:
        sheet.write_bilingual(BilingualText("", document.text), 6)
    sheet.ln(8)


def _write_signature(sheet: _PdfSheet, signature: PrintedSignature) -> None:
    sheet.ensure_height(58)
    sheet.apply_style(10, bold=True)
    sheet.write_bilingual(bilingual_text("signed"), 5)
    sheet.ln(2)
    at = format_moment(signature.at) if signature.at else "—"
    _write_table(
        sheet,
        (
            (bilingual_text("signer"), signature.name),
            (bilingual_text("organisation"), signature.organisation),
            (bilingual_text("signed-at"), at),
            (bilingual_text("certificate"), signature.serial),
            (bilingual_text("term"), f"{format_day(signature.begin)} – {format_day(signature.end)}"),
        ),
        size=9,
    )


def _write_table(sheet: _PdfSheet, rows: Sequence[tuple[BilingualText, str]], size: float = 10.5) -> None:
    """Write labels in both languages, and each value once."""
    line, label_line = size * 0.5, 3.6
    width = sheet.epw - LABEL
    for label, value in rows:
        sheet.apply_style(size, bold=True)
        lines = sheet.break_lines(value, width, line)
        height = max(len(lines) * line, len(label) * label_line) + 2.6
        sheet.ensure_height(height)
        top = sheet.y
        sheet.write_at(LEFT + LABEL, top + 1.4, width, lines, line)
        sheet.apply_style(7.5, faded=True)
        sheet.write_at(LEFT, top + 1.2, LABEL - 4, label, label_line)
        sheet.set_xy(LEFT, top + height)
        sheet.draw_rule(0.1, HAIR)


def _write_check_block(sheet: _PdfSheet, paper: PaperContent) -> None:
    """Write the last row of the last page: the QR code, its address, and the law."""
    height = QR + 17
    sheet.ln(6)
    sheet.ensure_height(height)
    top = sheet.h - BOTTOM - height
    _draw_qr(sheet, paper.url, LEFT, top)
    x, width = LEFT + QR + 5, (sheet.epw - QR - 5 - GAP) / 2
    sheet.apply_style(8)
    for n, text in enumerate(bilingual_text("check")):
        sheet.write_at(x + n * (width + GAP), top + 1, width, sheet.break_lines(text, width, 3.9), 3.9)
    sheet.apply_style(7.5, bold=True)
    sheet.set_xy(x, top + QR - 5)
    # No link: a verifier cannot tell whether a later time-stamp has changed FPDF's annotations.
    sheet.cell(sheet.epw - QR - 5, 4, sheet.replace_unprintable(paper.url))
    sheet.apply_style(6.5, faded=True)
    for n, text in enumerate(bilingual_text("law")):
        lines = sheet.break_lines(text, sheet.column_width, 3.1)
        sheet.write_at(LEFT + n * (sheet.column_width + GAP), top + QR + 4, sheet.column_width, lines, 3.1)


def _draw_qr(sheet: _PdfSheet, url: str, x: float, y: float) -> None:
    """Draw the QR code as vectors, sharp at any size; runs of modules overlap slightly, so that no seam shows."""
    rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix]
    size = QR / len(rows)
    sheet.set_fill_color(0, 0, 0)
    for n, row in enumerate(rows):
        start = 0
        while (start := row.find(1, start)) >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            sheet.rect(x + start * size, y + n * size, (end - start) * size, size + 0.02, style="F")
            start = end


def choose_result_code(outcome: DecisionOutcome, results: Sequence[str]) -> str:
    """The result of the passport for a decision: the refusal, or the first other result."""
    is_refusal = outcome is DecisionOutcome.NEGATIVE
    fits = (code for code in results if (code == "reasoned-refusal") is is_refusal)
    return next(fits, "")
