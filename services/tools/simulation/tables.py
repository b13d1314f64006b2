"""The report of a simulation on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

WIDTH = 30
MOST_STEPS = 12


def show_report(console: Console, report: Mapping[str, Any]) -> None:
    """Show the whole report; of the steps only the slowest."""
    plan, cases = report["plan"], report["cases"]
    console.rule(f"{plan['days']} days from {plan['first']}, {plan['cases']} cases, seed {plan['seed']}")
    for name in ("by_day", "by_region", "by_channel", "by_service"):
        console.print(_bar_table(f"applications {name.replace('_', ' ')}", report["applications"][name]))
    console.print(_bar_table("cases at the end", cases))
    console.print(_bar_table("refusals by reason", report["refusals"]))
    console.print(_step_table(report["steps"]))
    for line in _summary_lines(report):
        console.print(line)


def _bar_table(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title=title, box=None, title_justify="left", show_header=False)
    most = max(counts.values(), default=0) or 1
    for name, count in counts.items():
        table.add_row(name, f"{count}", "█" * max(1, round(WIDTH * count / most)) if count else "")
    return table


def _step_table(steps: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(
        "act, channel, step", "who", "times", "median", "p90", "limit", "late", title="the slowest steps"
    )
    for step in sorted(steps, key=lambda step: -step["p90"])[:MOST_STEPS]:
        place = f"{step['regulation']} {step['channel']} {step['step']} {step['op']}"
        late = f"[red]{step['late']}[/]" if step["late"] else "0"
        table.add_row(
            place,
            step["actor"],
            f"{step['count']}",
            format_span(step["median"]),
            format_span(step["p90"]),
            step["limit"] or "—",
            late,
        )
    return table


def _summary_lines(report: Mapping[str, Any]) -> Iterable[str]:
    late, payments, delivery = report["late"], report["payments"], report["delivery"]
    findings = report["conformance"]
    yield "journals agree with the acts" if not findings else f"[red]journals leave the acts:[/] {findings}"
    yield (
        f"late: {late['cases']} cases, {late['steps']} steps ({late['steps_out_of_hours']} of them began out of "
        f"hours), {late['waiting']} cases wait for something late"
    )
    yield f"ГЦВП: {payments['executed']} of {payments['orders']} orders paid, {payments['tenge']:,.2f} tenge"
    yield (
        f"messages: {delivery['accepted']} accepted = {delivery['delivered']} delivered"
        f" + {delivery['dead']} dead + "
        f"{delivery['in_flight']} in flight; lost {delivery['lost']}"
    )


def format_span(seconds: float) -> str:
    """A span of time in words: ``3 d 4 h``, ``2 h 10 min``, ``7 min``."""
    minutes = round(seconds / 60)
    days, minutes_left = divmod(minutes, 24 * 60)
    return (
        f"{days} d {minutes_left // 60} h"
        if days
        else f"{minutes_left // 60} h {minutes_left % 60} min"
        if minutes_left >= 60
        else f"{minutes_left} min"
    )
