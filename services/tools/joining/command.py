"""The command lines ``egov-bus join`` and ``egov-bus leave``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from services.tools.joining import place_command, tenant_command
from services.tools.joining.broker_accounts import DeclaredBroker
from services.tools.joining.broker_choice import BrokerFile, find_broker
from services.tools.joining.operators_tokens import act_as_operators
from shared.contracts import addresses

DOORS = ("http", "amqp")

if TYPE_CHECKING:  # the commands import the client late: `egov-bus --help` needs none
    from shared.client.participants import Operators, ServicePlace

Name = Annotated[str, typer.Argument(help="The system's address: small letters, digits, hyphens.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AskedServices = Annotated[
    list[str] | None,
    typer.Option("--asks", metavar="SERVICE", help="A service that it may query; by default НР ИИН."),
]
ProvidedServices = Annotated[
    list[str] | None,
    typer.Option(
        "--provides",
        metavar="SERVICE[/REGION[/CHANNEL]]",
        help="A service that it provides from now on, in place of the passport's provider.",
    ),
]
TenantOption = Annotated[
    str | None,
    typer.Option("--tenant", metavar="NAME", help="Its team: it takes places in the cases of this team only."),
]
ReceivingDoor = Annotated[
    str, typer.Option("--door", help="How its messages come: http (a mailbox) or amqp (a queue of its own).")
]
BehindRegions = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="KZ-…", help="It stands behind the РШЭП of this region; only with amqp."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.command("join")(join)
    app.command("leave")(leave)
    app.add_typer(tenant_command.tenants, name="tenant")
    app.command("take-place")(place_command.take_place)
    app.command("return-place")(place_command.return_place)


@dataclass(frozen=True)
class JoinOptions:
    """The options of ``join``."""

    name: str
    title: str
    bin: str | None
    oid: str | None
    asks: list[str]
    provides: list[ServicePlace]
    in_place_of: list[str]
    is_strict: bool
    regions: list[str]
    has_queue: bool
    tenant: str | None
    algorithm: str
    out: Path
    replaces: bool
    as_json: bool


def join(
    context: typer.Context,
    name: Name,
    title: Annotated[str, typer.Option("--title", help="The system's title; by default its address.")] = "",
    bin_: Annotated[str | None, typer.Option("--bin", metavar="БИН", help="БИН of its owner.")] = None,
    oid: Annotated[str | None, typer.Option("--oid", help="Its object identifier, as 1.2.398.5.19.1.")] = None,
    asks: AskedServices = None,
    provides: ProvidedServices = None,
    in_place_of: Annotated[
        list[str] | None,
        typer.Option("--in-place-of", metavar="SYSTEM", help="It provides all services of this system."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="The doors refuse what departs from their contract.")
    ] = False,
    door: ReceivingDoor = "http",
    region: BehindRegions = None,
    tenant: TenantOption = None,
    broker_file: BrokerFile = None,
    algorithm: Annotated[str, typer.Option("--algorithm", help="rsa (2048 bits) or ec (P-256).")] = "rsa",
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder for the files.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    as_json: Json = False,
) -> None:
    """Let a system of yours come to the bus: a key, a certificate, a token, and the first call as one line.

    The country runs on this machine (EGOV_PORT_OFFSET, EGOV_NUC_URL). Needs the tokens of the operators of ШЭП and
    НУЦ, in the files that both left in EGOV_DATA_DIR.
    """
    if algorithm not in ("rsa", "ec"):
        raise WrongValue.of_choice("--algorithm", ("rsa", "ec"))
    _check_door(door, region or ())
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    lists = (asks or [], [_read_place(text) for text in provides or ()], in_place_of or [])
    doors = (strict, region or [], door == "amqp")
    options = JoinOptions(name, title or name, bin_, oid, *lists, *doors, tenant, algorithm, out, force, as_json)
    launch.run_to_end(_join(launch, options, broker_file))


def leave(context: typer.Context, name: Name, broker_file: BrokerFile = None, as_json: Json = False) -> None:
    """Throw away a system that joined: rights, routes, mail, account at RabbitMQ; its certificates are revoked.
    This is final.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_leave(launch, name, broker_file, as_json=as_json))


async def _join(launch: LaunchContext, options: JoinOptions, broker_file: Path | None) -> int:
    import asyncio
    import secrets

    from services.tools.joining import next_steps, participant_files
    from shared.client.participants import JoiningOrder
    from shared.contracts.registers import PERSON_SERVICE
    from shared.pki.certificates import keys

    paths = participant_files.plan_files(
        options.out, options.name, has_queue=options.has_queue, replaces=options.replaces
    )
    new_key: Callable[[], keys.PrivateKey] = keys.new_rsa_key if options.algorithm == "rsa" else keys.new_ec_key
    key = await asyncio.to_thread(new_key)
    asks = options.asks or list(next_steps.FIRST_SERVICES)

    async def join_as_operator(operators: Operators) -> Any:
        places = list(options.provides)
        for system in options.in_place_of:
            places += await operators.find_places(system)
        order = JoiningOrder(
            options.name, options.title, options.bin, options.oid, asks, places, options.is_strict,
            options.has_queue, options.tenant, options.regions,
        )  # fmt: skip
        return await operators.join(order, key)

    broker = find_broker(launch, broker_file, options.out)
    joined = await act_as_operators(launch, join_as_operator, broker, options.regions)
    password = secrets.token_urlsafe(18)
    await asyncio.to_thread(participant_files.write_files, paths, joined, password)
    gateway_url, iin = launch.instance_url("shep_gateway"), next_steps.choose_person(*launch.population_parameters)
    may_ask = PERSON_SERVICE in asks
    first_call = next_steps.compose_first_call(gateway_url, joined.token, iin) if may_ask else None
    definitions = broker.definitions_of(options.name) if isinstance(broker, DeclaredBroker) else None
    report = next_steps.JoiningReport(joined, password, paths, gateway_url, first_call, definitions)
    if options.as_json:
        print(json.dumps(report.compose_facts(), ensure_ascii=False))  # noqa: T201
    else:
        report.print_to(Console())
    return 0


async def _leave(launch: LaunchContext, name: str, broker_file: Path | None, *, as_json: bool) -> int:
    broker = find_broker(launch, broker_file, Path())
    left = await act_as_operators(launch, lambda operators: operators.leave(name), broker)
    if as_json:
        print(json.dumps({"address": name}))  # noqa: T201
        return 0
    lines = [f"{name} is gone; its files open nothing any more"]
    if isinstance(broker, DeclaredBroker):
        lines += broker.describe_closing([left])
    for line in lines:
        Console().print(line, soft_wrap=True, markup=False, highlight=False)
    return 0


def _check_door(door: str, regions: Sequence[str]) -> None:
    if door not in DOORS:
        raise WrongValue.of_choice("--door", DOORS)
    if regions and (door != "amqp" or not set(regions) <= set(addresses.REGIONS)):
        raise WrongValue("--region", "region", choices=", ".join(addresses.REGIONS))


def _read_place(text: str) -> ServicePlace:
    from shared.client.participants import ServicePlace

    service, region, channel, *more = (*text.split("/"), "", "")
    if not service or any(more):
        raise WrongValue("--provides", "place", typed=text)
    return ServicePlace(service, region or None, channel or None)
