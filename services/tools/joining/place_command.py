"""The command lines ``egov-bus take-place`` and ``egov-bus return-place``: a whole system of the bus, by yours."""

from __future__ import annotations

import asyncio
import json
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.catalog import INSTANCES, ServiceInstance
from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from services.tools.joining.broker_choice import BrokerFile, find_broker
from services.tools.joining.operators_tokens import act_as_operators
from shared.bus.carriers.topology import own_exchange
from shared.contracts import addresses

System = Annotated[str, typer.Argument(help="The system of the bus, as `egov-bus --list` names it: rshep_yuz.")]
Folder = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder for the files.")]
NOT_FREE = (None, addresses.GATEWAY, addresses.NUC)
"""The systems that let others in: without them nobody could."""


def take_place(
    context: typer.Context,
    system: System,
    broker_file: BrokerFile = None,
    out: Folder = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Give a system of yours the address of a system of the bus: a key, a certificate, an account at RabbitMQ.

    Start the country with AMQP_URL and without that system (`egov-bus all --without SYSTEM`). Yours takes its
    queue, its rights and its routes, and speaks the protocol of the bus: a РШЭП too.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_take_place(launch, _find_system(system), out, broker_file, (force, as_json)))


def return_place(
    context: typer.Context, system: System, broker_file: BrokerFile = None, out: Folder = Path()
) -> None:
    """Take the address back: the certificate in the files of `take-place` is revoked, the user removed."""
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_return_place(launch, _find_system(system), out, broker_file))


async def _take_place(
    launch: LaunchContext,
    instance: ServiceInstance,
    out: Path,
    broker_file: Path | None,
    options: tuple[bool, bool],
) -> int:
    from services.tools.joining import participant_files
    from shared.pki.certificates import keys

    address, (replaces, as_json) = str(instance.address), options
    paths = participant_files.plan_files(out, address, has_queue=True, has_token=False, replaces=replaces)
    key, password = await asyncio.to_thread(keys.new_rsa_key), secrets.token_urlsafe(18)
    taken = await act_as_operators(
        launch,
        lambda operators: operators.take_place(address, key, is_regional=address in addresses.REGIONAL),
        find_broker(launch, broker_file, out),
        (),
    )
    await asyncio.to_thread(participant_files.write_files, paths, taken, password)
    facts = {
        "address": address,
        "password": password,
        "files": {name: str(path) for name, path in paths.items()},
        "amqp_url": taken.amqp_url,
        "queue": address,
        "exchange": own_exchange(address),
    }
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))  # noqa: T201
        return 0
    lines = [f"{address}: the place is yours. Passwords are shown only here."]
    lines += [f"  {name:<10} {facts[name]}" for name in ("password", "amqp_url", "queue", "exchange")]
    lines += [f"  {name:<10} {path}" for name, path in paths.items()]
    for line in lines:
        Console().print(line, soft_wrap=True, markup=False, highlight=False)
    return 0


async def _return_place(
    launch: LaunchContext, instance: ServiceInstance, out: Path, broker_file: Path | None
) -> int:
    from services.tools.joining import participant_files

    address = str(instance.address)
    certificate = participant_files.read_certificate(out, address)
    broker = find_broker(launch, broker_file, out)
    await act_as_operators(launch, lambda operators: operators.return_place(address, certificate), broker, ())
    Console().print(f"{address}: the place is free again")
    return 0


def _find_system(name: str) -> ServiceInstance:
    places = {instance.name: instance for instance in INSTANCES if instance.address not in NOT_FREE}
    if name not in places:
        raise WrongValue("SYSTEM", "system-place", typed=name, choices=", ".join(places))
    return places[name]
