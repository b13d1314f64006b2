"""The report of a simulation as one self-contained HTML file with SVG charts."""

from __future__ import annotations

import textwrap
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.tools.simulation.tables import format_span
from shared.web.formats import format_count
from shared.web.static_files import SHARED_STATIC
from shared.web.templates import mark_safe, render_template

TEMPLATES = Path(__file__).parent / "templates"
STYLE_SHEETS = ("tokens.css", "frame.css", "page.css", "report.css")
BAR, GAP, LEFT, WIDTH = 18, 6, 260, 760
COLUMN = 160
LETTERS_OF_A_LINE, LINE = 36, 15
"""A name is never cut off: it goes on in further lines."""
STEP_COLUMNS = ("act", "channel", "step", "what", "who", "times", "median", "p90", "limit", "late")


def render_page(report: Mapping[str, Any]) -> str:
    """The whole HTML page."""
    plan, volumes = report["plan"], report["applications"]
    style = "".join((SHARED_STATIC.folder / name).read_text(encoding="utf-8") for name in STYLE_SHEETS)
    return render_template(
        TEMPLATES,
        "report.html",
        title=f"egov-bus: {plan['days']} days from {plan['first']}, {plan['cases']} cases, seed {plan['seed']}",
        style=mark_safe(style),
        style_digest=b64encode(sha256(style.encode()).digest()).decode(),
        summary=_summarize(report),
        by_day=draw_columns(volumes["by_day"]),
        drawings=[
            ("By region", draw_bars(volumes["by_region"])),
            ("By channel", draw_bars(volumes["by_channel"])),
            ("By service", draw_bars(volumes["by_service"])),
            ("Cases at the end", draw_bars(report["cases"])),
            ("Late cases by service", draw_bars(report["late"]["by_service"], "warning")),
            ("Refusals by reason", draw_bars(report["refusals"], "warning")),
            ("Paid by ГЦВП, tenge", draw_bars(report["payments"]["by_service"])),
        ],
        step_columns=STEP_COLUMNS,
        steps=list(_describe_steps(report["steps"])),
    )


def draw_bars(counts: Mapping[str, float], kind: str = "") -> dict[str, Any]:
    """A chart of horizontal bars, one for each name, shown whole; lengths in units of the picture, ``kind`` a CSS
    class.
    """
    most = max(counts.values(), default=0) or 1
    bars: list[dict[str, Any]] = []
    y = 0
    for name, count in counts.items():
        lines = textwrap.wrap(name, LETTERS_OF_A_LINE) or [name]
        bars.append(
            {
                "lines": lines,
                "y": y,
                "length": round((WIDTH - LEFT - 90) * count / most, 1),
                "label": f"{count:,g}",
            }
        )
        y += max(BAR, LINE * len(lines)) + GAP
    return {"width": WIDTH, "height": max(y, BAR), "left": LEFT, "thickness": BAR, "kind": kind, "bars": bars}


def draw_columns(counts: Mapping[str, int]) -> dict[str, Any]:
    """A chart of vertical bars, one for each day, in units of the picture."""
    most = max(counts.values(), default=0) or 1
    wide = WIDTH / max(1, len(counts))
    columns = []
    for n, (name, count) in enumerate(counts.items()):
        high = round(COLUMN * count / most, 1)
        columns.append(
            {
                "name": name,
                "count": count,
                "x": round(n * wide, 1),
                "middle": round((n + 0.5) * wide, 1),
                "top": round(COLUMN - high + 14, 1),
                "wide": round(wide - 2, 1),
                "high": high,
            }
        )
    return {"width": WIDTH, "height": COLUMN + 36, "columns": columns}


def _summarize(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    late, payments, delivery = report["late"], report["payments"], report["delivery"]
    return [
        (
            "late",
            f"{late['cases']} cases, {late['steps']} steps, {late['steps_out_of_hours']} of them begun out of "
            f"hours; {late['waiting']} cases wait for something late",
        ),
        ("ГЦВП", f"{payments['executed']} of {payments['orders']} orders paid, {payments['tenge']:,.2f} tenge"),
        (
            "messages",
            f"{delivery['accepted']} accepted = {delivery['delivered']} delivered + {delivery['dead']} dead + "
            f"{delivery['in_flight']} in flight; lost {delivery['lost']}",
        ),
    ]


def _describe_steps(steps: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for step in steps:
        spans = (format_span(step["median"]), format_span(step["p90"]))
        yield {
            "words": [step[name] for name in ("regulation", "channel", "step", "op", "actor")],
            "numbers": [step["count"], *spans, write_limit(step["limit"])],
            "late": step["late"],
        }


def write_limit(limit: str | None) -> str:
    """A limit of the report in words: ``9 working_day`` is "9 working days"."""
    amounts, _, unit = (limit or "").rpartition(" ")
    if not amounts:
        return {"same_day": "the same day"}.get(unit, "—")
    first, _, last = amounts.rpartition("–")
    words = format_count(int(last), unit, "en")
    return f"{first}–{words}" if first else words
