"""A report as one HTML file for each language, which loads nothing; it links the files of the exchanges."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from services.tools.conformance.texts import TEXTS
from shared.texts.catalog import LANGUAGES
from shared.web.static_files import SHARED_STATIC
from shared.web.templates import mark_safe, render_template

TEMPLATES = Path(__file__).parents[1] / "templates"
STYLE_SHEETS = ("tokens.css", "frame.css", "page.css", "parts.css", "report.css")
TONES = {"pass": "good", "fail": "bad", "error": "bad", "wait": "doubtful", "cancel": "doubtful"}
Json = dict[str, Any]


def page_name(language: str) -> str:
    """The file of a page."""
    return f"report.{language}.html"


def render_page(figures: Json, language: str) -> str:
    """The page of a report in a language."""
    style = "".join((SHARED_STATIC.folder / name).read_text(encoding="utf-8") for name in STYLE_SHEETS)
    say = partial(_say, language)
    return render_template(
        TEMPLATES,
        "conformance.html",
        say=say,
        tag=language,
        pages=[(name, page_name(name)) for name in LANGUAGES],
        style=mark_safe(style),
        style_digest=b64encode(sha256(style.encode()).digest()).decode(),
        title=say("title", role=say(f"role-{figures['role']}")),
        figures=figures,
        verdict=say(_verdict_of(figures)),
        verdict_tone={"verdict-conforms": "good", "verdict-broken": "bad"}.get(_verdict_of(figures), "doubtful"),
        counts=[(say(f"outcome-{name}"), count) for name, count in figures["outcomes"].items() if count],
        groups=[
            (_group_title(group, say), [_describe_row(row, language, figures) for row in rows])
            for group, rows in groupby(figures["requirements"], key=lambda row: row["group"])
        ],
    )


def _say(language: str, code: str, **values: object) -> str:
    return TEXTS[code][language].format(**values)


def _verdict_of(figures: Json) -> str:
    if not figures["is_conforming"]:
        return "verdict-broken"
    return "verdict-conforms" if figures["is_complete"] else "verdict-incomplete"


def _group_title(group: str, say: Any) -> str:
    return str(say(f"group-{group}" if f"group-{group}" in TEXTS else f"role-{group}"))


def _describe_row(row: Json, language: str, figures: Json) -> Json:
    """A requirement as the page shows it."""
    say = partial(_say, language)
    detail = ""
    if row["detail"] and row["outcome"] != "error":
        why = (row["why_untested"] or {}).get(language, "")
        detail = say(f"detail-{row['detail']}", why=why, seconds=f"{figures['seconds']:g}")
    return {
        **row,
        "heading": row["title"][language],
        "outcome_text": say(f"outcome-{row['outcome']}"),
        "tone": TONES.get(row["outcome"], "plain"),
        "certainty_text": say(f"certainty-{row['certainty']}"),
        "explanation": row["detail"] if row["outcome"] == "error" else detail,
        "links": [(number, f"exchanges/{number:04d}-request.txt") for number in row["exchanges"][:5]],
    }
