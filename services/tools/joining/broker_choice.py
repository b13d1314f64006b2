"""Which broker a command means: one of ours, with its management API, or one of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.launcher.launch import LaunchContext, read_password
from services.tools.joining.broker_accounts import DeclaredBroker, ManagedBroker

BROKER_ADMIN = "EGOV_BROKER_ADMIN"
COMPOSE_URL = "amqp://rabbitmq:5672/"
"""The broker as docker-compose.yml has it, where no variable names another."""
BrokerFile = Annotated[
    Path | None,
    typer.Option(
        "--broker-file",
        metavar="FILE",
        help=f"A file whose first line is the management API of RabbitMQ with its password; else {BROKER_ADMIN}.",
    ),
]


def find_broker(launch: LaunchContext, file: Path | None, folder: Path) -> ManagedBroker | DeclaredBroker:
    """The broker of ours where its management API is given, else one whose operator imports definitions."""
    url = read_password(file).strip() if file is not None else launch.environment.get(BROKER_ADMIN)
    amqp_url = launch.environment.get("AMQP_URL")
    return ManagedBroker(url, amqp_url) if url else DeclaredBroker(folder, amqp_url or COMPOSE_URL)
