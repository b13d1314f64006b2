"""The sequence diagram of a case as SVG, made here so that no reader needs a program that draws."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from xml.sax.saxutils import escape

from services.shep_gateway.proof.sequence_arrows import SequenceArrow, SequenceDiagram

MARGIN, CLOCK_WIDTH, COLUMN, BOX_WIDTH, BOX_HEIGHT = 20, 150, 210, 180, 48
ROW, FIRST_ROW = 54, 56
LETTERS_OF_A_LINE, LETTERS_OF_A_LABEL = 22, 60

_STYLE = (
    "text{font-family:'Noto Sans','DejaVu Sans',Arial,sans-serif;font-size:13px;fill:#1b2a3a}"
    ".title{font-weight:600;text-anchor:middle}.clock{font-size:12px;fill:#5b6b7b}"
    ".label{text-anchor:middle}.outcome{text-anchor:middle;font-size:12px;fill:#2e7d4f}"
    ".lost .outcome{fill:#b3261e}.box{fill:#eaf2fb;stroke:#2f6db5;stroke-width:1.5}"
    ".life{stroke:#b6c2ce;stroke-dasharray:4 5}.arrow,.head{stroke:#2f6db5;stroke-width:1.6;fill:none}"
    ".lost .arrow,.lost .head{stroke:#b3261e}.answer .arrow{stroke-dasharray:7 4}.halo{fill:#fff}"
)


def draw_svg(diagram: SequenceDiagram, title: str) -> str:
    """The diagram as an SVG document with ``title``."""
    columns = {address: _column_middle(number) for number, address in enumerate(diagram.systems)}
    width = MARGIN + CLOCK_WIDTH + COLUMN * max(len(columns), 1) + MARGIN
    bottom = MARGIN + BOX_HEIGHT + FIRST_ROW + ROW * len(diagram.arrows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom + MARGIN}"'
        f' viewBox="0 0 {width} {bottom + MARGIN}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect width="{width}" height="{bottom + MARGIN}" fill="#fff"/>',
    ]
    for address, system_title in diagram.systems.items():
        parts += _draw_system(columns[address], address, system_title, bottom)
    days: list[str] = []
    for number, arrow in enumerate(diagram.arrows, 1):
        top = MARGIN + BOX_HEIGHT + FIRST_ROW + ROW * (number - 1)
        day = f"{arrow.at:%Y-%m-%d}"
        clock = f"{arrow.at:%H:%M:%S}" if day in days[-1:] else f"{day} {arrow.at:%H:%M:%S}"
        days.append(day)
        parts.append(f'<text class="clock" x="{MARGIN}" y="{top + 4}">{clock}</text>')
        ends = (columns[arrow.sender], columns[arrow.recipient])
        parts += _draw_arrow(f"{number}. {arrow.label}", arrow, ends, top)
    return "\n".join([*parts, "</svg>", ""])


def _column_middle(number: int) -> int:
    return MARGIN + CLOCK_WIDTH + COLUMN * number + COLUMN // 2


def _draw_system(middle: int, address: str, title: str, bottom: int) -> list[str]:
    lines = textwrap.wrap(title, LETTERS_OF_A_LINE)[:2] or [address]
    first = MARGIN + BOX_HEIGHT // 2 + 5 - 8 * (len(lines) - 1)
    texts = [
        f'<text class="title" x="{middle}" y="{first + 16 * number}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    ]
    return [
        f'<line class="life" x1="{middle}" y1="{MARGIN + BOX_HEIGHT}" x2="{middle}" y2="{bottom}"/>',
        f"<g><title>{escape(f'{title} ({address})')}</title>",
        f'<rect class="box" x="{middle - BOX_WIDTH // 2}" y="{MARGIN}" width="{BOX_WIDTH}"'
        f' height="{BOX_HEIGHT}" rx="6"/>',
        *texts,
        "</g>",
    ]


def _draw_arrow(label: str, arrow: SequenceArrow, ends: tuple[int, int], top: int) -> Sequence[str]:
    """An arrow with its label above and its outcome below; a message to its own sender returns in a loop."""
    begin, end = ends
    kinds = " ".join(name for name, holds in (("answer", arrow.is_answer), ("lost", arrow.is_lost)) if holds)
    way = 1 if end >= begin else -1
    if begin == end:
        path = f"M{begin} {top - 8} h40 v16 h-38"
        tip, way = begin + 2, -1
        end, tip_top = begin + 40, top + 8
    else:
        tip, tip_top = end - 2 * way, top
        path = f"M{begin} {top} H{tip}"
    head = (
        f"M{min(tip, tip - 12 * way)} {tip_top - 6} l12 12 m0 -12 l-12 12"
        if arrow.is_lost
        else f"M{tip - 10 * way} {tip_top - 5} L{tip} {tip_top} L{tip - 10 * way} {tip_top + 5}"
    )
    middle = (begin + end) // 2
    shown = textwrap.shorten(label, LETTERS_OF_A_LABEL, placeholder="…")
    return (
        f'<g class="{kinds}"><title>{escape(f"{label} {arrow.message_id}")}</title>',
        f'<path class="arrow" d="{path}"/><path class="head" d="{head}"/>',
        *_write_text("label", middle, top - 8, shown),
        *_write_text("outcome", middle, top + 18, arrow.outcome),
        "</g>",
    )


def _write_text(kind: str, middle: int, line: int, text: str) -> tuple[str, str]:
    """A text on a white ground, so that the lines of life do not cross the letters."""
    half = 4 * len(text)
    return (
        f'<rect class="halo" x="{middle - half}" y="{line - 12}" width="{2 * half}" height="15"/>',
        f'<text class="{kind}" x="{middle}" y="{line}">{escape(text)}</text>',
    )
