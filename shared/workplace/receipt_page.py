"""A расписка as a page to print, in Russian or Kazakh."""

from __future__ import annotations

from html import escape

from shared.contracts.local_time import KAZAKHSTAN
from shared.workplace.receipts import ReceiptRow, lines_of

STYLE = "body{font:14px/1.5 serif;max-width:42em;margin:3em auto}th{text-align:left;font-weight:normal}" + (
    "td,th{border-bottom:1px solid #999;padding:.3em;vertical-align:top}"
)
WORDS = {
    "ru": {"number": "№", "service": "Услуга", "made": "Выдана", "sign": "Подпись"},
    "kk": {"number": "№", "service": "Қызмет", "made": "Берілді", "sign": "Қолы"},
}


def page(row: ReceiptRow, language: str) -> str:
    """The paper as HTML; any language but Kazakh is Russian, as the paper is for the state's two languages."""
    tag = "kk" if language == "kk" else "ru"
    words, is_kk = WORDS[tag], tag == "kk"
    title = row.title_kk if is_kk else row.title[:1].upper() + row.title[1:]
    service = row.service_kk if is_kk else row.service
    lines = "".join(
        f"<tr><th>{escape(line.label_kk if is_kk else line.label)}</th><td>{escape(line.value)}</td></tr>"
        for line in lines_of(row)
    )
    made = f"{row.made_at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}"
    return (
        f'<!doctype html><html lang="{tag}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1><p>{words['number']} {escape(row.number)}</p>"
        f"<p>{words['service']}: «{escape(service)}»</p><table>{lines}</table>"
        f"<p>{words['made']}: {made} ({escape(row.clause)})</p><p>{words['sign']}: ____________</p></html>"
    )
