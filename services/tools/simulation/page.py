"""The report of a simulation as one HTML file with pictures (SVG drawn here), nothing else needed to read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from services.tools.simulation.tables import span

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


def page(told: Mapping[str, Any]) -> str:
    """The whole page."""
    plan, volumes = told["plan"], told["applications"]
    title = f"egov-bus: {plan['days']} days from {plan['first']}, {plan['cases']} cases, seed {plan['seed']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _summary(told),
        "<h2>Applications by day</h2>",
        columns(volumes["by_day"]),
        "<h2>By region</h2>",
        bars(volumes["by_region"]),
        "<h2>By channel</h2>",
        bars(volumes["by_channel"]),
        "<h2>By service</h2>",
        bars(volumes["by_service"]),
        "<h2>Cases at the end</h2>",
        bars(told["cases"]),
        "<h2>Late cases by service</h2>",
        bars(told["late"]["by_service"], WARNING),
        "<h2>Refusals by reason</h2>",
        bars(told["refusals"], WARNING),
        "<h2>Paid by ГЦВП, tenge</h2>",
        bars(told["payments"]["by_service"]),
        "<h2>Time in each step</h2>",
        _steps(told["steps"]),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"
    )


def bars(counts: Mapping[str, float], colour: str = COLOUR) -> str:
    """Lying bars, one a name."""
    most = max(counts.values(), default=0) or 1
    height = max(1, len(counts)) * (BAR + GAP)
    drawn = []
    for n, (name, count) in enumerate(counts.items()):
        y, long = n * (BAR + GAP), round((WIDTH - LEFT - 90) * count / most, 1)
        drawn.append(
            f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(_short(name))}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{long}" height="{BAR}" fill="{colour}"/>'
            f'<text x="{LEFT + long + 6}" y="{y + 13}">{count:,g}</text>'
        )
    return _svg(height, drawn)


def columns(counts: Mapping[str, int]) -> str:
    """Standing columns, one a day; the name is shown where there is room."""
    most = max(counts.values(), default=0) or 1
    wide = WIDTH / max(1, len(counts))
    drawn = []
    for n, (name, count) in enumerate(counts.items()):
        high, x = round(COLUMN * count / most, 1), round(n * wide, 1)
        drawn.append(
            f'<rect x="{x}" y="{COLUMN - high + 14}" width="{wide - 2:.1f}" height="{high}" fill="{COLOUR}">'
            f"<title>{escape(name)}: {count}</title></rect>"
            f'<text x="{x + wide / 2:.1f}" y="{COLUMN - high + 11}" text-anchor="middle">{count}</text>'
            f'<text x="{x + wide / 2:.1f}" y="{COLUMN + 30}" text-anchor="middle">{escape(name[-2:])}</text>'
        )
    return _svg(COLUMN + 36, drawn)


def _svg(height: float, drawn: Iterable[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">' + "".join(drawn) + "</svg>"


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"


def _summary(told: Mapping[str, Any]) -> str:
    late, paid, bus = told["late"], told["payments"], told["delivery"]
    facts = {
        "late": f"{late['cases']} cases, {late['steps']} steps, {late['steps_out_of_hours']} of them begun out of "
        f"hours; {late['waiting']} cases wait for something late",
        "ГЦВП": f"{paid['executed']} of {paid['orders']} orders paid, {paid['tenge']:,.2f} tenge",
        "messages": f"{bus['accepted']} accepted = {bus['delivered']} delivered + {bus['dead']} dead + "
        f"{bus['in_flight']} in flight; lost {bus['lost']}",
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items()) + "</dl>"


def _steps(steps: Iterable[Mapping[str, Any]]) -> str:
    names = ("act", "channel", "step", "what", "who", "times", "median", "p90", "limit", "late")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = []
    for one in steps:
        cells = [one["regulation"], one["channel"], one["step"], one["op"], one["actor"]]
        told = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        numbers = (str(one["count"]), span(one["median"]), span(one["p90"]), one["limit"] or "—")
        told += "".join(f'<td class="n">{escape(number)}</td>' for number in numbers)
        late = ' class="n late"' if one["late"] else ' class="n"'
        rows.append(f"<tr>{told}<td{late}>{one['late']}</td></tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"
