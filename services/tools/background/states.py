"""The state of every system of a country, asked of the systems themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.catalog import INSTANCES, find_instance
from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.launch import LaunchContext
from services.launcher.running.process_country import read_processes
from services.tools.faults.in_force import find_faults
from shared.bus.errors import NotFound
from shared.texts.catalog import texts_beside

if TYPE_CHECKING:
    import httpx

TEXTS = texts_beside(__file__, file="texts.yaml")
MARKS = {"ready": ("●", "green"), "not-ready": ("◐", "yellow"), "away": ("○", "red")}


class SystemState(StrEnum):
    """Whether a system can work now."""

    READY = "ready"
    NOT_READY = "not-ready"
    AWAY = "away"


@dataclass(frozen=True)
class SystemStatus:
    """A system, its address, its state and its problems (as ``/readyz`` tells them, in the person's language)."""

    name: str
    title: str
    url: str
    state: SystemState
    problems: tuple[str, ...] = ()


async def ask_states(launch: LaunchContext, names: Iterable[str]) -> list[SystemStatus]:
    """The state of the instances, in their order."""
    import httpx

    from shared.bus.http.tls import server_check

    urls = {name: launch.instance_url(name) for name in names}
    check = server_check(next(iter(urls.values()), ""))
    headers = {"Accept-Language": launch.language}
    async with httpx.AsyncClient(timeout=5, headers=headers, verify=check, trust_env=False) as http:
        return list(await asyncio.gather(*(_ask_state(http, launch, name, url) for name, url in urls.items())))


async def _ask_state(http: httpx.AsyncClient, launch: LaunchContext, name: str, url: str) -> SystemStatus:
    import httpx

    instance = find_instance(name)
    title = instance.load_title()[launch.language] if instance else name
    try:
        answer = await http.get(f"{url}/readyz")
        body = answer.json()
        problems = tuple(str(problem["detail"]) for problem in body.get("problems", ()))
    except (httpx.HTTPError, ValueError, KeyError, AttributeError):
        return SystemStatus(name, title, url, SystemState.AWAY, _tell_end(launch, name))
    state = SystemState.READY if answer.status_code == 200 else SystemState.NOT_READY
    return SystemStatus(name, title, url, state, problems)


def _tell_end(launch: LaunchContext, name: str) -> tuple[str, ...]:
    """That the process of a system has ended, where it had one of its own."""
    process = read_processes(launch.data_dir).get(name)
    if process is None or process.runs:
        return ()
    text = TEXTS["process-ended"][launch.language]
    return (text.format(process=process.pid, code=process.exit_code, at=process.ended_at),)


async def run_status(launch: LaunchContext, *, as_json: bool) -> int:
    """Print the state of every system; 1 unless all are ready. NotFound ``country-not-running``."""
    record = CountryRecord.find(launch.data_dir)
    names = record.instances if record else tuple(instance.name for instance in INSTANCES)
    states = await ask_states(launch, names)
    if record is None and all(status.state is SystemState.AWAY for status in states):
        raise NotFound("country-not-running", "nothing runs", path=str(launch.data_dir))
    faults = await find_faults(launch)
    if as_json:
        systems = [asdict(status) for status in states]
        facts = {"pid": record.pid if record else None, "systems": systems, "faults": faults}
        print(json.dumps(facts, ensure_ascii=False))  # noqa: T201
    else:
        print_states(states, launch.language)
        print_faults(faults, launch.language)
    return 0 if all(status.state is SystemState.READY for status in states) else 1


def print_faults(faults: Iterable[str], language: str) -> None:
    """Print the faults that somebody left on, if any."""
    for line in faults:
        Console().print(Text(TEXTS["fault-in-force"][language].format(fault=line), "yellow"), highlight=False)


def print_states(states: Iterable[SystemStatus], language: str) -> None:
    """Print the states as a table without lines, which an ordinary terminal holds."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for status in states:
        mark, colour = MARKS[status.state]
        state = Text(f"{mark} {TEXTS[f'state-{status.state}'][language]}", colour)
        table.add_row(state, status.name, status.url, Text(status.title, "dim"))
        for problem in status.problems:
            table.add_row("", "", "", Text(problem, "yellow"))
    Console().print(table, highlight=False)
