"""Whether a database has everything that its service needs, and keeps every confirmed write."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError

from shared.bus.persistence.database import APPLICATION, Database
from shared.bus.persistence.schema.creation import list_lacking

_OTHER_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"  # noqa: S608 - our own name
    f" AND application_name = '{APPLICATION}' AND pid <> pg_backend_pid()"
)
SAFETY = ("fsync", "synchronous_commit", "full_page_writes")


def list_faulty_tables(database: Database) -> list[str]:
    """The tables that are missing or cannot be read, and the columns that are missing; Unavailable
    ``database-unavailable``.
    """
    try:
        present = database.read_columns()
        if database.is_sqlite:  # a server notices damage by itself, a file shows damage only when it is read
            database.ask_all(f'SELECT * FROM "{name}" LIMIT 1' for name in present)  # noqa: S608 - its own names
    except DatabaseError as error:
        return [str(error.orig)]
    missing = [table.name for table in database.tables if table.name not in present]
    return missing + list_lacking(database, present)


def list_unsafe_settings(database: Database) -> list[str]:
    """The settings of the server by which a confirmed transaction may be lost; Unavailable
    ``database-unavailable``.
    """
    if database.is_sqlite:
        return []
    values = {name: database.ask(f"SHOW {name}")[0][0] for name in SAFETY}
    return [f"{name}={value}" for name, value in values.items() if value == "off"]


def count_other_sessions(database: Database) -> int:
    """How many other connections systems of the bus have to the database at a server; Unavailable
    ``database-unavailable``.
    """
    return 0 if database.is_sqlite else int(database.ask(_OTHER_SESSIONS)[0][0])
