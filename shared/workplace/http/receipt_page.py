"""A расписка as a page to print, in Russian or Kazakh."""

from __future__ import annotations

from shared.contracts.local_time import KAZAKHSTAN
from shared.web.pages import el, html_document, inline_style_source, page_headers
from shared.workplace.steps.receipts import ReceiptRow, lines_of

STYLE = "body{font:14px/1.5 serif;max-width:42em;margin:3em auto}th{text-align:left;font-weight:normal}" + (
    "td,th{border-bottom:1px solid #999;padding:.3em;vertical-align:top}"
)
HEADERS = page_headers(inline_style_source(STYLE), Cache_Control="no-store", Vary="Accept-Language")
WORDS = {
    "ru": {"number": "№", "service": "Услуга", "made": "Выдана", "sign": "Подпись"},
    "kk": {"number": "№", "service": "Қызмет", "made": "Берілді", "sign": "Қолы"},
}


def render_receipt(row: ReceiptRow, language: str) -> str:
    """The paper as HTML; any language but Kazakh is Russian, as the paper is for the state's two languages."""
    tag = "kk" if language == "kk" else "ru"
    words, is_kk = WORDS[tag], tag == "kk"
    title = row.title_kk if is_kk else row.title[:1].upper() + row.title[1:]
    service = row.service_kk if is_kk else row.service
    lines = [
        el("tr", el("th", line.label_kk if is_kk else line.label), el("td", line.value)) for line in lines_of(row)
    ]
    issued_at = f"{row.made_at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}"
    body = [
        el("h1", title),
        el("p", f"{words['number']} {row.number}"),
        el("p", f"{words['service']}: «{service}»"),
        el("table", *lines),
        el("p", f"{words['made']}: {issued_at} ({row.clause})"),
        el("p", f"{words['sign']}: ____________"),
    ]
    return html_document(tag, title, [el("style", STYLE)], body)
