"""The launcher's commands. The only file that reads the environment."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.catalog import INSTANCES, Instance, find
from services.launcher.country import Country
from services.launcher.gc_tuning import freeze_what_stays
from services.launcher.launch import Launch, err, until_signal
from services.launcher.settings import check_all, settings_for
from services.tools import bpmn, clock, monitor
from services.tools import demo as the_demo
from services.tools.ncalayer import command as ncalayer
from services.tools.signing import command as signing
from services.tools.simulation import command as simulation
from shared.bus import logs
from shared.bus.errors import BusError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Kazakhstan's e-government integration bus, whole, on your own machine.",
)


def _environment() -> dict[str, str]:
    return dict(os.environ)  # noqa: TID251 - the launcher is where the environment is read


def _list(wanted: bool) -> None:
    if not wanted:
        return
    table = Table("instance", "port", "address on the bus", "system")
    for instance in INSTANCES:
        title = instance.load().title["ru"]
        table.add_row(instance.name, str(instance.port), instance.address or "—", title)
    Console().print(table)
    raise typer.Exit


def _check(wanted: bool) -> None:
    if not wanted:
        return
    problems = check_all(_environment())
    for problem in problems:
        err.print(f"[red]✗[/] {problem}")
    if not problems:
        Console().print(f"settings of {len(INSTANCES)} instances: in order")
    raise typer.Exit(2 if problems else 0)


@app.callback()
def launcher(
    context: typer.Context,
    list_: Annotated[
        bool, typer.Option("--list", callback=_list, is_eager=True, help="List every system.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", callback=_check, is_eager=True, help="Check all settings; start nothing.")
    ] = False,
) -> None:
    """Run one system, all of them in one process, the demo, or a tool."""
    context.obj = Launch(_environment())


@app.command("all")
def run_all() -> None:
    """Run every system in this one process; embedded carrier and SQLite unless AMQP_URL and DATABASE_URL say
    otherwise."""
    launch = Launch(_environment())
    launch.prepare("INFO")
    launch.run(_serve(launch, INSTANCES))


async def _serve(launch: Launch, instances: tuple[Instance, ...]) -> int:
    is_alone = len(instances) == 1
    country = Country([(one, settings_for(one, launch.environment, is_alone=is_alone)) for one in instances])
    try:
        await country.start(lambda name: logs.log("instance.ready", instance=name, url=country.url(name)))
        freeze_what_stays()
        await until_signal()
    finally:
        await country.stop()
    return 0


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the first completed application.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the story as JSON instead of a picture.")] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Use a portal that runs already (with EGOV_NUC_URL) instead of starting one."
        ),
    ] = None,
    patience: Annotated[
        float, typer.Option("--patience", metavar="SECONDS", min=0, help="How long to wait for the result.")
    ] = the_demo.PATIENCE.total_seconds(),
) -> None:
    """Start the whole country, submit an application as a citizen and show each step as it happens."""
    launch = Launch(_environment())
    launch.prepare("WARNING")
    limit = timedelta(seconds=patience)
    launch.run(the_demo.run(launch.environment, once=once, as_json=as_json, against=against, patience=limit))


@app.command()
def regulations(
    as_json: Annotated[bool, typer.Option("--json", help="All passports in their public form.")] = False,
) -> None:
    """Show the regulations that this bus executes."""
    from shared.regulations.loader import load_passports
    from shared.regulations.public import public_form

    passports = load_passports()
    if as_json:
        print(json.dumps([public_form(one) for one in passports], ensure_ascii=False))  # noqa: T201
        return
    table = Table("id", "service", "channels", "title")
    for one in passports:
        table.add_row(one.id, one.service_type, " ".join(one.channels.accept), one.title.ru)
    Console().print(table)


@app.command("compose-env")
def compose_env(path: Annotated[Path, typer.Argument()] = Path(".env")) -> None:
    """Write the secrets that docker-compose.yml asks for, new ones, into a file that only you can read."""
    from services.tools.compose_env import write

    try:
        write(path)
    except BusError as error:
        err.print(f"[red]{error.code}:[/] {error.message}")
        raise typer.Exit(1) from None
    Console().print(f"{path}: new secrets for docker compose up")


def _add_instance(instance: Instance) -> None:
    def run() -> None:
        launch = Launch(_environment())
        launch.prepare("INFO")
        found = find(instance.name)
        assert found is not None  # noqa: S101 - it is being added
        launch.run(_serve(launch, (found,)))

    run.__doc__ = f"Run {instance.name} alone in this process."
    app.command(instance.name)(run)


for _instance in INSTANCES:
    _add_instance(_instance)

for _tool in (bpmn, clock, monitor, ncalayer, signing, simulation):
    _tool.add_to(app)
