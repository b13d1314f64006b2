"""The tables of a service at its start: made anew, left as they are, or brought to the newest version."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from shared.bus.errors import Conflict, Unavailable
from shared.bus.logs import log
from shared.bus.persistence.connection_faults import is_connection_fault
from shared.bus.persistence.schema.history import (
    FIRST,
    VERSION_TABLE,
    SchemaHistory,
    lock_schema,
    write_version,
)


class TableStore(Protocol):
    """What making tables needs of a ``Database``."""

    url: URL
    engine: Engine
    is_sqlite: bool

    @property
    def metadata(self) -> MetaData: ...

    @property
    def tables(self) -> list[Table]: ...

    def ask(self, question: str) -> list[Any]: ...

    def read_columns(self, connection: Connection | None = None) -> dict[str, set[str]]: ...


def create_schema(database: TableStore, history: SchemaHistory | None, *, migrates: bool) -> None:
    """Create the database (where the server allows that) and the missing tables; with ``history`` note the
    version of new tables, and with ``migrates`` bring older ones to the newest version.

    Unavailable ``database-unavailable``. Conflict, and nothing changes: ``schema-outdated`` for tables of an
    earlier version, ``schema-newer`` for those of a later one, ``schema-unknown`` for tables that no migration
    leads to the newest version, ``migration-failed``.
    """
    try:
        if not database.is_sqlite:
            create_postgres_database(database)
        present = database.read_columns()
        has_version = VERSION_TABLE in present
        if history is not None and (has_version or _holds_own(database, present)):
            version = read_version(database) if has_version else None
            if _bring_to_newest(database, history, version, migrates=migrates):
                present, has_version = database.read_columns(), True
        _complete(database, present, None if has_version else history)
    except DBAPIError as error:
        if is_connection_fault(error, is_sqlite=database.is_sqlite):
            raise Unavailable("database-unavailable", str(error.orig)) from error
        raise Conflict("database-broken", f"{_place(database)}: {error.orig}; restore it from a copy") from error


def read_version(database: TableStore) -> str:
    """The version of the tables of a database that knows its version."""
    return str(database.ask(f"SELECT max(version_num) FROM {VERSION_TABLE}")[0][0])  # noqa: S608 - our own name


def find_version(database: TableStore) -> str | None:
    """The version of a database's tables, the first for tables without one; None for a database without tables."""
    present = database.read_columns()
    if VERSION_TABLE in present:
        return read_version(database)
    return FIRST if _holds_own(database, present) else None


def list_lacking(database: TableStore, present: dict[str, set[str]]) -> list[str]:
    """The columns that the tables lack, by the columns of each table in the database."""
    return [
        f"{table.name}.{column.name}"
        for table in database.tables
        if table.name in present
        for column in table.c
        if column.name not in present[table.name]
    ]


def migrate(database: TableStore, history: SchemaHistory) -> tuple[str, ...]:
    """Bring the tables to the newest version in one transaction; the versions that they went through.

    Conflict, and nothing changes: ``schema-newer``, ``migration-failed``, and ``schema-unknown`` when columns are
    missing afterwards. Unavailable ``database-unavailable``.
    """
    # imported late: no start waits for Alembic unless there is something to migrate
    from shared.bus.persistence.schema.migration import run_migrations

    version = find_version(database)
    if version is not None and not history.knows(version):
        where, facts = _place(database), {"version": version, "newest": history.newest}
        raise Conflict("schema-newer", f"{where} is of version {version}", database=where, **facts)
    try:
        with database.engine.begin() as connection:
            lock_schema(connection)
            is_marked = VERSION_TABLE in database.read_columns(connection)
            passed = run_migrations(connection, history, database.metadata, is_marked=is_marked)
            _check_complete(database, database.read_columns(connection))
    except DBAPIError as error:
        if not database.is_sqlite and is_connection_fault(error, is_sqlite=False):
            raise Unavailable("database-unavailable", str(error.orig)) from error
        facts = {"database": _place(database), "reason": str(error.orig)}
        raise Conflict("migration-failed", f"{_place(database)}: {error.orig}", **facts) from error
    return passed


def _bring_to_newest(database: TableStore, history: SchemaHistory, version: str | None, *, migrates: bool) -> bool:
    """Whether there was something to migrate."""
    if version == history.newest:
        return False
    where = _place(database)
    facts = {"database": where, "version": version or FIRST, "newest": history.newest}
    if not migrates and (version is None or history.knows(version)):
        message = f"{where} is of version {facts['version']}, here is {history.newest}: egov-bus migrate"
        raise Conflict("schema-outdated", message, **facts)
    passed = migrate(database, history)
    log("schema.migrated", database=where, versions=list(passed))
    return True


def _complete(database: TableStore, present: dict[str, set[str]], new: SchemaHistory | None) -> None:
    """Make the missing tables, and note the version of a ``new`` database; Conflict ``schema-unknown`` when a
    table lacks columns.
    """
    _check_complete(database, present)
    missing = [table for table in database.tables if table.name not in present]
    if missing or new is not None:
        with database.engine.begin() as connection:
            lock_schema(connection)
            _make_tables(database, connection, missing)
            if new is not None:
                write_version(connection, new.newest)


def _check_complete(database: TableStore, present: dict[str, set[str]]) -> None:
    if lacking := list_lacking(database, present):
        message = f"{_place(database)} lacks {', '.join(lacking)}: no migration makes them; move it away"
        raise Conflict("schema-unknown", message, database=_place(database), lacking=lacking)


def _make_tables(database: TableStore, connection: Connection, missing: list[Table]) -> None:
    # only this process uses a SQLite file, so SQLAlchemy need not ask for every table again
    database.metadata.create_all(connection, tables=missing, checkfirst=not database.is_sqlite)


def _holds_own(database: TableStore, present: dict[str, set[str]]) -> bool:
    return any(table.name in present for table in database.tables)


def _place(database: TableStore) -> str:
    return database.url.render_as_string(hide_password=True)


def create_postgres_database(database: TableStore) -> None:
    """Make the database at the server unless it is there."""
    try:
        with database.engine.connect():
            return
    except OperationalError:
        pass
    server = create_engine(database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            name = server.dialect.identifier_preparer.quote(str(database.url.database))
            connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    except ProgrammingError as error:
        if "already exists" not in str(error):
            raise
    finally:
        server.dispose()
