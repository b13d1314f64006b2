"""The command line of ``egov-bus trigger``."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from services.launcher.launch import LaunchContext
from services.tools.operators_calls import operators_call


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("trigger")(trigger)


def trigger(
    context: typer.Context,
    event: Annotated[
        str,
        typer.Argument(
            help="granted, refused, extended, late, never, status, payment, payment-rejected; of the next message "
            "not-delivered, delivered-late, delivered-twice, handler-fails."
        ),
    ],
    case: Annotated[str, typer.Option(help="The id of the case.")],
    after: Annotated[float | None, typer.Option(metavar="SECONDS", help="When; at once if not given.")] = None,
    polls: Annotated[int | None, typer.Option(help="When the state was asked so often.")] = None,
    reason: Annotated[str | None, typer.Option(help="Of a refusal, an extension or a status.")] = None,
    refusal: Annotated[
        str | None, typer.Option(metavar="CODE", help="untrue, incomplete, …: a reason in three languages.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="CODE", help="Of the event status: in-work, executed, …")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an event happen to a case, through the real messages of the systems concerned."""
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    order = {
        "event": event,
        "case": case,
        "after": after,
        "polls": polls,
        "reason": reason,
        "refusal": refusal,
        "status": status,
    }
    launch.run_to_end(_trigger(launch, order, as_json=as_json), as_json=as_json)


async def _trigger(launch: LaunchContext, order: dict[str, Any], *, as_json: bool) -> int:
    from shared.client import OperatorClient

    url = launch.instance_url("shep_gateway")
    async with OperatorClient(url, token=launch.operator_token("shep_gateway")) as desk:
        with operators_call("gateway-unavailable", url):
            rule = await desk.post("/api/v1/sandbox/triggers", order)
    print(json.dumps(rule, ensure_ascii=False) if as_json else rule["id"])  # noqa: T201
    return 0
