"""The command line ``egov-bus tenant``: the teams that share an installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from services.launcher.launch import LaunchContext
from services.tools.joining.broker_accounts import DeclaredBroker
from services.tools.joining.broker_choice import BrokerFile, find_broker
from services.tools.joining.operators_tokens import act_as_operators

tenants = typer.Typer(no_args_is_help=True, help="The teams that share this installation.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@tenants.command("list")
def list_tenants(context: typer.Context, as_json: Json = False) -> None:
    """The tenants with their systems."""
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_list_tenants(launch, as_json=as_json))


@tenants.command("drop")
def drop_tenant(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The tenant, as `join --tenant` named it.")],
    broker_file: BrokerFile = None,
    as_json: Json = False,
) -> None:
    """Throw away all systems of a tenant, as `leave` does with one. This is final."""
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_drop_tenant(launch, name, broker_file, as_json=as_json))


async def _list_tenants(launch: LaunchContext, *, as_json: bool) -> int:
    rows = await act_as_operators(
        launch, lambda operators: operators.gateway.list_all("/api/v1/participants"), None, ()
    )
    systems: dict[str, list[str]] = {}
    for row in rows:
        if row["tenant"] is not None:
            systems.setdefault(row["tenant"], []).append(row["address"])
    _print(
        systems,
        [f"{tenant}: {', '.join(members)}" for tenant, members in sorted(systems.items())],
        as_json=as_json,
    )
    return 0


async def _drop_tenant(launch: LaunchContext, name: str, broker_file: Path | None, *, as_json: bool) -> int:
    broker = find_broker(launch, broker_file, Path())
    left = await act_as_operators(launch, lambda operators: operators.drop_tenant(name), broker)
    systems = [str(participant["address"]) for participant in left]
    closing = broker.describe_closing(left) if isinstance(broker, DeclaredBroker) else []
    lines = [f"{name} is gone, with {', '.join(systems)}", *closing]
    _print({"tenant": name, "systems": systems, "by_hand": closing}, lines, as_json=as_json)
    return 0


def _print(facts: Any, lines: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))  # noqa: T201
        return
    for line in lines:
        Console().print(line, soft_wrap=True, markup=False, highlight=False)
