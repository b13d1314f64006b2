"""``egov-bus logs``: the JSON lines of a country in the background, for people to read."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.launch import LaunchContext
from services.tools.background import places
from shared.bus.errors import NotFound
from shared.contracts.local_time import KAZAKHSTAN

LOOK_SECONDS = 0.2
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STYLES = {"warning": "yellow", "error": "red", "critical": "red"}
SHOWN_APART = ("at", "level", "event", "logger", "instance")


def run_logs(launch: LaunchContext, system: str | None, lines: int, *, follows: bool, as_json: bool) -> None:
    """Print the last ``lines`` lines, of one system or of all; with ``follows`` go on until the country ends.

    NotFound ``log-missing``.
    """
    path = places.log_file(launch.data_dir)
    try:
        file = path.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise NotFound("log-missing", str(path), path=str(path)) from None
    console = Console(highlight=False)
    with file, suppress(KeyboardInterrupt):
        past = deque((line for line in file if system is None or _is_of(line, system)), lines)
        more = _follow(file, launch.data_dir) if follows else iter(())
        for line in chain(past, (line for line in more if system is None or _is_of(line, system))):
            if as_json:
                print(line, end="", flush=True)  # noqa: T201
            else:
                console.print(_render_line(line), soft_wrap=True)


def _follow(file: TextIO, data_dir: Path) -> Iterator[str]:
    """The lines that are written from now on, until the country has ended and everything is read."""
    rest = ""
    while True:
        runs = CountryRecord.find(data_dir) is not None
        while text := file.readline():
            rest += text
            if rest.endswith("\n"):
                yield rest
                rest = ""
        if not runs:
            return
        time.sleep(LOOK_SECONDS)


def _is_of(line: str, system: str) -> bool:
    entry = _read_entry(line)
    return entry is not None and system in (entry.get("instance"), entry.get("system"), entry.get("owner"))


def _read_entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _render_line(line: str) -> Text:
    entry = _read_entry(line)
    if entry is None or "event" not in entry:
        return Text(line.rstrip("\n"))
    moment = (EPOCH + timedelta(seconds=float(entry.get("at", 0)))).astimezone(KAZAKHSTAN)
    style = STYLES.get(str(entry.get("level")), "")
    fields = " ".join(f"{name}={value}" for name, value in entry.items() if name not in SHOWN_APART)
    return Text.assemble(
        (f"{moment:%H:%M:%S} ", "dim"),
        (f"{entry.get('instance', ''):<14} ", "cyan"),
        (str(entry["event"]), style or "bold"),
        f" {fields}",
    )
