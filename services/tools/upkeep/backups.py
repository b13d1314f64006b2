"""Backups of a whole installation at one moment: folders with keys, databases, and the messages under way."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.migrations import HISTORY
from services.launcher.version import VERSION
from services.tools.snapshots.country_files import stand_still
from services.tools.upkeep.backup_files import BackupManifest, find_digests, pack, unpack
from services.tools.upkeep.postgres_dumps import dump_database, restore_database
from services.tools.upkeep.queue_copies import copy_queues, put_back_queues
from services.tools.upkeep.stores import SystemStore, hold_stopped, list_stores
from shared.bus.errors import Conflict, NotFound, Refused

QUEUES = "queues.json"
DUMP = "database.dump"
NOT_KEPT = shutil.ignore_patterns("lock")


def make_backup(data_dir: Path, file: Path, environment: Mapping[str, str]) -> BackupManifest:
    """Write a backup of all systems with data here into a new file.

    A country in one process on SQLite stands still for a moment; other systems must be stopped, while broker and
    database go on. NotFound ``country-missing``, ``program-missing``; Conflict ``backup-exists``,
    ``folder-in-use``, ``database-in-use``; Unavailable ``broker-unavailable``, ``dump-failed``.
    """
    stores = list_stores(environment)
    if not stores:
        raise NotFound("country-missing", f"{data_dir} holds no country", path=str(data_dir))
    if file.exists():
        raise Conflict("backup-exists", f"{file} is there already", path=str(file))
    with TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as name, hold(data_dir, stores):
        folder = Path(name)
        for store in stores:
            copy_store(store, folder / store.name, environment)
        queues = asyncio.run(copy_queues(stores))
        (folder / QUEUES).write_text(json.dumps(queues), encoding="utf-8")
        manifest = BackupManifest(
            VERSION,
            HISTORY.newest,
            _kind_of(stores),
            datetime.now(UTC).isoformat(),  # noqa: TID251 - the age of a file is the machine's
            tuple(store.name for store in stores),
            sum(map(len, queues.values())),
            find_digests(folder),
        )
        pack(folder, file, manifest)
    return manifest


def restore_backup(
    data_dir: Path, file: Path, environment: Mapping[str, str], *, replaces: bool
) -> BackupManifest:
    """Put the data of a backup in the place of what is here; the systems must be stopped.

    Everything is checked before anything changes: NotFound ``file-unreadable``; Malformed ``backup-broken``;
    Refused ``backup-newer``, ``backup-other-database``; Conflict ``country-there`` unless ``replaces``,
    ``folder-in-use``, ``database-in-use``. A failure later on leaves it to the next call to complete.
    """
    with unpack(file, data_dir) as (folder, manifest):
        stores = list_stores(environment, manifest.systems, has_data=False)
        _check_fits(manifest, stores)
        present = [store for store in stores if store.home.is_dir()]
        if present and not replaces:
            raise Conflict("country-there", f"{data_dir} holds a country", path=str(data_dir))
        with hold_stopped(present):
            for store in stores:
                if store.is_on_server:
                    restore_database(store, folder / store.name / DUMP, environment)
            for store in stores:
                shutil.rmtree(store.home, ignore_errors=True)
                shutil.copytree(folder / store.name, store.home, ignore=shutil.ignore_patterns(DUMP))
            queues = json.loads((folder / QUEUES).read_text(encoding="utf-8"))
            asyncio.run(put_back_queues(stores, queues))
    return manifest


@contextmanager
def hold(data_dir: Path, stores: Sequence[SystemStore]) -> Iterator[None]:
    """Let nobody write: a country in one process stands still, other systems are stopped."""
    is_one_process = not any(store.is_on_server or store.settings.amqp_url for store in stores)
    is_running = is_one_process and CountryRecord.find(data_dir) is not None
    with stand_still(data_dir) if is_running else hold_stopped(stores):
        yield


def copy_store(store: SystemStore, folder: Path, environment: Mapping[str, str]) -> None:
    """Copy a system's folder and database."""
    shutil.copytree(store.home, folder, ignore=NOT_KEPT)
    if store.is_on_server:
        dump_database(store.url, folder / DUMP, environment)
    for database in folder.glob("*.sqlite"):
        with closing(sqlite3.connect(database)) as connection:  # what the write-ahead log has goes into the file
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")


def _check_fits(manifest: BackupManifest, stores: Sequence[SystemStore]) -> None:
    if not HISTORY.knows(manifest.schema):
        message = f"tables of version {manifest.schema}; this program has {HISTORY.newest}"
        raise Refused("backup-newer", message, version=manifest.version, expected=VERSION)
    if manifest.database != _kind_of(stores):
        kinds = {"database": manifest.database, "expected": _kind_of(stores)}
        raise Refused("backup-other-database", f"a backup over {manifest.database}", **kinds)


def _kind_of(stores: Sequence[SystemStore]) -> str:
    return "postgresql" if any(store.is_on_server for store in stores) else "sqlite"
