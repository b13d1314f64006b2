"""An output document on A4, in Kazakh and Russian: the same bytes for the same document.

Kazakh stands on the left and Russian on the right; names and numbers, which need no translation, stand once.
Fonts are in the folder beside this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import segno
from fpdf import FPDF

from services.portal_pep.domain import day, moment
from services.portal_pep.printing import texts as words
from services.portal_pep.printing.texts import Pair
from shared.contracts.cases import Outcome
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
class Signature:
    """Whose signature the document bears, as the certificate tells it; moments are aware."""

    name: str
    organisation: str
    at: datetime | None
    serial: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Attached:
    """A file inside the PDF."""

    name: str
    media_type: str
    content: bytes
    title: Pair


@dataclass(frozen=True)
class Paper:
    """All that is printed. ``result`` is the passport's code of the result, ``name`` the applicant's full name.

    ``code`` is the number by which strangers check the document, ``url`` where they do; it is what the QR holds.
    """

    document: OutputDocument
    result: str
    name: str
    signature: Signature
    code: str
    url: str
    attached: tuple[Attached, ...] = ()


def render(paper: Paper) -> bytes:
    """The PDF, unsigned."""
    sheet = _Sheet(paper)
    sheet.add_page()
    _letterhead(sheet, paper)
    _heading(sheet, paper)
    _facts(sheet, paper)
    _text(sheet, paper.document)
    _signature(sheet, paper.signature)
    _check(sheet, paper)
    for file in paper.attached:
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


class _Sheet(FPDF):
    """A4 with our fonts, margins and footer."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self._code = paper.code
        self.set_margins(LEFT, TOP, RIGHT)
        self.set_auto_page_break(False)  # blocks and lines are placed by what is left of the page
        self.c_margin = 0
        for style, file in (("", "NotoSerif-Regular.ttf"), ("B", "NotoSerif-Bold.ttf")):
            self.add_font(FONT, style, FONTS / file)
        self._known = frozenset(self.fonts[FONT].cmap)  # type: ignore[union-attr]
        heading = _heading_of(paper)
        self.set_title(f"{heading.kk} / {heading.ru} № {paper.document.number}")
        self.set_author(paper.document.authority)
        self.set_subject(paper.document.service)
        self.set_creator("egov-bus")
        self.set_producer("egov-bus")
        self.set_lang("kk-KZ")
        self.set_creation_date(paper.document.issued_at)
        self.set_display_mode("fullpage")

    @property
    def column(self) -> float:
        """How wide one language's column is, in mm."""
        return (self.epw - GAP) / 2

    @property
    def left(self) -> float:
        """What is left of this page, in mm."""
        return self.h - BOTTOM - self.y

    def style(self, size: float, *, bold: bool = False, faded: bool = False) -> None:
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*(FADED if faded else INK))

    def printable(self, text: str) -> str:
        """The text with what our fonts cannot draw replaced; the signed original, which is attached, keeps it."""
        lines = text.replace("\r\n", "\n").replace("\t", " ").replace("{nb}", "{ nb }")  # FPDF's count of pages
        return "".join(char if char == "\n" or ord(char) in self._known else "?" for char in lines)

    def lines(self, text: str, width: float, line: float) -> list[str]:
        """The text as it breaks at this width in the present font."""
        found = self.multi_cell(width, line, self.printable(text), align="L", dry_run=True, output="LINES")
        assert isinstance(found, list)  # noqa: S101 - what LINES asks for
        return found

    def need(self, height: float) -> None:
        """Go to a new page unless this much is left."""
        if self.left < height:
            self.add_page()

    def write_at(
        self, x: float, y: float, width: float, lines: Sequence[str], line: float, align: str = "L"
    ) -> None:
        for n, text in enumerate(lines):
            self.set_xy(x, y + n * line)
            self.cell(width, line, text, align=align)

    def pair(self, texts: Pair, line: float, *, align: str = "L") -> None:
        """Both languages side by side, going on on the next page where one is full."""
        columns = [iter(self.lines(text, self.column, line)) for text in texts]
        while True:
            room = max(int(self.left / line), 0)
            parts = [list(islice(column, room)) for column in columns]
            top = self.y
            for n, part in enumerate(parts):
                self.write_at(LEFT + n * (self.column + GAP), top, self.column, part, line, align)
            self.set_xy(LEFT, top + line * max(map(len, parts)))
            if all(len(part) < room for part in parts):
                return
            self.add_page()

    def rule(self, width: float = 0.3, color: Color = RULE) -> None:
        self.set_line_width(width)
        self.set_draw_color(*color)
        self.line(LEFT, self.y, self.w - RIGHT, self.y)

    def footer(self) -> None:
        self.set_y(-14)
        self.rule(0.2)
        self.style(6.5, faded=True)
        self.set_xy(LEFT, self.h - 12.5)
        self.cell(self.epw, 3, " · ".join(words.SANDBOX), align="C")
        self.set_xy(LEFT, self.h - 9)
        self.cell(self.epw, 3, f"№ {self._code} · {self.page_no()} / {{nb}}", align="C")


def _heading_of(paper: Paper) -> Pair:
    return words.HEADINGS.get(paper.result, words.OTHER_HEADING)


def _letterhead(sheet: _Sheet, paper: Paper) -> None:
    sheet.style(9, bold=True)
    sheet.pair(words.PORTAL, 5, align="C")
    sheet.ln(2)
    sheet.rule(0.6)
    sheet.ln(2.5)
    top = sheet.y
    facts = ((words.CODE, paper.code), (words.ISSUED, moment(paper.document.issued_at)))
    for n, (label, value) in enumerate(facts):
        x = LEFT + n * (sheet.column + GAP)
        sheet.style(7, faded=True)
        sheet.write_at(x, top, sheet.column, [" / ".join(label)], 3.5, align="C")
        sheet.style(10, bold=True)
        sheet.write_at(x, top + 4, sheet.column, [value], 5, align="C")
    sheet.set_xy(LEFT, top + 11)
    sheet.rule()


def _heading(sheet: _Sheet, paper: Paper) -> None:
    sheet.ln(9)
    sheet.style(15, bold=True)
    sheet.pair(_heading_of(paper), 7, align="C")
    sheet.ln(1)
    sheet.style(11)
    sheet.cell(sheet.epw, 6, sheet.printable(f"№ {paper.document.number}"), align="C")
    sheet.ln(12)


def _facts(sheet: _Sheet, paper: Paper) -> None:
    document = paper.document
    service = [name for name in (document.service_kk, document.service) if name]
    _table(
        sheet,
        (
            (words.SERVICE, " / ".join(service)),
            (words.AUTHORITY, document.authority),
            (words.APPLICANT, paper.name),
            (words.IIN, document.applicant),
        ),
    )


def _text(sheet: _Sheet, document: OutputDocument) -> None:
    sheet.ln(8)
    sheet.style(11)
    if document.text_kk:
        sheet.pair(Pair(document.text_kk, document.text), 6)
    else:
        sheet.pair(Pair("", document.text), 6)
    sheet.ln(8)


def _signature(sheet: _Sheet, signature: Signature) -> None:
    sheet.need(58)
    sheet.style(10, bold=True)
    sheet.pair(words.SIGNED, 5)
    sheet.ln(2)
    at = moment(signature.at) if signature.at else "—"
    _table(
        sheet,
        (
            (words.SIGNER, signature.name),
            (words.ORGANISATION, signature.organisation),
            (words.SIGNED_AT, at),
            (words.CERTIFICATE, signature.serial),
            (words.TERM, f"{day(signature.begin)} – {day(signature.end)}"),
        ),
        size=9,
    )


def _table(sheet: _Sheet, rows: Sequence[tuple[Pair, str]], size: float = 10.5) -> None:
    """Labels in both languages, values once."""
    line, label_line = size * 0.5, 3.6
    width = sheet.epw - LABEL
    for label, value in rows:
        sheet.style(size, bold=True)
        lines = sheet.lines(value, width, line)
        height = max(len(lines) * line, len(label) * label_line) + 2.6
        sheet.need(height)
        top = sheet.y
        sheet.write_at(LEFT + LABEL, top + 1.4, width, lines, line)
        sheet.style(7.5, faded=True)
        sheet.write_at(LEFT, top + 1.2, LABEL - 4, label, label_line)
        sheet.set_xy(LEFT, top + height)
        sheet.rule(0.1, HAIR)


def _check(sheet: _Sheet, paper: Paper) -> None:
    """The last row of the last page: the QR, where it leads, and the law."""
    height = QR + 17
    sheet.ln(6)
    sheet.need(height)
    top = sheet.h - BOTTOM - height
    _qr(sheet, paper.url, LEFT, top)
    x, width = LEFT + QR + 5, (sheet.epw - QR - 5 - GAP) / 2
    sheet.style(8)
    for n, text in enumerate(words.CHECK):
        sheet.write_at(x + n * (width + GAP), top + 1, width, sheet.lines(text, width, 3.9), 3.9)
    sheet.style(7.5, bold=True)
    sheet.set_xy(x, top + QR - 5)
    # No link: of FPDF's annotations a verifier cannot tell whether a later time-stamp has changed them.
    sheet.cell(sheet.epw - QR - 5, 4, sheet.printable(paper.url))
    sheet.style(6.5, faded=True)
    for n, text in enumerate(words.LAW):
        lines = sheet.lines(text, sheet.column, 3.1)
        sheet.write_at(LEFT + n * (sheet.column + GAP), top + QR + 4, sheet.column, lines, 3.1)


def _qr(sheet: _Sheet, url: str, x: float, y: float) -> None:
    """Drawn, not pasted: sharp at any size. Runs of modules overlap by a hair, so that no seam shows."""
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


def result_code(outcome: Outcome, results: Sequence[str]) -> str:
    """Which of the passport's results a decision is: the refusal, or the first that is none."""
    is_refusal = outcome is Outcome.NEGATIVE
    fits = (code for code in results if (code == "reasoned-refusal") is is_refusal)
    return next(fits, "")
