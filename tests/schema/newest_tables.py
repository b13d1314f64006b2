"""The tables of every kind of system, brought to the newest version."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import URL

from services.catalog import INSTANCES
from services.launcher.migrations import HISTORY
from shared.bus.persistence.database import Database
from shared.bus.persistence.schema.creation import read_version
from shared.bus.persistence.schema.migration import compare_with_models
from shared.bus.persistence.tables import bus_tables

NAMES = tuple({id(instance.load_service().tables): instance.name for instance in reversed(INSTANCES)}.values())
"""One instance of each kind of tables."""


def models_of(name: str, url: URL) -> Database:
    (instance,) = (instance for instance in INSTANCES if instance.name == name)
    tables = instance.load_service().tables
    bus_tables(tables)
    return Database(url, tables)


def bring_to_newest(database: Database) -> list[Any]:
    """Migrate; returns what differs from the models afterwards."""
    database.create_schema(HISTORY, migrates=True)
    assert read_version(database) == HISTORY.newest
    with database.engine.connect() as connection:
        return compare_with_models(connection, database.metadata)
