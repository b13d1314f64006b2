"""The report of a simulation as one self-contained HTML file with SVG charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from services.tools.simulation.tables import format_span

BAR, GAP, LEFT, WIDTH = 18, 6, 260, 760
COLUMN = 160
COLOUR, WARNING = "#00778b", "#c0392b"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
svg { max-width: 100%; height: auto } svg text { font-size: 12px; fill: #222 }
table { border-collapse: collapse }
td, th { padding: .15rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
td.n { text-align: right } .late { color: #c0392b } dt { font-weight: 600 }
"""


def render_page(report: Mapping[str, Any]) -> str:
    """The whole HTML page."""
    plan, volumes = report["plan"], report["applications"]
    title = f"egov-bus: {plan['days']} days from {plan['first']}, {plan['cases']} cases, seed {plan['seed']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _render_summary(report),
        "<h2>Applications by day</h2>",
        draw_columns(volumes["by_day"]),
        "<h2>By region</h2>",
        draw_bars(volumes["by_region"]),
        "<h2>By channel</h2>",
        draw_bars(volumes["by_channel"]),
        "<h2>By service</h2>",
        draw_bars(volumes["by_service"]),
        "<h2>Cases at the end</h2>",
        draw_bars(report["cases"]),
        "<h2>Late cases by service</h2>",
        draw_bars(report["late"]["by_service"], WARNING),
        "<h2>Refusals by reason</h2>",
        draw_bars(report["refusals"], WARNING),
        "<h2>Paid by ГЦВП, tenge</h2>",
        draw_bars(report["payments"]["by_service"]),
        "<h2>Time in each step</h2>",
        _render_steps(report["steps"]),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"
    )


def draw_bars(counts: Mapping[str, float], colour: str = COLOUR) -> str:
    """A chart of horizontal bars, one for each name."""
    most = max(counts.values(), default=0) or 1
    height = max(1, len(counts)) * (BAR + GAP)
    shapes = []
    for n, (name, count) in enumerate(counts.items()):
        y, long = n * (BAR + GAP), round((WIDTH - LEFT - 90) * count / most, 1)
        shapes.append(
            f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(_shorten_name(name))}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{long}" height="{BAR}" fill="{colour}"/>'
            f'<text x="{LEFT + long + 6}" y="{y + 13}">{count:,g}</text>'
        )
    return _wrap_svg(height, shapes)


def draw_columns(counts: Mapping[str, int]) -> str:
    """A chart of vertical bars, one for each day; counts and names are shown where there is room."""
    most = max(counts.values(), default=0) or 1
    wide = WIDTH / max(1, len(counts))
    shapes = []
    for n, (name, count) in enumerate(counts.items()):
        high, x = round(COLUMN * count / most, 1), round(n * wide, 1)
        shapes.append(
            f'<rect x="{x}" y="{COLUMN - high + 14}" width="{wide - 2:.1f}" height="{high}" fill="{COLOUR}">'
            f"<title>{escape(name)}: {count}</title></rect>"
            f'<text x="{x + wide / 2:.1f}" y="{COLUMN - high + 11}" text-anchor="middle">{count}</text>'
            f'<text x="{x + wide / 2:.1f}" y="{COLUMN + 30}" text-anchor="middle">{escape(name[-2:])}</text>'
        )
    return _wrap_svg(COLUMN + 36, shapes)


def _wrap_svg(height: float, shapes: Iterable[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">' + "".join(shapes) + "</svg>"


def _shorten_name(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"


def _render_summary(report: Mapping[str, Any]) -> str:
    late, payments, delivery = report["late"], report["payments"], report["delivery"]
    facts = {
        "late": f"{late['cases']} cases, {late['steps']} steps, {late['steps_out_of_hours']} of them begun out of "
        f"hours; {late['waiting']} cases wait for something late",
        "ГЦВП": f"{payments['executed']} of {payments['orders']} orders paid, {payments['tenge']:,.2f} tenge",
        "messages": f"{delivery['accepted']} accepted = {delivery['delivered']} delivered"
        f" + {delivery['dead']} dead + "
        f"{delivery['in_flight']} in flight; lost {delivery['lost']}",
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items()) + "</dl>"


def _render_steps(steps: Iterable[Mapping[str, Any]]) -> str:
    names = ("act", "channel", "step", "what", "who", "times", "median", "p90", "limit", "late")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = []
    for step in steps:
        cells = [step["regulation"], step["channel"], step["step"], step["op"], step["actor"]]
        row_cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        numbers = (str(step["count"]), format_span(step["median"]), format_span(step["p90"]), step["limit"] or "—")
        row_cells += "".join(f'<td class="n">{escape(number)}</td>' for number in numbers)
        late = ' class="n late"' if step["late"] else ' class="n"'
        rows.append(f"<tr>{row_cells}<td{late}>{step['late']}</td></tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"
