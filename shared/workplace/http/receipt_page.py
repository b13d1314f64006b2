"""A расписка as a page to print, in Russian or Kazakh."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.coverage.addresses import clause_in
from shared.texts.catalog import texts_beside
from shared.web.pages import PageFolder, page_headers
from shared.workplace.steps.receipts import ReceiptLine, ReceiptRow, find_signer, lines_of
from shared.workplace.steps.records.code128 import draw_svg

STATE_LANGUAGES = ("ru", "kk")
PAGES = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="receipt_words.yaml", languages=STATE_LANGUAGES),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language"),
)


def render_receipt(row: ReceiptRow, language: str, path: str) -> str:
    """The расписка as HTML for the page at ``path``; Russian for every language but Kazakh, because the document
    exists in the two state languages only.
    """
    tag = "kk" if language == "kk" else "ru"
    is_kk = tag == "kk"
    return PAGES.render_text(
        "receipt.html",
        tag,
        path,
        languages=STATE_LANGUAGES,
        title=_capitalise(row.title_kk if is_kk else row.title),
        number=row.number,
        service=row.service_kk if is_kk else row.service,
        lines=[_read_line(line, is_kk=is_kk) for line in lines_of(row)],
        signer=find_signer(row),
        bar_code=None if row.bar_code is None else Markup(draw_svg(row.bar_code)),  # noqa: S704 - drawn here
        moment=f"{row.made_at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}",
        clause=clause_in(tag, row.clause) if row.clause else "",
    )


def _read_line(line: ReceiptLine, *, is_kk: bool) -> tuple[str, str]:
    return (line.label_kk, line.value_kk or line.value) if is_kk else (line.label, line.value)


def _capitalise(title: str) -> str:
    """A title with a capital at its beginning, the rest as the act writes it."""
    return title[:1].upper() + title[1:]
