"""The command line of ``egov-bus simulate``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from shared.contracts.local_time import KAZAKHSTAN

FIRST = "2026-03-02"
"""A Monday; Nauryz falls into the following month."""
REFRESHES = 1.0
"""Updates per second: the progress bar is drawn in the interpreter that runs the systems."""
INHERITED_NAMES = ("EGOV_LOG_LEVEL",)
"""The environment names that apply to a simulation; all other settings are its own."""


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command()(simulate)


def simulate(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=366, help="The length in days of the bus's time.")] = 30,
    cases: Annotated[int, typer.Option(min=1, max=100_000, help="The number of applications.")] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 1,
    first: Annotated[str, typer.Option(metavar="DATE", help="The first day.")] = FIRST,
    late_share: Annotated[
        float, typer.Option(min=0, max=1, help="The share of steps that exceed their limits.")
    ] = 0.03,
    as_json: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", help="Write the figures as JSON to this file; - for standard output."
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report with charts to this file.")
    ] = None,
) -> None:
    """Run a month of the whole country on a clock of its own, and show the figures.

    Citizens apply in all regions and channels, paced clerks work, and all messages go over the bus. The command
    leaves no files but the report.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    launch.run_to_end(_run_simulation(launch, _read_plan(days, cases, seed, first), late_share, as_json, html))


def _read_plan(days: int, cases: int, seed: int, first: str) -> Any:
    from services.tools.simulation.plan import SimulationPlan

    try:
        return SimulationPlan(date.fromisoformat(first), days, cases, seed)
    except ValueError:
        raise WrongValue("--first", "date", typed=first) from None


async def _run_simulation(
    launch: LaunchContext, plan: Any, late_share: float, as_json: Path | None, html: Path | None
) -> int:
    from services.tools.simulation.report_page import render_page
    from services.tools.simulation.run import run_simulation
    from services.tools.simulation.tables import show_report
    from services.tools.simulation.work_folder import choose_parent, open_work_folder

    began, console = time.monotonic(), Console(stderr=as_json == Path("-"))
    environment = {name: launch.environment[name] for name in INHERITED_NAMES if name in launch.environment}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        open_work_folder(choose_parent()) as folder,
        Progress(*columns, console=Console(stderr=True), refresh_per_second=REFRESHES) as progress,
    ):
        task = progress.add_task("the country starts", total=plan.cases)

        def show_progress(at: datetime, applied: int) -> None:
            progress.update(task, description=f"{at.astimezone(KAZAKHSTAN):%a %d.%m %H:%M}", completed=applied)

        report = await run_simulation(
            plan, folder, late_share=late_share, environment=environment, on_progress=show_progress
        )
    report["plan"]["late_share"] = late_share
    show_report(console, report)
    _write_reports(report, as_json, html, render_page(report))
    console.print(f"{plan.days} days of the bus in {time.monotonic() - began:.0f} s")
    return 0 if report["delivery"]["lost"] == 0 else 1


def _write_reports(report: Mapping[str, Any], as_json: Path | None, html: Path | None, html_page: str) -> None:
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    if as_json == Path("-"):
        sys.stdout.write(text)
    elif as_json is not None:
        as_json.write_text(text, encoding="utf-8")
    if html is not None:
        html.write_text(html_page, encoding="utf-8")
