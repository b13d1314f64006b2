"""``egov-bus monitor``: what waits, is due and is late at every workplace of the country."""

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

from services.launcher.launch import Launch, until_signal
from shared.contracts.local_time import KAZAKHSTAN

WATCHED = 2.0
"""Seconds between two looks."""

COLUMNS = ("region", "system", "service", "channel", "step", "waiting", "due in 24 h", "late", "longest")

At = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="NAME=URL", help="Where an instance answers, if not on this machine."),
]


def add_to(app: typer.Typer) -> None:
    """Make it a command of the launcher."""
    app.command(name="monitor")(monitor)


def monitor(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
    late: Annotated[bool, typer.Option("--late", help="Late ones only.")] = False,
    region: Annotated[str | None, typer.Option("--region", help="KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="The code of a service type.")] = None,
    at: At = None,
) -> None:
    """What waits and what is late, by region, system, service and step, at all workplaces.

    Each is asked with its operator's token: EGOV_OPERATOR_TOKEN, or the file that it left in EGOV_DATA_DIR.
    """
    launch: Launch = context.obj
    launch.prepare("WARNING")
    wanted = {"region": region, "service": service, "late": True if late else None}
    launch.run(_run(launch, wanted, _places(launch, at or []), watch=watch and not as_json, as_json=as_json))


def _places(launch: Launch, given: list[str]) -> dict[str, str]:
    """Every instance with a workplace and where it answers; BadParameter for what is none."""
    from services.catalog import INSTANCES
    from services.launcher.settings import settings_for
    from shared.workplace.records.storage import CASES

    found = {
        one.name: f"http://127.0.0.1:{settings_for(one, launch.environment, is_alone=False).port}"
        for one in INSTANCES
        if CASES in one.load().sheets
    }
    for one in given:
        name, _, url = one.partition("=")
        if name not in found or not url:
            raise typer.BadParameter(f"{one}: one of {', '.join(found)}, = and an address", param_hint="--at")
        found[name] = url
    return found


async def _run(
    launch: Launch, wanted: Mapping[str, Any], places: Mapping[str, str], *, watch: bool, as_json: bool
) -> int:
    told = await _ask_all(launch, wanted, places)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201
    elif not watch:
        Console().print(picture(told))
    else:
        await _watch(launch, wanted, places, told)
    return 0 if told["workplaces"] else 1


async def _watch(
    launch: Launch, wanted: Mapping[str, Any], places: Mapping[str, str], told: dict[str, Any]
) -> None:
    stopped = asyncio.create_task(until_signal())
    with Live(picture(told), auto_refresh=False) as live:
        while not (await asyncio.wait([stopped], timeout=WATCHED))[0]:
            live.update(picture(await _ask_all(launch, wanted, places)), refresh=True)


async def _ask_all(launch: Launch, wanted: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    """What all told, and who did not and why."""
    answers = await asyncio.gather(*(_ask(launch, name, url, wanted) for name, url in places.items()))
    told = dict(zip(places, answers, strict=True))
    return {
        "workplaces": [{"instance": name, **one} for name, one in told.items() if isinstance(one, dict)],
        "silent": [{"instance": name, "why": one} for name, one in told.items() if isinstance(one, str)],
    }


async def _ask(launch: Launch, name: str, url: str, wanted: Mapping[str, Any]) -> dict[str, Any] | str:
    import httpx

    from shared.bus.errors import BusError
    from shared.client import ApiError
    from shared.client.operator import Operator

    try:
        async with Operator(url, token=launch.operator_token(name)) as operator:
            told: dict[str, Any] = await operator.get("/api/v1/deadlines", **wanted)
            return told
    except (ApiError, BusError) as error:
        return error.code
    except httpx.HTTPError as error:
        return type(error).__name__


def picture(told: Mapping[str, Any]) -> Group:
    """Two tables, that of the authorities and that of the applicants, and who is silent."""
    groups = [one for place in told["workplaces"] for one in place["groups"]]
    moments = [datetime.fromisoformat(one["now"]).astimezone(KAZAKHSTAN) for one in told["workplaces"]]
    at = f"{max(moments):%a %d.%m.%Y %H:%M} (UTC+05:00)" if moments else "no workplace answers"
    silent = ", ".join(f"{one['instance']} ({one['why']})" for one in told["silent"])
    return Group(
        _table(f"the authorities, {at}", [one for one in groups if not one["is_applicants"]]),
        _table("waiting for the applicant", [one for one in groups if one["is_applicants"]]),
        *([f"silent: {silent}"] if silent else []),
    )


def _table(title: str, groups: list[Any]) -> Table:
    table = Table(*COLUMNS, title=title)
    for one in sorted(groups, key=lambda one: (one["region"], one["system"], one["service"])):
        place = one["step"] if one["variant"] == "main" else f"{one['variant']}/{one['step']}"
        counts = (str(one[name]) for name in ("waiting", "due_soon", "late"))
        worst = "—" if one["worst_late"] is None else span(one["worst_late"])
        row = (one["region"], one["system"], one["service"], one["channel"], place, *counts, worst)
        table.add_row(*row, style="red" if one["late"] else None)
    return table


def span(seconds: float) -> str:
    """A delay as people type spans: 3d4h, 5h10m, 7m."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days}d{hours}h"
    return f"{hours}h{minutes}m" if hours else f"{minutes}m"
