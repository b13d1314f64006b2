"""``egov-bus up``: a country in a process of its own, which outlives the terminal."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from services.catalog import INSTANCES
from services.launcher import ports
from services.launcher.commands.server_check import check_servers
from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.data_folder.folder_lock import FolderLock
from services.launcher.launch import LaunchContext
from services.launcher.running.process_country import read_processes
from services.launcher.settings import settings_for
from services.tools.background import places
from services.tools.background.ownership import check_ownership
from services.tools.background.states import TEXTS, SystemState, SystemStatus, ask_states
from shared.bus.errors import Unavailable

LOOK_SECONDS = 0.25
PROCESSES = "--processes"
NEXT_COMMANDS = {"to-look": "egov-bus status", "to-follow": "egov-bus logs -f", "to-stop": "egov-bus down"}
EMPLOYEE_PASSWORD = "employee.password"  # noqa: S105 - the name of a file


async def run_up(
    launch: LaunchContext, patience: float | None, *, options: tuple[str, ...] = (), as_json: bool
) -> int:
    """Start the country, wait ``patience`` seconds at most until it is ready (None: do not wait), and tell it.

    ``options`` are those of ``egov-bus all``.

    Unavailable ``country-ended``, ``system-ended``, ``country-not-ready``, ``port-taken`` where something else
    answers in the country's place, and the errors of a start.
    """
    record = CountryRecord.find(launch.data_dir)
    if record is None:
        launch = await _start(launch, options)
    in_processes = PROCESSES in options and record is None
    states = await _wait_until_ready(launch, patience, in_processes=in_processes)
    facts = _compose_facts(launch, states)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))  # noqa: T201
    else:
        _print_facts(facts, launch.language)
    return 0


async def _start(launch: LaunchContext, options: tuple[str, ...]) -> LaunchContext:
    """Start the process; the context by which its systems are found."""
    environment = dict(launch.environment)
    if not environment.get("EGOV_PORT_OFFSET"):
        environment["EGOV_PORT_OFFSET"] = str(ports.find_shift())
    configured = [(instance, settings_for(instance, environment, is_alone=False)) for instance in INSTANCES]
    ports.check_ports(configured)
    await check_servers(configured[0][1])
    FolderLock.take(launch.data_dir).release()
    log = places.log_file(launch.data_dir)
    process = _spawn({**environment, "EGOV_LANG": launch.language}, log, options)
    while CountryRecord.find(launch.data_dir) is None:
        if process.poll() is not None:
            raise Unavailable("country-ended", _read_last_line(log), reason=_read_last_line(log), log=str(log))
        await asyncio.sleep(LOOK_SECONDS)
    return replace(launch, environment=environment)


def _spawn(environment: Mapping[str, str], log: Path, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """The process of the country: it has no terminal, and writes into ``log``."""
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - this Python, this package
            (sys.executable, "-m", "services", "all", *options),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


async def _wait_until_ready(
    launch: LaunchContext, patience: float | None, *, in_processes: bool
) -> list[SystemStatus]:
    clock = asyncio.get_running_loop().time
    deadline = clock() + (patience or 0)
    log = places.log_file(launch.data_dir)
    while True:
        record = CountryRecord.find(launch.data_dir)
        if record is None:
            raise Unavailable("country-ended", _read_last_line(log), reason=_read_last_line(log), log=str(log))
        begins = in_processes and not _check_processes(launch.data_dir, log)
        states = await ask_states(launch, record.instances)
        waiting = [status.name for status in states if status.state is not SystemState.READY]
        if patience is None or (not (waiting or begins) and await check_ownership(launch, states)):
            return states
        if clock() > deadline:
            facts = {"seconds": f"{patience:.0f}", "systems": ", ".join(waiting), "log": str(log)}
            raise Unavailable("country-not-ready", "not ready in time", **facts)
        await asyncio.sleep(LOOK_SECONDS)


def _check_processes(data_dir: Path, log: Path) -> bool:
    """Whether every system has a process. Unavailable ``system-ended`` for a process that has ended."""
    processes = read_processes(data_dir)
    for name, process in processes.items():
        if not process.runs:
            facts = {"name": name, "code": str(process.exit_code), "log": str(log)}
            raise Unavailable("system-ended", f"{name} ended", **facts)
    return bool(processes)


def _read_last_line(log: Path) -> str:
    """What the process said last."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "—"


def _compose_facts(launch: LaunchContext, states: list[SystemStatus]) -> dict[str, Any]:
    record = CountryRecord.find(launch.data_dir)
    instance, path = places.PAGES[places.START]
    return {
        "pid": record.pid if record else None,
        "processes": {name: process.pid for name, process in read_processes(launch.data_dir).items()},
        "start_page": launch.instance_url(instance) + path,
        "data_dir": str(launch.data_dir.absolute()),
        "log": str(places.log_file(launch.data_dir).absolute()),
        "systems": [_describe_system(launch.data_dir, status) for status in states],
    }


def _describe_system(data_dir: Path, status: SystemStatus) -> dict[str, Any]:
    """A system with the secrets that the sandbox gives to its owner; None where it has none, or not yet."""
    folder = data_dir / status.name
    return {
        "name": status.name,
        "title": status.title,
        "url": status.url,
        "state": status.state,
        "operator_token": _read_secret(folder / "operator.token"),
        "employee_password": _read_secret(folder / EMPLOYEE_PASSWORD),
    }


def _read_secret(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _print_facts(facts: Mapping[str, Any], language: str) -> None:
    """Print the facts as plain lines, which can be copied: none is broken."""
    words = {code: texts[language] for code, texts in TEXTS.items()}
    console = Console(highlight=False)

    def tell(title: str, value: str, style: str = "") -> None:
        console.print(Text.assemble((f"{title:<15} ", "dim"), (value, style)), soft_wrap=True)

    tell(words["start-page"], facts["start_page"], "bold")
    for system in facts["systems"]:
        tell(system["name"], system["url"])
    console.print(Text(words["tokens"], "dim"), soft_wrap=True)
    for system in facts["systems"]:
        if system["operator_token"]:
            tell(system["name"], system["operator_token"])
    passwords = {system["name"]: system["employee_password"] for system in facts["systems"]}
    console.print(Text(words["passwords"], "dim"), soft_wrap=True)
    for name, password in passwords.items():
        if password:
            tell(name, password)
    for title, command in (
        ("to-look", "egov-bus status"),
        ("to-follow", "egov-bus logs -f"),
        ("to-stop", "egov-bus down"),
    ):
        tell(words[title], command)
