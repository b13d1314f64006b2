"""The command line ``egov-bus compose-env``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.launcher.launch import error_console
from shared.bus.errors import BusError


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("compose-env")(compose_env)


def compose_env(path: Annotated[Path, typer.Argument()] = Path(".env")) -> None:
    """Write new accounts and secrets for docker-compose.yml into files that only you can read."""
    from services.tools.accounts.secret_files import write_secrets

    try:
        folder = write_secrets(path)
    except BusError as error:
        error_console.print(f"[red]{error.code}:[/] {error.message}")
        raise typer.Exit(1) from None
    Console().print(f"{path} and {folder}: new secrets for docker compose up")
