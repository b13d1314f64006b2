"""``egov-bus down`` and ``egov-bus reset``: the end of a country, and of its data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import typer
from rich.console import Console

from services.catalog import INSTANCES
from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.data_folder.folder_lock import LOCK, FolderLock, read_note
from services.launcher.data_folder.snapshot_files import FOLDER
from services.launcher.launch import LaunchContext
from services.launcher.running.further_countries import FOLDER as COUNTRIES
from services.launcher.running.private_broker import FOLDER as BROKER
from services.launcher.running.process_country import PROCESSES_FILE
from services.tools.background import places
from services.tools.background.states import TEXTS
from shared.bus.errors import NotFound, Unavailable
from shared.sandbox.country.country_reset import SEEDED

LOOK_SECONDS = 0.05


def run_down(launch: LaunchContext, patience: float, *, as_json: bool) -> None:
    """Stop the country. NotFound ``country-not-running``; Unavailable ``country-not-stopping``."""
    pid = _stop(launch.data_dir, patience)
    if pid is None:
        raise NotFound("country-not-running", "nothing runs", path=str(launch.data_dir))
    _tell(launch, "stopped", {"pid": pid}, as_json=as_json)


def run_reset(launch: LaunchContext, patience: float, *, asks: bool, as_json: bool) -> None:
    """Stop the country, if it runs, and delete what the systems left in the data folder, and nothing else."""
    folder = launch.data_dir
    if asks:
        typer.confirm(TEXTS["sure"][launch.language].format(path=folder), abort=True, err=True)
    _stop(folder, patience)
    deleted = []
    if folder.exists():
        lock = FolderLock.take(folder)
        deleted = _delete_data(folder)
        lock.release()
        with suppress(OSError):  # something of the person's own lies there too
            folder.rmdir()
    _tell(launch, "deleted", {"path": str(folder), "deleted": deleted}, as_json=as_json)


async def run_going_back(launch: LaunchContext, *, as_json: bool) -> int:
    """Bring the running country back to the state in which it was made. NotFound ``country-not-running``."""
    from services.tools.snapshots.going_back import go_back

    if CountryRecord.find(launch.data_dir) is None:
        raise NotFound("country-not-running", "nothing runs", path=str(launch.data_dir))
    _tell(launch, "gone-back", await go_back(launch, SEEDED), as_json=as_json)
    return 0


def _stop(folder: Path, patience: float) -> int | None:
    """Ask the process to stop and wait until it has left the folder; its number, None where none runs."""
    record = CountryRecord.find(folder)
    if record is None:
        return None
    os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while read_note(folder) is not None:
        if time.monotonic() > deadline:
            facts = {"process": record.pid, "seconds": f"{patience:.0f}"}
            raise Unavailable("country-not-stopping", "it goes on", **facts)
        time.sleep(LOOK_SECONDS)
    return record.pid


def _delete_data(folder: Path) -> list[str]:
    names = (
        *(instance.name for instance in INSTANCES),
        "tokens",
        places.log_file(folder).name,
        LOCK,
        f"{FOLDER}/{SEEDED}",
        COUNTRIES,
        BROKER,
        PROCESSES_FILE,
    )
    present = [folder / name for name in names if (folder / name).exists()]
    for path in present:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    with suppress(OSError):  # snapshots that a person made stay
        (folder / FOLDER).rmdir()
    return [path.relative_to(folder).as_posix() for path in present]


def _tell(launch: LaunchContext, code: str, facts: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts))  # noqa: T201
    else:
        Console(highlight=False).print(TEXTS[code][launch.language].format(**facts), soft_wrap=True, markup=False)
