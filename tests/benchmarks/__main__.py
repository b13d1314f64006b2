"""``make bench``: bare relay, gateway relay, doors and whole cases in one run; prints ratios, writes a picture
and JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.benchmarks import doors, measure
from tests.country import ROOT, Processes

ROUNDS = 5
RELAY_GOAL = 0.35
CASES_GOAL = 60.0


def main(
    messages: Annotated[int, typer.Option(help="Messages through each relay, in each round.")] = 5_000,
    cases: Annotated[int, typer.Option(help="Whole cases.")] = 1_500,
    at_once: Annotated[int, typer.Option(help="Submissions under way at once.")] = 32,
    only: Annotated[str, typer.Option(help="doors, relay, cases or all.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the relay against a bare relay, and whole cases, in one run."""
    amqp = os.environ.get("AMQP_URL")  # noqa: TID251 - set by the runner of the servers
    if not amqp:
        raise typer.BadParameter("run it as `make bench`: it needs AMQP_URL")
    figures = uvloop.run(run(amqp, messages, cases, at_once, only, quiet=as_json))
    if as_json:
        print(json.dumps(figures))
    else:
        show(figures)


async def run(amqp: str, messages: int, cases: int, at_once: int, only: str, *, quiet: bool) -> dict[str, Any]:
    """Run all measurements; returns the figures."""
    figures: dict[str, Any] = {"machine": f"{os.cpu_count()} cores, {platform.python_version()}"}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="egov-bench.") as folder,
        Progress(*columns, console=Console(stderr=True), disable=quiet) as progress,
        Processes(Path(folder), amqp) as country,
    ):
        task = progress.add_task("starting the country, a process for each system")

        def told(what: str) -> None:
            progress.update(task, description=what)

        await asyncio.to_thread(country.start)
        if only in ("all", "cases"):
            done = await measure.cases(country, cases, at_once, told)
            figures["cases"] = {
                "count": done.count,
                "per_second": done.per_second,
                "p50_seconds": done.quantile(0.5),
                "p99_seconds": done.quantile(0.99),
                "cpu_ms_per_case": done.cpu_ms,
            }
        if only in ("all", "doors"):
            told("the doors of ШЭП")
            rates = await doors.measure(country)
            figures["doors"] = {name: rate.figures() for name, rate in rates.items()}
        if only in ("all", "relay"):
            await relays(country, messages, figures, told)
    return figures


async def relays(country: Processes, messages: int, figures: dict[str, Any], told: measure.Told) -> None:
    """Measure bare, gateway, bare, … bare: the base of a round is the mean of the bare runs before and after.

    The reported round is the median one, so that a machine whose speed drifts is not mistaken for a slow relay.
    """
    country.stop(
        *[
            name
            for name in country.running
            if name not in ("is_nuc", "shep_gateway", "rshep_yuz", "is_mio", "is_con", "portal_pep")
        ]
    )
    told("bare aio-pika relay")
    before = await measure.bare(country.amqp_url, messages)
    rounds = []
    for number in range(1, ROUNDS + 1):
        told(f"gateway relay, round {number} of {ROUNDS}")
        ours = await measure.gateway(country, messages)
        told(f"bare aio-pika relay, round {number} of {ROUNDS}")
        after = await measure.bare(country.amqp_url, messages)
        bare, before = (before.per_second + after.per_second) / 2, after
        rounds.append((ours.per_second / bare, ours.per_second, bare))
    rounds.sort()
    ratio, per_second, bare = rounds[ROUNDS // 2]
    figures["bare_relay_per_second"] = bare
    figures["gateway_relay_per_second"] = per_second
    figures["gateway_to_bare"] = ratio
    figures["gateway_to_bare_by_round"] = [one[0] for one in rounds]


def show(figures: dict[str, Any]) -> None:
    """Print the figures as a table with bars, and write them as a picture and as JSON under bench/."""
    console = Console(record=True, width=100)
    table = Table(
        "what", "per second", "", "goal", title=f"egov-bus on {figures['machine']}, RabbitMQ on the same"
    )
    if "gateway_to_bare" in figures:
        bare, ours = figures["bare_relay_per_second"], figures["gateway_relay_per_second"]
        table.add_row("bare aio-pika relay", f"{bare:.0f}", bar(1.0), "the floor")
        ratio = figures["gateway_to_bare"]
        table.add_row("gateway relay", f"{ours:.0f}", bar(ratio), f"{ratio:.2f} of bare (goal {RELAY_GOAL})")
    if "cases" in figures:
        cases = figures["cases"]
        rate = cases["per_second"]
        goal = f"goal {CASES_GOAL:.0f}; p50 {cases['p50_seconds']:.2f} s, p99 {cases['p99_seconds']:.2f} s"
        busiest = sorted(cases["cpu_ms_per_case"].items(), key=lambda pair: -pair[1])[:5]
        where = ", ".join(f"{name} {used:.1f}" for name, used in busiest)
        table.add_row("", "", "", f"processor ms a case: {where}", end_section=True)
        table.add_row("whole cases", f"{rate:.1f}", bar(min(1.0, rate / CASES_GOAL / 2)), goal)
    for name, door in figures.get("doors", {}).items():
        rate, wanted = door["per_gateway_core_second"], doors.GOALS[name]
        text = f"goal {wanted} a second of ШЭП's processor"
        table.add_row(f"door: {name}", f"{rate:.0f}", bar(min(1.0, rate / wanted / 2)), text)
    console.print(Panel(table))
    folder = ROOT / "bench"
    folder.mkdir(exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(figures, indent=2))
    console.save_svg(str(folder / "bench.svg"), title="egov-bus bench")
    Console().print("picture: bench/bench.svg   figures: bench/bench.json")


def bar(share: float, width: int = 30) -> str:
    """A bar of ``share`` of the width."""
    full = round(share * width)
    return f"[green]{'█' * full}[/][dim]{'░' * (width - full)}[/]"


if __name__ == "__main__":
    typer.run(main)
