"""The command line of ``egov-bus load``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from services.tools.joining.operators_tokens import act_as_operators
from services.tools.load.schedule import LoadPlan, LoadShape
from shared.bus.errors import Malformed

if TYPE_CHECKING:
    from services.tools.load.preparation import LoadTarget, LoadWish
    from services.tools.load.thresholds import Threshold
    from shared.client.participants import Operators

NOT_MET = 3
"""The exit status of a run that did not meet a threshold."""


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command()(load)


Watched = Annotated[
    list[int] | None,
    typer.Option(metavar="PID", help="Tell the processor time of this process; by default of those here."),
]
Conditions = Annotated[
    list[str] | None, typer.Option("--fail-if-not", metavar="CONDITION", help="As p99<500, rate>=100, errors<1%.")
]
Figures = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures; - to print.")]
Earlier = Annotated[Path | None, typer.Option("--compare", metavar="FILE", help="The figures of an earlier run.")]


def load(
    context: typer.Context,
    profile: Annotated[
        str, typer.Argument(help="register, files (2 kB to 10 MB), relay (opaque data) or cases (whole).")
    ],
    rate: Annotated[float, typer.Option(min=0.01, max=100_000, help="Calls a second, at the highest.")] = 20.0,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long.")] = 30.0,
    warm_up: Annotated[float, typer.Option("--warm-up", min=0, max=3600, help="Seconds that do not count.")] = 3.0,
    shape: Annotated[LoadShape, typer.Option(help="How the rate changes.")] = LoadShape.CONSTANT,
    door: Annotated[str, typer.Option(help="rest, soap or amqp.")] = "rest",
    users: Annotated[int, typer.Option(min=1, max=100_000, help="Citizens of the profile cases.")] = 50,
    target: Annotated[str | None, typer.Option(metavar="URL", help="The gateway, if not this machine's.")] = None,
    portal: Annotated[str | None, typer.Option(metavar="URL", help="The portal, if not this machine's.")] = None,
    watch: Watched = None,
    fail_if_not: Conditions = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report with pictures.")] = None,
    as_json: Figures = None,
    compare_with: Earlier = None,
) -> None:
    """Call a gateway at a rate that does not depend on its answers, and tell what came of it.

    A call that begins late because earlier ones hang is counted from its intended start. Needs the tokens of the
    operators of НУЦ and ШЭП in EGOV_DATA_DIR; what joins for the run leaves again.
    """
    from services.launcher.running.private_broker import read_broker_url
    from services.tools.load.preparation import LoadDoor, LoadProfile, LoadTarget, LoadWish
    from services.tools.load.thresholds import Threshold
    from services.tools.load.watching import find_processes

    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    wish = LoadWish(
        _choose(LoadProfile, profile, "PROFILE"), _choose(LoadDoor, door, "--door"),
        LoadPlan(rate, seconds, warm_up, shape), users,
    )  # fmt: skip
    place = LoadTarget(
        target or launch.instance_url("shep_gateway"),
        portal or launch.instance_url("portal_pep"),
        launch.nuc_url,
        *launch.population_parameters,
        launch.environment.get("AMQP_URL") or read_broker_url(launch.data_dir),
    )
    files = LoadFiles(html, as_json, compare_with)
    thresholds = [Threshold.parse(text) for text in fail_if_not or ()]
    pids = {str(pid): pid for pid in watch} if watch else find_processes(launch.data_dir)
    launch.run_to_end(_run(launch, wish, place, thresholds, files, pids))


@dataclass(frozen=True)
class LoadFiles:
    """Where the report goes, and what it is compared with."""

    html: Path | None
    figures: Path | None
    earlier: Path | None

    def read_earlier(self) -> Any:
        """The figures of the earlier run; None without one. Malformed ``load-figures`` for another file."""
        if self.earlier is None:
            return None
        try:
            return json.loads(self.earlier.read_text(encoding="utf-8"))["figures"]
        except (ValueError, KeyError, TypeError):
            raise Malformed("load-figures", f"{self.earlier} has no figures of a load") from None

    def write(self, report: dict[str, Any], console: Console) -> None:
        """Write what was asked for; without a file for the figures, show them."""
        if self.html is not None:
            from services.tools.load.report_page import render_page

            self.html.write_text(render_page(report), encoding="utf-8")
        text = json.dumps(report, ensure_ascii=False)
        if self.figures is None:
            console.print(_draw_table(report))
        elif str(self.figures) == "-":
            print(text)  # noqa: T201
        else:
            self.figures.write_text(text, encoding="utf-8")


async def _run(
    launch: LaunchContext,
    wish: LoadWish,
    target: LoadTarget,
    thresholds: list[Threshold],
    files: LoadFiles,
    pids: dict[str, int],
) -> int:
    from services.tools.load.load_run import run_load

    console = Console(stderr=True)
    earlier = files.read_earlier()

    async def run_with(operators: Operators) -> dict[str, Any]:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"), TimeElapsedColumn(),
            console=console,
        ) as progress:  # fmt: skip
            task = progress.add_task("preparing", told="")

            def tell(subject: str, done: int, whole: int) -> None:
                progress.update(task, description=subject, completed=done, total=whole, told=f"{done} of {whole}")

            return await run_load(wish, target, operators, tell, pids)

    report = await act_as_operators(launch, run_with, regions=())
    if earlier is not None:
        from services.tools.load.results import compare

        report["comparison"] = compare(earlier, report["figures"])
    report["thresholds"] = [one.judge(report["figures"]) for one in thresholds]
    files.write(report, Console())
    return 0 if all(row["is_met"] for row in report["thresholds"]) else NOT_MET


def _choose(kind: Any, text: str, hint: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise WrongValue.of_choice(hint, kind) from None


def _draw_table(report: dict[str, Any]) -> Table:
    figures = report["figures"]
    table = Table(title=f"{report['profile']} by {report['door']}: {figures['rate']:.1f} answers a second")
    table.add_column("ms")
    for name in figures["latency_ms"]:
        table.add_column(name, justify="right")
    for title, row in (("from the intended start", "latency_ms"), ("from the actual start", "service_ms")):
        table.add_row(title, *(f"{value:.1f}" for value in figures[row].values()))
    shown = ", ".join(f"{code} {count}" for code, count in figures["errors"].items()) or "none"
    table.caption = f"{figures['answered']} of {figures['intended']} answered; errors: {shown}"
    return table
