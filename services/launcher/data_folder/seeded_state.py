"""The snapshot that a new country makes of itself, while it runs and before anybody has used it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path

from services.launcher.data_folder.snapshot_files import (
    SnapshotManifest,
    complete_copy,
    list_databases,
    snapshot_folder,
)
from shared.sandbox.country.country_reset import SEEDED

BUSY_SECONDS = 10.0


def keep_seeded_state(data_dir: Path, systems: Iterable[str]) -> SnapshotManifest:
    """Copy the files of the systems while nobody may write a database; in place of an earlier seeded state."""
    folder = snapshot_folder(data_dir, SEEDED)
    fresh = folder.with_name(f".{SEEDED}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    present = tuple(system for system in systems if (data_dir / system).is_dir())
    with ExitStack() as stack:
        for database in list_databases(data_dir, present):
            connection = stack.enter_context(closing(sqlite3.connect(database, timeout=BUSY_SECONDS)))
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
        for system in present:
            shutil.copytree(data_dir / system, fresh / system)
    return complete_copy(fresh, folder, SEEDED, present)
