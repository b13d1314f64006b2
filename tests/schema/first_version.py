"""The country of 2026-11-30, with which versions of the tables begin, made by the program of that day.

``first.tar.xz`` holds the folders of all systems with a citizen's case that waits for a decision, and
``postgresql.json``: each statement that made a table or an index over PostgreSQL, with its systems.
"""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, column, insert, select
from sqlalchemy import table as lightweight_table

from shared.bus.persistence.database import Database, database_url

ARCHIVE = Path(__file__).parent / "first.tar.xz"
STATEMENTS = "postgresql.json"
FACTS = "facts.json"


def unpack_country(folder: Path) -> dict[str, Any]:
    """Put the country of that day into ``folder``; returns the ИИН of its citizen and the case."""
    with tarfile.open(ARCHIVE, "r:xz") as archive:
        archive.extractall(folder, filter="data")
    facts: dict[str, Any] = json.loads((folder / FACTS).read_text())
    return facts


def count_rows(folder: Path, name: str) -> dict[str, int]:
    """The number of rows of each table of a system, read past the program."""
    with closing(sqlite3.connect(folder / name / "data.sqlite")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = ((table, connection.execute(f'SELECT count(*) FROM "{table}"')) for table in tables)  # noqa: S608
        return {table: rows.fetchone()[0] for table, rows in counts}


def make_in_postgres(folder: Path, name: str, connection: Connection, models: Database) -> None:
    """Make the tables of that day in a schema of PostgreSQL and copy the rows of the SQLite file."""
    for statement, systems in json.loads((folder / STATEMENTS).read_text()).items():
        if name in systems:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    kept = Database(database_url(None, folder, name), models.metadata)
    try:
        present = kept.read_columns()
        for table, columns in list_columns(models, present):
            with kept.engine.connect() as source:
                rows = source.execute(select(*columns)).mappings().all()
            if rows:
                bare = lightweight_table(table.name, *(column(each.name, each.type) for each in columns))
                connection.execute(insert(bare), [dict(row) for row in rows])  # with no default of today
    finally:
        kept.dispose()


def list_columns(models: Database, present: dict[str, set[str]]) -> Iterator[tuple[Table, list[Any]]]:
    """The tables that exist already, each with those of its columns that exist."""
    for table in models.tables:
        if table.name in present:
            yield table, [column for column in table.c if column.name in present[table.name]]
