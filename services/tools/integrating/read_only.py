"""The database of a system, opened so that the database itself refuses every write."""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import URL, MetaData

from services.tools.integrating.masking import ColumnMask
from shared.bus.errors import Malformed, NotFound, Refused, Unavailable

MOST_SECONDS = 30
HIDDEN = "***"
READ_ONLY_STATE = "25006"
"""SQLSTATE of PostgreSQL for a write in a read-only transaction."""
CANCELLED_STATE = "57014"
TEXT_TYPES = frozenset({17, 18, 19, 25, 114, 1042, 1043, 3802})
"""The object identifiers of PostgreSQL's texts, JSON and bytes: a computed one may be made of a hidden column."""


@dataclass(frozen=True)
class QueryRows:
    """The names of the columns, and the rows."""

    names: tuple[str, ...]
    values: list[tuple[Any, ...]]


class ReadOnlyDatabase(ABC):
    """A database that is asked; ``masked`` are the hidden columns that questions touched."""

    def __init__(self, mask: ColumnMask, tables: MetaData) -> None:
        self._mask, self._tables = mask, tables.sorted_tables

    @property
    def masked(self) -> set[str]:
        """The hidden columns that were asked for, as ``table.column``."""
        return self._mask.met

    def list_tables(self) -> QueryRows:
        """The tables of the system with their columns."""
        columns = {table.name: ", ".join(column.name for column in table.columns) for table in self._tables}
        return QueryRows(("table", "columns"), sorted(columns.items()))

    @abstractmethod
    def ask(self, query: str, most: int) -> QueryRows:
        """The first rows that a query gives.

        Refused ``sql-read-only`` for a statement that writes; Malformed ``sql-faulty`` with the database's words;
        Unavailable ``sql-slow`` after half a minute.
        """


class _SqliteReader(ReadOnlyDatabase):
    def __init__(self, connection: sqlite3.Connection, mask: ColumnMask, tables: MetaData) -> None:
        super().__init__(mask, tables)
        self._connection = connection
        connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(self._authorize)

    def _authorize(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        """What SQLite asks while it prepares a statement: a hidden column is read as NULL, whatever the query
        makes of it.
        """
        if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_PRAGMA and second is not None and not str(first).startswith("table_"):
            return sqlite3.SQLITE_DENY
        is_hidden = action == sqlite3.SQLITE_READ and self._mask.hides(first or "", second or "")
        return sqlite3.SQLITE_IGNORE if is_hidden else sqlite3.SQLITE_OK

    def ask(self, query: str, most: int) -> QueryRows:
        until = time.monotonic() + MOST_SECONDS
        self._connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
        try:
            cursor = self._connection.execute(query)
            rows = cursor.fetchmany(most)
        except (sqlite3.Error, sqlite3.Warning) as error:
            self._refuse(error)
        names = tuple(column[0] for column in cursor.description or ())
        return QueryRows(names, [tuple(map(self._mask.mask_value, row)) for row in rows])

    def _refuse(self, error: Exception) -> NoReturn:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH):
            raise Refused("sql-read-only", str(error)) from None
        if code == sqlite3.SQLITE_INTERRUPT:
            raise Unavailable("sql-slow", f"over {MOST_SECONDS} s") from None
        raise Malformed("sql-faulty", str(error)) from None


class _PostgresReader(ReadOnlyDatabase):
    """A transaction that PostgreSQL keeps read-only; ``connection`` is psycopg's."""

    def __init__(self, connection: Any, mask: ColumnMask, tables: MetaData) -> None:
        super().__init__(mask, tables)
        self._connection = connection
        connection.read_only = True
        connection.execute("SELECT 1")  # after a query a transaction cannot be made writable any more

    def ask(self, query: str, most: int) -> QueryRows:
        import psycopg

        try:
            # a prepared statement is one statement: nothing can follow a COMMIT
            cursor = self._connection.execute(query, prepare=True)
            rows = cursor.fetchmany(most) if cursor.description else []
            hidden = self._find_hidden(cursor)
        except psycopg.Error as error:
            self._refuse(error)
        names = tuple(column.name for column in cursor.description or ())
        return QueryRows(names, [self._show(row, hidden) for row in rows])

    def _find_hidden(self, cursor: Any) -> tuple[bool, ...]:
        """Which columns of the result are hidden: by the column of the table where PostgreSQL names it, and every
        computed text, because nothing says of what it is made.
        """
        result = cursor.pgresult
        places = [(result.ftable(n), result.ftablecol(n), result.ftype(n)) for n in range(result.nfields)]
        origins = {}
        for table, column, _ in places:
            query = "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            row = self._connection.execute(f"{query} WHERE c.oid = %s AND a.attnum = %s", (table, column))
            origins[table, column] = row.fetchone()
        return tuple(
            self._mask.hides(*origins[table, column]) if origins[table, column] else self._is_computed(kind)
            for table, column, kind in places
        )

    def _is_computed(self, kind: int) -> bool:
        if kind not in TEXT_TYPES or self._mask.shows_people:
            return False
        self._mask.met.add("(computed)")
        return True

    def _show(self, row: tuple[Any, ...], hidden: tuple[bool, ...]) -> tuple[Any, ...]:
        pairs = zip(row, hidden, strict=True)
        return tuple(HIDDEN if is_hidden else self._mask.mask_value(value) for value, is_hidden in pairs)

    def _refuse(self, error: Any) -> NoReturn:
        self._connection.rollback()
        words = str(error).partition("\n")[0]
        if error.sqlstate == READ_ONLY_STATE:
            raise Refused("sql-read-only", words) from None
        if error.sqlstate == CANCELLED_STATE:
            raise Unavailable("sql-slow", words) from None
        raise Malformed("sql-faulty", words) from None


@contextmanager
def open_for_reading(url: URL, tables: MetaData, *, shows_people: bool) -> Iterator[ReadOnlyDatabase]:
    """The database at ``url``; NotFound ``database-missing``, Unavailable ``database-away``."""
    mask = ColumnMask(tables, shows_people=shows_people)
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        if not file.is_file():
            raise NotFound("database-missing", f"{file}: no such file", path=str(file))
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            yield _SqliteReader(connection, mask, tables)
        return
    import psycopg

    place = url.set(drivername="postgresql").render_as_string(hide_password=False)
    options = f"-c default_transaction_read_only=on -c statement_timeout={MOST_SECONDS}s"
    try:
        connected = psycopg.connect(place, connect_timeout=5, options=options)
    except psycopg.Error as error:
        raise Unavailable("database-away", str(error).partition("\n")[0], place=str(url.host)) from None
    with closing(connected):
        yield _PostgresReader(connected, mask, tables)
