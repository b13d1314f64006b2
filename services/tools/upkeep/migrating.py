"""The tables of all systems, brought to the version of this program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.launcher.migrations import HISTORY
from services.tools.upkeep.stores import SystemStore, hold_stopped
from shared.bus.persistence.schema.creation import find_version, migrate


@dataclass(frozen=True)
class TablesState:
    """The version of one system's tables before and now; ``before`` is None where there is no table yet."""

    system: str
    before: str | None
    now: str | None


def migrate_stores(stores: Iterable[SystemStore], *, only_looks: bool) -> list[TablesState]:
    """Migrate every database, each in one transaction; with ``only_looks`` only tell the versions.

    Conflict ``folder-in-use``, ``database-in-use``, ``schema-newer``, ``schema-unknown``; Unavailable
    ``database-unavailable``. A database that is refused leaves those before it migrated.
    """
    chosen = list(stores)
    if only_looks:
        return [_look_at(store, migrates=False) for store in chosen]
    with hold_stopped(chosen):
        return [_look_at(store, migrates=True) for store in chosen]


def _look_at(store: SystemStore, *, migrates: bool) -> TablesState:
    if not store.is_on_server and not (store.home / "data.sqlite").exists():
        return TablesState(store.name, None, None)
    database = store.open_database()
    try:
        before = find_version(database)
        if before is None or not migrates:
            return TablesState(store.name, before, before)
        migrate(database, HISTORY)
        return TablesState(store.name, before, HISTORY.newest)
    finally:
        database.dispose()
