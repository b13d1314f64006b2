"""The command line of ``egov-bus demo``."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.launcher.commands.typed_language import LanguageOption
from services.launcher.launch import LaunchContext
from shared.bus.errors import NotFound


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
    claim: Annotated[
        Path | None,
        typer.Option(
            "--claim",
            metavar="FILE",
            help="The token of a participant (NAME.token of `join`), to whose tenant the case belongs.",
        ),
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Start the whole country, submit an application as a citizen and show each step as it happens."""
    from services.tools.demo.run import DemoOptions, run_demo

    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    token = None if claim is None else read_token(claim)
    options = DemoOptions(once, as_json, against, timedelta(seconds=patience), picture, token)
    launch.run_to_end(run_demo(launch, options), as_json=as_json)


def read_token(file: Path) -> str:
    """The token in a file; NotFound ``file-unreadable``."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise NotFound("file-unreadable", f"{file}: {error}") from None
