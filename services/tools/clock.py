"""``egov-bus clock``: show the bus's clock, stop it, move it, change its rate."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from services.tools.operators_calls import operators_call
from shared.contracts.local_time import KAZAKHSTAN

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
if TYPE_CHECKING:  # the commands import the client late: `egov-bus --help` needs none
    from shared.client.clock import ClockClient

ClockAction = Callable[["ClockClient"], Awaitable[Any]]

SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
SPAN = re.compile(r"(?:(\d+(?:\.\d+)?)([dhms]))+")
MODES = {"real": "the machine's own", "frozen": "it stands", "rate": "it goes by itself"}

clock = typer.Typer(
    no_args_is_help=True,
    help="The bus's one clock, as НУЦ keeps it: EGOV_NUC_URL, or port 8007 (and EGOV_PORT_OFFSET) here. "
    "A change needs EGOV_CLOCK=sandbox there, and the operator's token: EGOV_OPERATOR_TOKEN, or the file that "
    "is_nuc left in EGOV_DATA_DIR.",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.add_typer(clock, name="clock")


@clock.command()
def show(context: typer.Context, as_json: Json = False) -> None:
    """Show the bus's time and the mode of its clock."""
    _run_action(context, lambda desk: desk.get_clock(), as_json=as_json, is_operators=False)


@clock.command()
def freeze(
    context: typer.Context,
    at: Annotated[
        str | None,
        typer.Argument(
            metavar="AT", help="A future moment (ISO 8601; without a zone in Kazakhstan's time); by default now."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Stop the clock."""
    moment = read_moment(at) if at else None
    _run_action(context, lambda desk: desk.freeze(moment), as_json=as_json)


@clock.command()
def advance(
    context: typer.Context,
    by: Annotated[str, typer.Argument(metavar="SPAN", help="A span of time such as 3d4h, 90m, 1.5h or 30s.")],
    as_json: Json = False,
) -> None:
    """Move the clock ahead; its mode stays."""
    span = read_span(by)
    _run_action(context, lambda desk: desk.advance(span), as_json=as_json)


@clock.command()
def rate(
    context: typer.Context,
    n: Annotated[float, typer.Argument(metavar="N", help="Seconds of the bus in a second; at most 1000.")],
    as_json: Json = False,
) -> None:
    """Let the clock run faster or slower."""
    _run_action(context, lambda desk: desk.set_rate(n), as_json=as_json)


@clock.command()
def real(context: typer.Context, as_json: Json = False) -> None:
    """Return to the machine's time; refused while the bus is ahead of it."""
    _run_action(context, lambda desk: desk.set_real(), as_json=as_json)


def read_span(text: str) -> timedelta:
    """A span of time in the form 3d4h30m; WrongValue for anything else."""
    if not SPAN.fullmatch(text.strip()):
        raise WrongValue("SPAN", "span", typed=text)
    parts = re.findall(r"(\d+(?:\.\d+)?)([dhms])", text)
    return timedelta(seconds=sum(float(amount) * SECONDS[unit] for amount, unit in parts))


def read_moment(text: str) -> datetime:
    """A moment in ISO 8601; without a zone it is Kazakhstan's time. WrongValue for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongValue("AT", "moment", typed=text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=KAZAKHSTAN)


def _run_action(context: typer.Context, action: ClockAction, *, as_json: bool, is_operators: bool = True) -> None:
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_ask_clock(launch, action, as_json=as_json, is_operators=is_operators))


async def _ask_clock(launch: LaunchContext, action: ClockAction, *, as_json: bool, is_operators: bool) -> int:
    from shared.client.clock import ClockClient

    token = launch.operator_token("is_nuc") if is_operators else None
    async with ClockClient(launch.nuc_url, token=token) as desk:
        with operators_call("nuc-unavailable", launch.nuc_url):
            state = await action(desk)
    if as_json:
        print(json.dumps(state, ensure_ascii=False))  # noqa: T201
    else:
        Console().print(_state_table(state))
    return 0


def _state_table(state: dict[str, Any]) -> Table:
    table = Table(show_header=False, box=None)
    table.add_row("bus", _format_moment(state["now"]))
    table.add_row("machine", _format_moment(state["machine"]))
    table.add_row("clock", f"{state['mode']}: {MODES[state['mode']]}")
    if state["mode"] == "rate":
        table.add_row("rate", f"{state['rate']:g} seconds in a second")
    table.add_row("changeable", "yes, by the operator" if state["is_sandbox"] else "no: EGOV_CLOCK is not sandbox")
    return table


def _format_moment(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{at.astimezone(KAZAKHSTAN):%a %d.%m.%Y %H:%M:%S} (UTC+05:00)"
