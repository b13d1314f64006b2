"""``egov-bus monitor``: the waiting, due and late steps at every workplace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext, until_signal
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.contracts.local_time import KAZAKHSTAN

WATCH_SECONDS = 2.0
"""Seconds between two updates."""

COLUMNS = ("region", "system", "service", "channel", "step", "waiting", "due in 24 h", "late", "longest")

InstanceUrls = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="NAME=URL", help="Where an instance answers, if not on this machine."),
]


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command(name="monitor")(monitor_workplaces)


def monitor_workplaces(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Update every two seconds, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    late: Annotated[bool, typer.Option("--late", help="Only late steps.")] = False,
    region: Annotated[str | None, typer.Option("--region", help="KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="The code of a service type.")] = None,
    at: InstanceUrls = None,
) -> None:
    """Show the waiting and late steps at all workplaces, by region, system, service and step.

    Each workplace needs its operator's token: EGOV_OPERATOR_TOKEN, or the workplace's file in EGOV_DATA_DIR.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    filters = {"region": region, "service": service, "late": True if late else None}
    launch.run_to_end(
        _run_monitor(
            launch, filters, _workplace_urls(launch, at or []), watch=watch and not as_json, as_json=as_json
        )
    )


def _workplace_urls(launch: LaunchContext, overrides: list[str]) -> dict[str, str]:
    """The URL of every instance with a workplace; WrongValue for an override of another instance."""
    from services.catalog import INSTANCES
    from services.launcher.settings import settings_for
    from shared.workplace.records.storage import CASES

    urls = {
        instance.name: settings_for(instance, launch.environment, is_alone=False).local_url
        for instance in INSTANCES
        if CASES in instance.load_service().hot_tables
    }
    for override in overrides:
        name, _, url = override.partition("=")
        if name not in urls or not url:
            raise WrongValue("--at", "workplace-url", typed=override, choices=", ".join(urls))
        urls[name] = url
    return urls


async def _run_monitor(
    launch: LaunchContext, filters: Mapping[str, Any], places: Mapping[str, str], *, watch: bool, as_json: bool
) -> int:
    report = await _ask_all(launch, filters, places)
    if as_json:
        print(json.dumps(report, ensure_ascii=False))  # noqa: T201
    elif not watch:
        Console().print(render_monitor(report))
    else:
        await _watch_workplaces(launch, filters, places, report)
    return 0 if report["workplaces"] else 1


async def _watch_workplaces(
    launch: LaunchContext, filters: Mapping[str, Any], places: Mapping[str, str], report: dict[str, Any]
) -> None:
    tasks = SupervisedTasks()
    stopped = tasks.run_once("monitor.signal", until_signal())
    with Live(render_monitor(report), auto_refresh=False) as live:
        while not (await asyncio.wait([stopped], timeout=WATCH_SECONDS))[0]:
            live.update(render_monitor(await _ask_all(launch, filters, places)), refresh=True)


async def _ask_all(launch: LaunchContext, filters: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    """The answers of all workplaces, and for each silent workplace the reason."""
    answers = await asyncio.gather(*(_ask_workplace(launch, name, url, filters) for name, url in places.items()))
    answers_by_name = dict(zip(places, answers, strict=True))
    return {
        "workplaces": [
            {"instance": name, **answer} for name, answer in answers_by_name.items() if isinstance(answer, dict)
        ],
        "silent": [
            {"instance": name, "why": answer}
            for name, answer in answers_by_name.items()
            if isinstance(answer, str)
        ],
    }


async def _ask_workplace(
    launch: LaunchContext, name: str, url: str, filters: Mapping[str, Any]
) -> dict[str, Any] | str:
    import httpx

    from shared.bus.errors import BusError
    from shared.client import ApiError
    from shared.client.operator import OperatorClient

    try:
        async with OperatorClient(url, token=launch.operator_token(name)) as operator:
            answer: dict[str, Any] = await operator.get("/api/v1/deadlines", **filters)
            return answer
    except (ApiError, BusError) as error:
        return error.code
    except httpx.HTTPError as error:
        return type(error).__name__


def render_monitor(report: Mapping[str, Any]) -> Group:
    """Two tables, for the authorities and for the applicants, and the silent workplaces."""
    groups = [group for place in report["workplaces"] for group in place["groups"]]
    moments = [
        datetime.fromisoformat(workplace["now"]).astimezone(KAZAKHSTAN) for workplace in report["workplaces"]
    ]
    at = f"{max(moments):%a %d.%m.%Y %H:%M} (UTC+05:00)" if moments else "no workplace answers"
    silent = ", ".join(f"{silence['instance']} ({silence['why']})" for silence in report["silent"])
    return Group(
        _group_table(f"the authorities, {at}", [group for group in groups if not group["is_applicants"]]),
        _group_table("waiting for the applicant", [group for group in groups if group["is_applicants"]]),
        *([f"silent: {silent}"] if silent else []),
    )


def _group_table(title: str, groups: list[Any]) -> Table:
    table = Table(*COLUMNS, title=title)
    for group in sorted(groups, key=lambda group: (group["region"], group["system"], group["service"])):
        place = group["step"] if group["variant"] == "main" else f"{group['variant']}/{group['step']}"
        counts = (str(group[name]) for name in ("waiting", "due_soon", "late"))
        worst = "—" if group["worst_late"] is None else format_delay(group["worst_late"])
        row = (group["region"], group["system"], group["service"], group["channel"], place, *counts, worst)
        table.add_row(*row, style="red" if group["late"] else None)
    return table


def format_delay(seconds: float) -> str:
    """A delay in the form 3d4h, 5h10m, 7m."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days}d{hours}h"
    return f"{hours}h{minutes}m" if hours else f"{minutes}m"
