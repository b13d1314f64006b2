"""The report of a load as one HTML file that loads nothing: figures, and curves drawn as SVG."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.web.static_files import SHARED_STATIC
from shared.web.templates import mark_safe, render_template

TEMPLATES = Path(__file__).parent / "templates"
STYLE_SHEETS = ("tokens.css", "frame.css", "page.css", "report.css")
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 220, 56, 24, 14
LATENCIES = ("p50", "p90", "p99", "p99.9")
RATES = ("intended", "answered", "errors")


def render_page(report: Mapping[str, Any]) -> str:
    """The whole page; ``report`` is what ``egov-bus load --json`` writes."""
    style = "".join((SHARED_STATIC.folder / name).read_text(encoding="utf-8") for name in STYLE_SHEETS)
    seconds, samples = report["figures"]["seconds"], report["samples"]
    return render_template(
        TEMPLATES,
        "load.html",
        title=f"{report['profile']} by {report['door']}, {report['rate']:g} a second",
        style=mark_safe(style),
        style_digest=b64encode(sha256(style.encode()).digest()).decode(),
        report=report,
        figures=report["figures"],
        percentiles=[*LATENCIES, "max"],
        curves=[
            ("Latency from the intended start, ms", draw_curves(seconds, LATENCIES)),
            ("Calls a second", draw_curves(seconds, RATES)),
            *((name, draw_curves(rows, tuple(rows[0]))) for name, rows in samples.items() if rows and rows[0]),
        ],
    )


def draw_curves(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """Curves over the seconds of a run, in units of the picture; a second without a value leaves a gap."""
    values = [row[name] for row in rows for name in names if row[name] is not None]
    most = max(values, default=0) or 1
    wide = (WIDTH - LEFT) / max(1, len(rows) - 1)
    curves = []
    for number, name in enumerate(names):
        points = [
            f"{LEFT + wide * place:.1f},{(HEIGHT - BOTTOM) * (1 - row[name] / most) + TOP:.1f}"
            for place, row in enumerate(rows)
            if row[name] is not None
        ]
        curves.append({"name": name, "points": " ".join(points), "kind": f"curve-{number}"})
    marks = [
        {"y": (HEIGHT - BOTTOM) * (1 - part) + TOP, "text": f"{most * part:,.3g}"} for part in (0.0, 0.5, 1.0)
    ]
    return {
        "width": WIDTH, "height": HEIGHT + TOP, "left": LEFT, "bottom": HEIGHT - BOTTOM + TOP,
        "curves": curves, "marks": marks, "last": len(rows) - 1 if rows else 0,
    }  # fmt: skip
