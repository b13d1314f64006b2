"""The report of a simulation on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

WIDTH = 30
MOST_STEPS = 12


def show(console: Console, told: Mapping[str, Any]) -> None:
    """Everything but the steps, of which the slowest."""
    plan, cases = told["plan"], told["cases"]
    console.rule(f"{plan['days']} days from {plan['first']}, {plan['cases']} cases, seed {plan['seed']}")
    for name in ("by_day", "by_region", "by_channel", "by_service"):
        console.print(_bars(f"applications {name.replace('_', ' ')}", told["applications"][name]))
    console.print(_bars("cases at the end", cases))
    console.print(_bars("refusals by reason", told["refusals"]))
    console.print(_steps(told["steps"]))
    for line in _lines(told):
        console.print(line)


def _bars(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title=title, box=None, title_justify="left", show_header=False)
    most = max(counts.values(), default=0) or 1
    for name, count in counts.items():
        table.add_row(name, f"{count}", "█" * max(1, round(WIDTH * count / most)) if count else "")
    return table


def _steps(steps: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(
        "act, channel, step", "who", "times", "median", "p90", "limit", "late", title="the slowest steps"
    )
    for one in sorted(steps, key=lambda step: -step["p90"])[:MOST_STEPS]:
        place = f"{one['regulation']} {one['channel']} {one['step']} {one['op']}"
        late = f"[red]{one['late']}[/]" if one["late"] else "0"
        table.add_row(
            place,
            one["actor"],
            f"{one['count']}",
            span(one["median"]),
            span(one["p90"]),
            one["limit"] or "—",
            late,
        )
    return table


def _lines(told: Mapping[str, Any]) -> Iterable[str]:
    late, paid, bus = told["late"], told["payments"], told["delivery"]
    findings = told["conformance"]
    yield "journals agree with the acts" if not findings else f"[red]journals leave the acts:[/] {findings}"
    yield (
        f"late: {late['cases']} cases, {late['steps']} steps ({late['steps_out_of_hours']} of them began out of "
        f"hours), {late['waiting']} cases wait for something late"
    )
    yield f"ГЦВП: {paid['executed']} of {paid['orders']} orders paid, {paid['tenge']:,.2f} tenge"
    yield (
        f"messages: {bus['accepted']} accepted = {bus['delivered']} delivered + {bus['dead']} dead + "
        f"{bus['in_flight']} in flight; lost {bus['lost']}"
    )


def span(seconds: float) -> str:
    """A length of time as people say it."""
    minutes = round(seconds / 60)
    days, rest = divmod(minutes, 24 * 60)
    return (
        f"{days} d {rest // 60} h" if days else f"{rest // 60} h {rest % 60} min" if rest >= 60 else f"{rest} min"
    )
