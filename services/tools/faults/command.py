"""The command line of ``egov-bus fault``."""

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
from services.tools.clock import read_moment, read_span
from services.tools.faults.rule_words import describe_effect, describe_scope
from services.tools.operators_calls import operators_call

if TYPE_CHECKING:
    from shared.client import OperatorClient

PATH = "/api/v1/sandbox"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CallAction = Callable[["OperatorClient"], Awaitable[Any]]

fault = typer.Typer(
    no_args_is_help=True,
    help="Faults of the country by rules: down, slow, drop, duplicate, reorder, corrupt, poison, wrong-answer, "
    "half-body, broker, pki, conduct. Needs the operator's token of ШЭП: EGOV_OPERATOR_TOKEN, or its file in "
    "EGOV_DATA_DIR.",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.add_typer(fault, name="fault")


@fault.command("list")
def list_faults(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the rules that are set, in the order in which they apply, and how often each did something."""

    async def call(desk: OperatorClient) -> Any:
        return await desk.list_all(f"{PATH}/faults")

    _run(context, call, _draw_rules, as_json=as_json)


@fault.command("add")
def add_fault(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="What happens: down, slow, drop, duplicate, reorder, corrupt, …")],
    system: Annotated[str | None, typer.Option(help="A name of egov-bus --list.")] = None,
    service: Annotated[str | None, typer.Option(help="A service or a regulation, as KZ-YUZ.3.")] = None,
    region: Annotated[str | None, typer.Option(help="As KZ-ATY.")] = None,
    message_type: Annotated[
        str | None, typer.Option("--type", help="REQUEST, UPDATE, NOTIFICATION or RESPONSE.")
    ] = None,
    step: Annotated[str | None, typer.Option(help="The step that a message names, as t5.")] = None,
    place: Annotated[str | None, typer.Option(help="inbox, outbox or http.")] = None,
    door: Annotated[str | None, typer.Option(help="rest, soap, pages, or http for all of them.")] = None,
    path: Annotated[str | None, typer.Option(help="The beginning of the path of requests.")] = None,
    iin: Annotated[str | None, typer.Option(help="One person.")] = None,
    share: Annotated[float, typer.Option(help="Percent of people: for a seed the same people.")] = 100.0,
    occasions: Annotated[int, typer.Option(help="Percent of occasions, evenly spread.")] = 100,
    seed: Annotated[str, typer.Option(help="Other people for another seed.")] = "1",
    count: Annotated[int | None, typer.Option(help="The rule ends after so many occasions.")] = None,
    lasts: Annotated[str | None, typer.Option("--for", metavar="SPAN", help="Of bus time, as 1h or 30m.")] = None,
    since: Annotated[str | None, typer.Option(metavar="AT", help="A moment of bus time (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(metavar="AT", help="A moment of bus time (ISO 8601).")] = None,
    seconds: Annotated[float | None, typer.Option(help="Of slow, reorder, conduct.")] = None,
    shape: Annotated[str | None, typer.Option(help="Of slow: constant, uniform, normal, exponential.")] = None,
    spread: Annotated[float | None, typer.Option(help="Of slow: half width, or standard deviation.")] = None,
    copies: Annotated[int | None, typer.Option(help="Of duplicate.")] = None,
    answer: Annotated[str | None, typer.Option(metavar="JSON", help="Of wrong-answer: other fields.")] = None,
    status: Annotated[int | None, typer.Option(help="Of wrong-answer at a door: the HTTP status.")] = None,
    trouble: Annotated[str | None, typer.Option(help="Of broker, pki and conduct.")] = None,
    as_json: AsJson = False,
) -> None:
    """Set a rule behind the others; of the rules that apply, the first has its way."""
    effect = {
        "kind": kind, "seconds": seconds, "shape": shape, "spread": spread, "copies": copies, "status": status,
        "trouble": trouble, "answer": _read_json(answer),
    }  # fmt: skip
    scope = {
        "system": system, "service": service, "region": region, "message_type": message_type, "step": step,
        "place": place, "door": door, "path": path, "iin": iin, "share": share, "occasions": occasions,
        "seed": seed, "count": count, "since": _moment(since), "until": _moment(until),
    }  # fmt: skip
    order = {"effect": _without_empty(effect), **_without_empty(scope)}

    async def call(desk: OperatorClient) -> Any:
        if lasts is not None:
            now = datetime.fromisoformat((await desk.get("/api/v1/time"))["now"])
            order["until"] = (now + read_span(lasts)).isoformat()
        return [await desk.post(f"{PATH}/faults", order)]

    _run(context, call, _draw_rules, as_json=as_json)


@fault.command("remove")
def remove_fault(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="The rules to end.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="End all rules.")] = False,
    as_json: AsJson = False,
) -> None:
    """End rules; what they held back goes on."""
    if not ids and not everything:
        raise WrongValue("ID", "either", options="ID, --all")

    async def call(desk: OperatorClient) -> Any:
        for rule_id in ids or ():
            await desk.call("DELETE", f"{PATH}/faults/{rule_id}")
        if everything:
            await desk.call("DELETE", f"{PATH}/faults")
        return await desk.list_all(f"{PATH}/faults")

    _run(context, call, _draw_rules, as_json=as_json)


@fault.command("templates")
def list_templates(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the ready-made troubles."""

    async def call(desk: OperatorClient) -> Any:
        return await desk.get(f"{PATH}/templates")

    _run(context, call, lambda rows: _draw_templates(rows, context.obj.language), as_json=as_json)


@fault.command("apply")
def apply_template(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name of egov-bus fault templates.")],
    as_json: AsJson = False,
) -> None:
    """Set the rules of a ready-made trouble from now on."""

    async def call(desk: OperatorClient) -> Any:
        return await desk.post(f"{PATH}/templates/{name}")

    _run(context, call, _draw_rules, as_json=as_json)


@fault.command("journal")
def list_firings(
    context: typer.Context,
    rule: Annotated[str | None, typer.Option(help="Of this rule only.")] = None,
    case: Annotated[str | None, typer.Option(help="Of this case only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the rules did, the newest first."""

    async def call(desk: OperatorClient) -> Any:
        return await desk.get(f"{PATH}/firings", rule_id=rule, case_id=case)

    _run(context, call, _draw_firings, as_json=as_json)


def _moment(text: str | None) -> str | None:
    return None if text is None else read_moment(text).isoformat()


def _read_json(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise WrongValue("--answer", "json", fault=error) from None


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _run(context: typer.Context, action: CallAction, draw: Callable[[Any], Table], *, as_json: bool) -> None:
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(_call_gateway(launch, action, draw, as_json=as_json), as_json=as_json)


async def _call_gateway(
    launch: LaunchContext, action: CallAction, draw: Callable[[Any], Table], *, as_json: bool
) -> int:
    from shared.client import OperatorClient

    url = launch.instance_url("shep_gateway")
    async with OperatorClient(url, token=launch.operator_token("shep_gateway")) as desk:
        with operators_call("gateway-unavailable", url):
            answer = await action(desk)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))  # noqa: T201
    else:
        Console().print(draw(answer))
    return 0


def _draw_rules(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None)
    for title in ("id", "what", "where", "when", "fired"):
        table.add_column(title)
    for row in rows:
        rule = row["rule"]
        until = rule.get("until") or ("in force" if row["is_in_force"] else "not now")
        table.add_row(rule["id"], describe_effect(rule["effect"]), describe_scope(rule), until, str(row["fired"]))
        for warning in row.get("warnings", ()):
            table.add_row("", f"[yellow]{warning['code']}[/]", f"[yellow]{warning['detail']}[/]", "", "")
    if not rows:
        table.caption = "no rule is set"
    return table


def _draw_templates(rows: list[dict[str, Any]], language: str) -> Table:
    table = Table(box=None)
    for title in ("name", "what", "rules"):
        table.add_column(title)
    for row in rows:
        table.add_row(row["name"], row["texts"][language], str(len(row["rules"])))
    return table


def _draw_firings(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None)
    for title in ("at", "rule", "system", "place", "case", "message or path"):
        table.add_column(title)
    for row in rows:
        subject = row["path"] or f"{row['message_type'] or ''} {row['message_id'] or ''}"
        table.add_row(row["at"], row["rule_id"], row["system"], row["place"], row["case_id"] or "", subject)
    return table
