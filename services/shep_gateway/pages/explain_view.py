"""The findings about a message as pages show them, and the folder of the page ``/explain``."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from services.shep_gateway.whereabouts.explaining import CALM
from shared.bus.http.records.whereabouts import WhereaboutsFinding
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.translations import text_in
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.formats import format_duration
from shared.web.pages import PageFolder, page_headers

PAGES = PageFolder(
    Path(__file__).parent / "templates",
    TextCatalog(texts_beside(__file__, file="words.yaml"), texts_beside(__file__, file="explain_words.yaml")),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
)
WAITS = frozenset(("answer-awaited", "step-of-applicant", "step-of-person", "step-of-system", "waits-in-mailbox"))
"""The findings that tell of a wait in which nothing is wrong."""
MOMENTS = frozenset(("due", "next-try-at"))
DURATION = TypeAdapter(timedelta)


def describe_finding(finding: WhereaboutsFinding, tag: str) -> dict[str, Any]:
    """A finding as a template shows it, in the reader's language."""
    nested = (finding.explanation or {}).get("findings", ())
    return {
        "kind": "good" if finding.code in CALM else "doubtful" if finding.code in WAITS else "bad",
        "code": finding.code,
        "text": finding.texts[tag],
        "since": _format_moment(finding.since) if finding.since else "",
        "message_id": finding.message_id or "",
        "details": [_describe_fact(name, fact, tag) for name, fact in finding.details.items()],
        "reasons": [(one["code"], one["texts"][tag], list(one["details"].items())) for one in nested],
    }


def _describe_fact(name: str, fact: str, tag: str) -> tuple[str, str]:
    """The name of a fact in the reader's language, and the fact; a moment as the clocks of Kazakhstan show it, a
    duration in words.
    """
    if name in MOMENTS:
        fact = _format_moment(datetime.fromisoformat(fact))
    elif name == "late":
        fact = format_duration(DURATION.validate_python(fact), tag)
    elif name == "action":
        fact = text_in(tag, fact)
    return PAGES.words.get(f"of-{name}", {}).get(tag, name), fact


def _format_moment(at: datetime) -> str:
    return f"{at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M:%S} (UTC+05:00)"
