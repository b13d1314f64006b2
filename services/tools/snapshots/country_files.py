"""The files of a country: copied while it stands still for a moment, or put back while it is down."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from services.catalog import INSTANCES
from services.launcher.data_folder import snapshot_files
from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.data_folder.folder_lock import FolderLock
from services.launcher.data_folder.snapshot_files import SnapshotManifest
from services.launcher.running.private_broker import FOLDER as BROKER_FOLDER
from services.launcher.running.process_country import read_processes
from shared.bus.errors import Conflict, NotFound, Unavailable

SYSTEMS = (*(instance.name for instance in INSTANCES), BROKER_FOLDER)
"""What a snapshot holds: with the systems, the messages in the country's own broker."""
STOP_SECONDS = 5.0
NOW = ".now"


def save_country(data_dir: Path, name: str, *, replaces: bool = False) -> SnapshotManifest:
    """Snapshot the country: all systems at the same moment, also one that runs, which stands still meanwhile.

    NotFound ``country-missing``; Conflict ``snapshot-exists``, ``snapshot-on-server`` where the rows lie in
    PostgreSQL: a copy of the folders would be a country without its rows.
    """
    present = [instance.name for instance in INSTANCES if (data_dir / instance.name).is_dir()]
    if not present:
        raise NotFound("country-missing", f"{data_dir} holds no country", path=str(data_dir))
    if on_server := [name for name in present if not any((data_dir / name).glob("*.sqlite"))]:
        raise Conflict("snapshot-on-server", f"no database in the folders of {', '.join(on_server)}")
    with stand_still(data_dir):
        return snapshot_files.save_files(data_dir, name, SYSTEMS, replaces=replaces)


@contextmanager
def stand_still(data_dir: Path) -> Iterator[None]:
    """Hold the process of the country, if one runs. Conflict ``snapshot-of-processes`` where there are more."""
    record = CountryRecord.find(data_dir)
    if record is None:
        lock = FolderLock.take(data_dir)
        try:
            yield
        finally:
            lock.release()
        return
    if read_processes(data_dir):
        raise Conflict("snapshot-of-processes", "each system is a process: no moment is the same for all")
    os.kill(record.pid, signal.SIGSTOP)
    try:
        _await_stopped(record.pid)
        yield
    finally:
        os.kill(record.pid, signal.SIGCONT)


def _await_stopped(pid: int) -> None:
    """Wait until every thread of the process stands."""
    deadline = time.monotonic() + STOP_SECONDS
    while any(_state_of(task) not in "Tt" for task in Path(f"/proc/{pid}/task").iterdir()):
        if time.monotonic() > deadline:
            raise Unavailable("country-not-stopping", "it goes on", process=pid, seconds=f"{STOP_SECONDS:g}")
        time.sleep(0.001)


def _state_of(task: Path) -> str:
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


def compare_country(data_dir: Path, name: str, other: str | None) -> Mapping[str, Mapping[str, dict[str, int]]]:
    """What changed between a snapshot and another one, or the country now; NotFound ``snapshot-unknown``."""
    manifest = snapshot_files.read_manifest(data_dir, name)
    before = snapshot_files.snapshot_folder(data_dir, name)
    if other is not None:
        snapshot_files.read_manifest(data_dir, other)
        after = snapshot_files.snapshot_folder(data_dir, other)
        return snapshot_files.count_changes(before, after, manifest.systems)
    with stand_still(data_dir):
        fresh = data_dir / snapshot_files.FOLDER / NOW
        shutil.rmtree(fresh, ignore_errors=True)
        for system in manifest.systems:
            if (data_dir / system).is_dir():
                shutil.copytree(data_dir / system, fresh / system)
    try:
        return snapshot_files.count_changes(before, fresh, manifest.systems)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
