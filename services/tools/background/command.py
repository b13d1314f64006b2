"""The command lines ``egov-bus up``, ``status``, ``open``, ``logs``, ``down`` and ``reset``."""

from __future__ import annotations

from typing import Annotated

import typer

from services.launcher.commands.error_report import report_errors
from services.launcher.commands.system_names import check_systems, complete_systems
from services.launcher.launch import LaunchContext
from services.tools.background import places

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Patience = Annotated[float, typer.Option("--patience", metavar="SECONDS", min=0, help="How long to wait at most.")]


def _complete_pages(incomplete: str) -> list[str]:
    return [name for name in places.PAGES if name.startswith(incomplete)]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.command("up")(start_country)
    app.command("status")(show_status)
    app.command("open")(open_page)
    app.command("logs")(show_log)
    app.command("down")(stop_country)
    app.command("reset")(reset_country)


def start_country(
    context: typer.Context,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until every system is ready.")] = True,
    patience: Patience = 120.0,
    processes: Annotated[
        bool,
        typer.Option(
            "--processes", help="A process for each system, over the RabbitMQ of AMQP_URL, or one of its own."
        ),
    ] = False,
    countries: Annotated[
        bool,
        typer.Option("--countries", help="Keep a further country ready, for tests that ask ШЭП for one."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start the country in the background, wait until it is ready, and tell its addresses and tokens.

    Its data lie in EGOV_DATA_DIR. Without EGOV_PORT_OFFSET all ports move until they are free. A country that runs
    with the folder already is told as it is.
    """
    from services.tools.background.starting import run_up

    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    wishes = {"--processes": processes, "--countries": countries}
    options = tuple(option for option, is_wished in wishes.items() if is_wished)
    launch.run_to_end(
        run_up(launch, patience if wait else None, options=options, as_json=as_json), as_json=as_json
    )


def show_status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show which systems of the country run, and where; the exit code is 1 unless all are ready."""
    from services.tools.background.states import run_status

    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(run_status(launch, as_json=as_json), as_json=as_json)


def open_page(
    context: typer.Context,
    page: Annotated[
        str, typer.Argument(metavar="[PAGE]", autocompletion=_complete_pages, help="By default the start page.")
    ] = places.START,
    only_print: Annotated[bool, typer.Option("--print", help="Print the address; open no browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open a page of the country in the browser, and print its address."""
    from services.tools.background.browsing import run_open

    launch: LaunchContext = context.obj
    with report_errors(launch.language, as_json=as_json):
        run_open(launch, page, opens=not (only_print or as_json), as_json=as_json)


def show_log(
    context: typer.Context,
    system: Annotated[
        str | None,
        typer.Argument(metavar="[SYSTEM]", autocompletion=complete_systems, help="The lines of one system only."),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written next.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of the past.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="The lines as they were written.")] = False,
) -> None:
    """Show the log of a country that ``up`` started."""
    from services.tools.background.log_lines import run_logs

    launch: LaunchContext = context.obj
    with report_errors(launch.language):
        check_systems([system] if system else ())
        run_logs(launch, system, lines, follows=follow, as_json=as_json)


def stop_country(context: typer.Context, patience: Patience = 30.0, as_json: AsJson = False) -> None:
    """Stop the country that runs with the data folder; its data stay."""
    from services.tools.background.stopping import run_down

    launch: LaunchContext = context.obj
    with report_errors(launch.language, as_json=as_json):
        run_down(launch, patience, as_json=as_json)


def reset_country(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    seeded: Annotated[
        bool,
        typer.Option("--seeded", help="Delete nothing else: go on as the country was before anybody used it."),
    ] = False,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """Stop the country and delete all its data: people's accounts, cases, keys. This is final.

    With --seeded a running country goes back to the state in which it was made, within a second: its addresses,
    tokens, people and employees stay, everything that was done is gone.
    """
    from services.tools.background.stopping import run_going_back, run_reset

    launch: LaunchContext = context.obj
    if seeded:
        launch.prepare_logs("WARNING")
        launch.run_to_end(run_going_back(launch, as_json=as_json), as_json=as_json)
    with report_errors(launch.language, as_json=as_json):
        run_reset(launch, patience, asks=not yes, as_json=as_json)
