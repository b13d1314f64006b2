"""One line of migrations for all systems, numbered; each system's database remembers the number that it has.

A new database gets its tables from the models and the newest number, so that no start waits for Alembic; a test
holds that migrations lead to the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection

VERSION_TABLE = "bus_schema"
"""Alembic's table in each database, under the kernel's name."""
FIRST = "0001"
"""The version of databases that were made before versions were written down."""
LOCK_NUMBER = 0x6567_6F76
"""PostgreSQL's advisory lock under which one replica makes or migrates the tables."""

_MAKE_TABLE = f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
_ADD_VERSION = f"INSERT INTO {VERSION_TABLE} SELECT '%s' WHERE NOT EXISTS (SELECT 1 FROM {VERSION_TABLE})"  # noqa: S608


@dataclass(frozen=True)
class SchemaHistory:
    """The migrations in ``folder``: files ``r0002_what_it_does.py``, each of the version in its name."""

    folder: Path

    @cached_property
    def versions(self) -> tuple[str, ...]:
        """All versions, the oldest first."""
        return tuple(sorted(path.name[1:5] for path in self.folder.glob("r[0-9][0-9][0-9][0-9]_*.py")))

    @property
    def newest(self) -> str:
        """The version of the models."""
        return self.versions[-1]

    def knows(self, version: str) -> bool:
        """Whether a database of this version can be brought to the newest."""
        return version in self.versions


def write_version(connection: Connection, version: str) -> None:
    """Note the version of a new database, in the transaction that makes the tables, unless a replica has.

    In plain SQL: SQLAlchemy would take a tenth of the time of making all tables.
    """
    connection.exec_driver_sql(_MAKE_TABLE)
    connection.exec_driver_sql(_ADD_VERSION % version)


def lock_schema(connection: Connection) -> None:
    """Let one replica at a time make or migrate the tables, until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})")
