"""The launcher's commands. The only file that reads the environment."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.catalog import INSTANCES, ServiceInstance, find_instance
from services.launcher.gc_tuning import freeze_survivors
from services.launcher.launch import LaunchContext, error_console, until_signal
from services.launcher.settings import SettingsError, check_all, settings_for
from services.tools import bpmn, clock, coverage, monitor, regulation_pages, vouching
from services.tools.accounts import command as accounts
from services.tools.joining import command as joining
from services.tools.ncalayer import command as ncalayer
from services.tools.publishing import command as publishing
from services.tools.signing import command as signing
from services.tools.simulation import command as simulation
from shared.bus import logs
from shared.bus.runtime.supervised_tasks import wait_for_first

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Kazakhstan's e-government integration bus, whole, on your own machine.",
)


def _read_environment() -> dict[str, str]:
    return dict(os.environ)  # noqa: TID251 - the launcher is where the environment is read


def _list_instances(is_requested: bool) -> None:
    if not is_requested:
        return
    table = Table("instance", "port", "address on the bus", "system")
    try:
        ports = {one.name: settings_for(one, _read_environment(), is_alone=False).port for one in INSTANCES}
    except SettingsError as fault:
        error_console.print(f"[red]settings:[/] {escape(str(fault))}")
        raise typer.Exit(2) from None
    for instance in INSTANCES:
        title = instance.load_service().title["ru"]
        table.add_row(instance.name, str(ports[instance.name]), instance.address or "—", title)
    Console().print(table)
    raise typer.Exit


def _check_settings(is_requested: bool) -> None:
    if not is_requested:
        return
    problems = check_all(_read_environment())
    for problem in problems:
        error_console.print(f"[red]✗[/] {escape(problem)}")
    if not problems:
        Console().print(f"settings of {len(INSTANCES)} instances: in order")
    raise typer.Exit(2 if problems else 0)


@app.callback()
def launcher(
    context: typer.Context,
    list_: Annotated[
        bool, typer.Option("--list", callback=_list_instances, is_eager=True, help="List every system.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", callback=_check_settings, is_eager=True, help="Check all settings; start nothing."
        ),
    ] = False,
) -> None:
    """Run one system, all of them in one process, the demo, or a tool."""
    context.obj = LaunchContext(_read_environment())


@app.command("all")
def run_all(
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="SYSTEM", help="Leave the place of this system free, for one of yours."),
    ] = None,
) -> None:
    """Run every system in this one process; embedded carrier and SQLite unless AMQP_URL and DATABASE_URL say
    otherwise."""
    left_out = set(without or ())
    if unknown := sorted(left_out - {instance.name for instance in INSTANCES}):
        raise typer.BadParameter(f"no such system: {', '.join(unknown)}", param_hint="--without")
    launch = LaunchContext(_read_environment())
    launch.prepare_logs("INFO")
    instances = tuple(instance for instance in INSTANCES if instance.name not in left_out)
    launch.run_to_end(_serve_instances(launch, instances, is_alone=False))


async def _serve_instances(
    launch: LaunchContext, instances: tuple[ServiceInstance, ...], *, is_alone: bool
) -> int:
    from services.launcher.country import Deployment  # imported late: the tools start no systems

    deployment = Deployment(
        [(instance, settings_for(instance, launch.environment, is_alone=is_alone)) for instance in instances]
    )
    try:
        await deployment.start(
            lambda name: logs.log("instance.ready", instance=name, url=deployment.instance_url(name))
        )
        freeze_survivors()
        await wait_for_first([until_signal(), deployment.broken.wait()])
    finally:
        await deployment.stop()
    return 1 if deployment.broken.is_set() else 0


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
    ] = 60.0,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Save what is seen at the end as an SVG.")
    ] = None,
) -> None:
    """Start the whole country, submit an application as a citizen and show each step as it happens."""
    from services.tools import demo as the_demo

    launch = LaunchContext(_read_environment())
    launch.prepare_logs("WARNING")
    launch.run_to_end(
        the_demo.run_demo(
            launch.environment,
            once=once,
            as_json=as_json,
            against=against,
            patience=timedelta(seconds=patience),
            picture=picture,
        )
    )


@app.command()
def regulations(
    as_json: Annotated[bool, typer.Option("--json", help="All passports in their public form.")] = False,
) -> None:
    """Show the regulations that this bus executes."""
    from shared.regulations.loader import load_passports
    from shared.regulations.public import public_form

    passports = load_passports()
    if as_json:
        print(json.dumps([public_form(passport) for passport in passports], ensure_ascii=False))  # noqa: T201
        return
    table = Table("id", "service", "channels", "title")
    for passport in passports:
        table.add_row(passport.id, passport.service_type, " ".join(passport.channels.accept), passport.title.ru)
    Console().print(table)


def _add_instance(instance: ServiceInstance) -> None:
    def run_instance() -> None:
        launch = LaunchContext(_read_environment())
        launch.prepare_logs("INFO")
        known_instance = find_instance(instance.name)
        assert known_instance is not None  # noqa: S101 - it is being added
        launch.run_to_end(_serve_instances(launch, (known_instance,), is_alone=True))

    run_instance.__doc__ = f"Run {instance.name} alone in this process."
    app.command(instance.name)(run_instance)


for _instance in INSTANCES:
    _add_instance(_instance)

for _tool in (
    accounts, bpmn, clock, coverage, joining, monitor, ncalayer, publishing, regulation_pages, signing,
    simulation, vouching,
):  # fmt: skip
    _tool.add_to(app)
