"""The command lines ``egov-bus compose-env``, ``broker-account`` and ``server-certificate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.launcher.launch import LaunchContext
from shared.bus.clocks.clock import SystemClock


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.command("compose-env")(compose_env)
    app.command("broker-account")(broker_account)
    app.command("server-certificate")(server_certificate)


def compose_env(
    path: Annotated[Path, typer.Argument(help="The file for docker compose.")] = Path(".env"),
    tls: Annotated[
        bool, typer.Option("--tls", help="TLS to RabbitMQ and PostgreSQL, by certificates of НУЦ.")
    ] = False,
) -> None:
    """Write new accounts and secrets for docker-compose.yml into files that only you can read."""
    from services.tools.accounts.secret_files import write_secrets

    folder = write_secrets(path, SystemClock().now() if tls else None)
    Console().print(f"{path} and {folder}: new secrets for docker compose up")


def broker_account(
    address: Annotated[str, typer.Argument(help="The system's address on the bus.")],
    folder: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")] = Path("secrets"),
    regional: Annotated[bool, typer.Option("--regional", help="It is behind the gateway of a region.")] = False,
) -> None:
    """Make an account at RabbitMQ for one more system, beside those that compose-env made."""
    from services.tools.accounts.secret_files import write_joining_account

    url, definitions = write_joining_account(address, folder, is_regional=regional)
    Console().print(f"{url}: for the system; {definitions}: for rabbitmqctl import_definitions")


def server_certificate(
    context: typer.Context,
    hosts: Annotated[list[str], typer.Argument(metavar="HOST...", help="Names and IP addresses of the server.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")] = Path("tls"),
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Certify RabbitMQ or PostgreSQL by НУЦ's keys in the data directory: server.key, server.crt, root.crt."""
    from services.tools.accounts.server_tls import AuthorityFiles, write_server_certificate

    launch: LaunchContext = context.obj
    authority = AuthorityFiles.read(launch.data_dir / "is_nuc")
    end = write_server_certificate(authority, hosts, out, SystemClock().now(), replaces=force)
    Console().print(f"{out}: a certificate for {', '.join(hosts)} until {end:%Y-%m-%d}")
