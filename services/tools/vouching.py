"""``egov-bus vouching``: the systems that may vouch at НУЦ, the certificates they vouched for, and their
revocation.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from services.tools.operators_calls import operators_call
from shared.contracts.local_time import KAZAKHSTAN

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
System = Annotated[str, typer.Argument(help="The system's address on the bus.")]
Office = Annotated[str, typer.Argument(help="The code of the office, such as kz-yuz.employment.15.")]
if TYPE_CHECKING:  # the commands import the client late: `egov-bus --help` needs none
    from shared.client.operator import OperatorClient

OperatorAction = Callable[["OperatorClient"], Awaitable[Any]]

vouching = typer.Typer(
    no_args_is_help=True,
    help="The systems that vouch for employees at НУЦ: EGOV_NUC_URL, or port 8007 on this machine. Needs НУЦ's "
    "operator's token: EGOV_OPERATOR_TOKEN, or the file that is_nuc left in EGOV_DATA_DIR.",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.add_typer(vouching, name="vouching")


@vouching.command("list")
def list_certificates(
    context: typer.Context,
    system: System,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 100,
    before: Annotated[
        str | None, typer.Option("--before", metavar="AT", help="Only what was issued before this moment.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the certificates of employees for whom a system vouched, the latest first."""
    path, filters = (
        f"/api/v1/systems/{system}/vouched",
        {"limit": limit, "before": _read_moment("--before", before)},
    )
    _run_action(context, lambda nuc: nuc.get(path, **filters), as_json=as_json)


@vouching.command("revoke")
def revoke_certificates(
    context: typer.Context,
    system: System,
    reason: Annotated[str, typer.Option("--reason", help="As in RFC 5280.")] = "keyCompromise",
    since: Annotated[
        str | None, typer.Option("--since", metavar="AT", help="Spare what was issued before this moment.")
    ] = None,
    and_own: Annotated[bool, typer.Option("--and-own", help="The system's own certificates too.")] = False,
    as_json: Json = False,
) -> None:
    """Revoke every certificate for which a system vouched. This is final."""
    path = f"/api/v1/systems/{system}/vouched/revocation"
    body = {"reason": reason, "issued_since": _read_moment("--since", since), "and_own": and_own}
    _run_action(context, lambda nuc: nuc.post(path, body), as_json=as_json)


@vouching.command("allow")
def allow_system(context: typer.Context, office: Office, system: System, as_json: Json = False) -> None:
    """Let a system vouch for the employees of one more office."""
    _change_systems(context, "PUT", office, system, as_json=as_json)


@vouching.command("forbid")
def forbid_system(context: typer.Context, office: Office, system: System, as_json: Json = False) -> None:
    """Take back what "allow" gave."""
    _change_systems(context, "DELETE", office, system, as_json=as_json)


def _change_systems(context: typer.Context, method: str, office: str, system: str, *, as_json: bool) -> None:
    path = f"/api/v1/organisations/{office}/systems/{system}"

    async def change_systems(nuc: OperatorClient) -> Any:
        return (await nuc.call(method, path)).json()

    _run_action(context, change_systems, as_json=as_json)


def _read_moment(option: str, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongValue(option, "moment", typed=text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=KAZAKHSTAN)).isoformat()


def _run_action(context: typer.Context, action: OperatorAction, *, as_json: bool) -> None:
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_ask_centre(launch, action, as_json=as_json))


async def _ask_centre(launch: LaunchContext, action: OperatorAction, *, as_json: bool) -> int:
    from shared.client.operator import OperatorClient

    async with OperatorClient(launch.nuc_url, token=launch.operator_token("is_nuc")) as nuc:
        with operators_call("nuc-unavailable", launch.nuc_url):
            answer = await action(nuc)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))  # noqa: T201
    else:
        Console().print(_make_table(answer))
    return 0


def _make_table(answer: Any) -> Table:
    if isinstance(answer, list):
        names = ("thumbprint", "kind", "status", "not_before", "revoked_at")
        table = Table(*names, box=None)
        for row in answer:
            table.add_row(*(str(row[name] or "") for name in names))
        return table
    table = Table(show_header=False, box=None)
    for name, value in answer.items():
        table.add_row(name, ", ".join(value) if isinstance(value, list) else str(value))
    return table
