"""The validity of an act in time, said in a sentence for a page."""

from __future__ import annotations

import datetime
from pathlib import Path

from shared.regulations.coverage.model import SourceDocument
from shared.texts.catalog import TextCatalog, read_texts

_SENTENCES = TextCatalog(
    lambda: read_texts(Path(__file__).parent / "catalogues" / "validity_texts.yaml", ("ru", "kk", "en"))
)


def validity_sentence(document: SourceDocument, tag: str) -> str:
    """Which act a regulation comes from, and that the act is repealed, by what and when."""
    body = document.act.body
    return _SENTENCES["act-repealed"][tag].format(
        body=getattr(body, tag) if body is not None else "",
        number=document.act.number,
        date=_day(document.act.date),
        repealed_number=document.repealed.number,
        repealed_date=_day(document.repealed.date),
    )


def _day(date: datetime.date) -> str:
    return date.strftime("%d.%m.%Y")
