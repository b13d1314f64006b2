"""The command line of ``egov-bus demo``."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.launcher.launch import LaunchContext


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
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
    from services.tools.demo.run import run_demo

    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(
        run_demo(
            launch.environment,
            once=once,
            as_json=as_json,
            against=against,
            patience=timedelta(seconds=patience),
            picture=picture,
        ),
        as_json=as_json,
    )
