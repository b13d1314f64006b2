"""Snapshots of a country: copies of all its files at one moment, in ``snapshots`` of the data folder.

A snapshot holds what a power cut would leave, and every system takes up its messages from there, as after one.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from re import fullmatch
from typing import Any

from services.launcher.version import VERSION
from shared.bus.errors import Conflict, Malformed, NotFound, Refused

FOLDER = "snapshots"
MANIFEST = "snapshot.json"
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}"
_WAITING = ("bus_outbox", "bus_held")
"""Where messages wait: a country without any can start without looking for them."""


@dataclass(frozen=True)
class SnapshotManifest:
    """What a snapshot is: by which program it was made, when by the machine, and whether no message waited."""

    name: str
    version: str
    schema: str
    made_at: str
    systems: tuple[str, ...]
    is_calm: bool
    bytes: int


def snapshot_folder(data_dir: Path, name: str) -> Path:
    """The folder of a snapshot; Malformed ``snapshot-name`` for a name that is no name of a file."""
    if not fullmatch(NAME, name):
        raise Malformed("snapshot-name", "letters, digits, dots, hyphens and underlines, 61 at most", name=name)
    return data_dir / FOLDER / name


def read_manifest(data_dir: Path, name: str) -> SnapshotManifest:
    """The manifest of a snapshot; NotFound ``snapshot-unknown``, Malformed ``snapshot-broken``."""
    file = snapshot_folder(data_dir, name) / MANIFEST
    try:
        facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return SnapshotManifest(**{**facts, "systems": tuple(facts["systems"])})
    except OSError:
        raise NotFound("snapshot-unknown", "there is no such snapshot", name=name) from None
    except (ValueError, KeyError, TypeError):
        raise Malformed("snapshot-broken", "its manifest cannot be read", name=name) from None


def list_manifests(data_dir: Path) -> list[SnapshotManifest]:
    """All snapshots, the oldest first."""
    names = [path.parent.name for path in (data_dir / FOLDER).glob(f"*/{MANIFEST}")]
    return sorted((read_manifest(data_dir, name) for name in names), key=lambda manifest: manifest.made_at)


def save_files(data_dir: Path, name: str, systems: Iterable[str], *, replaces: bool = False) -> SnapshotManifest:
    """Copy the files of these systems; nobody may write them meanwhile. Conflict ``snapshot-exists``."""
    folder = snapshot_folder(data_dir, name)
    if folder.exists() and not replaces:
        raise Conflict("snapshot-exists", "a snapshot with this name is there", name=name)
    fresh = folder.with_name(f".{name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    present = tuple(system for system in systems if (data_dir / system).is_dir())
    for system in present:
        shutil.copytree(data_dir / system, fresh / system)
    return complete_copy(fresh, folder, name, present)


def complete_copy(fresh: Path, folder: Path, name: str, systems: tuple[str, ...]) -> SnapshotManifest:
    """Fold the write-ahead logs of a copy into its databases, write the manifest, and give the copy its name."""
    for database in list_databases(fresh):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")
    manifest = SnapshotManifest(
        name,
        VERSION,
        read_schema(fresh) or "",
        datetime.now(UTC).isoformat(),  # noqa: TID251 - the age of a file is the machine's
        systems,
        not any(map(_has_waiting, list_databases(fresh))),
        sum(path.stat().st_size for path in fresh.rglob("*") if path.is_file()),
    )
    (fresh / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    fresh.rename(folder)
    return manifest


def fits(manifest: SnapshotManifest, schema: str | None) -> bool:
    """Whether a snapshot is of this version, with the tables (`read_schema`) of the country here, if any."""
    return manifest.version == VERSION and schema in (None, manifest.schema)


def check_fits(data_dir: Path, manifest: SnapshotManifest) -> None:
    """Refused ``snapshot-other-version`` for a snapshot that does not fit."""
    if not fits(manifest, read_schema(data_dir, manifest.systems)):
        raise Refused(
            "snapshot-other-version",
            f"the snapshot is of version {manifest.version} with other tables; here runs {VERSION}",
            name=manifest.name,
            version=manifest.version,
            expected=VERSION,
        )


def put_files(data_dir: Path, name: str) -> SnapshotManifest:
    """Put the files of a snapshot in the place of those of the country, which does not run.

    Refused ``snapshot-other-version``, NotFound ``snapshot-unknown``, Malformed ``snapshot-broken``.
    """
    manifest = read_manifest(data_dir, name)
    check_fits(data_dir, manifest)
    replace_files(data_dir, name, manifest)
    return manifest


def replace_files(data_dir: Path, name: str, manifest: SnapshotManifest) -> None:
    """Put the files of a snapshot that fits in the place of those that are there."""
    folder = snapshot_folder(data_dir, name)
    for system in manifest.systems:
        shutil.rmtree(data_dir / system, ignore_errors=True)
        shutil.copytree(folder / system, data_dir / system, copy_function=shutil.copy)


def list_databases(folder: Path, systems: Iterable[str] | None = None) -> Iterator[Path]:
    """The SQLite files of the systems in a folder."""
    names = sorted(systems if systems is not None else (path.name for path in folder.iterdir() if path.is_dir()))
    for name in names:
        yield from sorted((folder / name).glob("*.sqlite"))


def read_schema(folder: Path, systems: Iterable[str] | None = None) -> str | None:
    """A digest of the tables of all systems; None where there is no database."""
    parts = []
    for database in list_databases(folder, systems):
        with open_readable(database) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")
            parts.append((database.parent.name, *rows.fetchall()))
    return sha256(repr(parts).encode()).hexdigest() if parts else None


@contextmanager
def open_readable(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection that writes nothing."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield connection


def _has_waiting(database: Path) -> bool:
    with open_readable(database) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        waiting = tables.intersection(_WAITING)
        return any(connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in waiting)  # noqa: S608


def count_changes(before: Path, after: Path, systems: Iterable[str]) -> Mapping[str, Mapping[str, dict[str, int]]]:
    """By system and table, how many rows were added, removed and changed between two copies."""
    differences: dict[str, dict[str, dict[str, int]]] = {}
    for system in systems:
        for database in list_databases(before, (system,)):
            other = after / system / database.name
            if other.exists() and (tables := _compare_databases(database, other)):
                differences[system] = tables
    return differences


def _compare_databases(before: Path, after: Path) -> dict[str, dict[str, int]]:
    with open_readable(before) as old, open_readable(after) as new:
        names = [row[0] for row in new.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        counted = ((name, _compare_tables(old, new, name)) for name in names)
        return {name: counts for name, counts in counted if any(counts.values())}


def _compare_tables(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> dict[str, int]:
    before, after = _read_rows(old, table), _read_rows(new, table)
    shared_keys = before.keys() & after.keys()
    return {
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "changed": sum(before[key] != after[key] for key in shared_keys),
    }


def _read_rows(connection: sqlite3.Connection, table: str) -> dict[Any, str]:
    """The rows of a table by their key, each as a digest."""
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    keys = [place for place, column in enumerate(columns) if column[5]] or list(range(len(columns)))
    rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the name comes from the database itself
    return {tuple(row[place] for place in keys): sha256(repr(row).encode()).hexdigest() for row in rows}
