"""A расписка as a page to print, in Russian or Kazakh."""

from __future__ import annotations

from pathlib import Path

from shared.contracts.local_time import KAZAKHSTAN
from shared.texts.catalog import texts_beside
from shared.web.pages import PageFolder, page_headers
from shared.workplace.steps.receipts import ReceiptRow, lines_of

STATE_LANGUAGES = ("ru", "kk")
PAGES = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="receipt_words.yaml", languages=STATE_LANGUAGES),
    page_headers(Cache_Control="no-store", Vary="Accept-Language"),
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
        lines=[(line.label_kk if is_kk else line.label, line.value) for line in lines_of(row)],
        moment=f"{row.made_at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}",
        clause=row.clause,
    )


def _capitalise(title: str) -> str:
    """A title with a capital at its beginning, the rest as the act writes it."""
    return title[:1].upper() + title[1:]
