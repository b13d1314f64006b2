"""One database a service: a SQLite file by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Engine, MetaData, Table, bindparam, create_engine, event, insert, inspect, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from sqlmodel import Session

from shared.bus.errors import Conflict, Unavailable

__all__ = ["Database", "IntegrityError", "Session", "database_url"]


def database_url(base: str | None, directory: Path, instance: str) -> URL:
    """The URL of an instance's own database: ``<base>_<instance>`` on the given server, or a file."""
    if base is None:
        return URL.create("sqlite", database=str(directory / instance / "data.sqlite"))
    url = make_url(base)
    if url.get_backend_name() != "postgresql":
        raise ValueError("DATABASE_URL must be a postgresql:// URL (leave it out for SQLite)")
    return url.set(drivername="postgresql+psycopg", database=f"{url.database or 'egov'}_{instance}")


def insert_on_conflict(table: Table, dialect: str) -> Any:
    """An INSERT that knows what to do ON CONFLICT, as this dialect writes it."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # a start that has SQLite does not wait for it

    return postgresql.insert(table)


class DatabaseAway(Unavailable):
    """The database does not answer at all; another Unavailable means that it refused this one statement."""


@dataclass(frozen=True)
class _Plan:
    """A compiled statement: its text, what makes values for the driver, by column, and the order of the columns
    where they have no names there."""

    sql: str
    makers: tuple[tuple[str, Callable[[Any], Any]], ...]
    in_order: Callable[[dict[str, Any]], tuple[Any, ...]] | None

    def bound(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        if self.makers:
            rows = [{**row, **{name: make(row[name]) for name, make in self.makers}} for row in rows]
        return list(map(self.in_order, rows) if self.in_order else rows)


@dataclass(frozen=True)
class _Reading:
    """A compiled query: its text, and what turns the driver's value into ours, by column."""

    sql: str
    makers: tuple[tuple[int, Callable[[Any], Any]], ...]

    def read(self, row: Any) -> tuple[Any, ...]:
        if not self.makers:
            return tuple(row)
        values = list(row)
        for number, make in self.makers:
            values[number] = make(values[number])
        return tuple(values)


class Database:
    """Transactions over one engine. The kernel alone commits."""

    def __init__(self, url: URL, metadata: MetaData) -> None:
        self.url = url
        self._metadata = metadata
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._plans: dict[tuple[Any, ...], _Plan] = {}
        self._readings: dict[tuple[Any, ...], _Reading] = {}
        self._engine = self._sqlite() if self.is_sqlite else self._postgres()

    def create(self) -> None:
        """Make the database (where the server allows it) and the tables that are missing.

        Unavailable ``database-unavailable``; Conflict ``schema-outdated`` when a table of an earlier version
        lacks columns: nothing is changed then, and ``details`` names the database and the columns.
        """
        try:
            if not self.is_sqlite:
                self._create_postgres_database()
            missing = self._check_schema()
            # a file is this process's own: asking again for every table takes longer than making them
            self._metadata.create_all(self._engine, tables=missing, checkfirst=not self.is_sqlite)
        except OperationalError as error:
            raise Unavailable("database-unavailable", str(error.orig)) from error

    def _check_schema(self) -> list[Table]:
        """The tables that are missing."""
        found = inspect(self._engine)
        present = set(found.get_table_names())
        lacking = []
        for table in self._metadata.sorted_tables:
            if table.name in present:
                known = {column["name"] for column in found.get_columns(table.name)}
                lacking += [f"{table.name}.{column.name}" for column in table.c if column.name not in known]
        if lacking:
            where = self.url.render_as_string(hide_password=True)
            message = f"{where} is of an earlier version, without {', '.join(lacking)}: move it away"
            raise Conflict("schema-outdated", message, database=where, lacking=lacking)
        return [table for table in self._metadata.sorted_tables if table.name not in present]

    def dispose(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        with Session(self._engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except (OperationalError, InterfaceError) as error:
                raise self._unavailable(error) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries: whatever it changes is lost, whatever it loaded may be kept."""
        with Session(self._engine, expire_on_commit=False) as session:
            try:
                yield session
            except (OperationalError, InterfaceError) as error:
                raise self._unavailable(error) from error

    def _unavailable(self, error: OperationalError | InterfaceError) -> Unavailable:
        kind = Unavailable if self._answers() else DatabaseAway
        return kind("database-unavailable", str(error.orig))

    def _answers(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except (OperationalError, InterfaceError):
            return False
        return True

    def upsert(self, table: Table, replace: Sequence[str] = (), add: Sequence[str] = ()) -> Any:
        """INSERT … ON CONFLICT DO UPDATE over the primary key: some columns replaced, some added up."""
        new = insert_on_conflict(table, self._engine.dialect.name)
        changes = {name: new.excluded[name] for name in replace}
        changes |= {name: table.c[name] + new.excluded[name] for name in add}
        key = [column.name for column in table.primary_key]
        return new.on_conflict_do_update(index_elements=key, set_=changes)

    def write_many(
        self,
        session: Session,
        table: Table,
        rows: Sequence[dict[str, Any]],
        *,
        replace: Sequence[str] = (),
        add: Sequence[str] = (),
    ) -> None:
        """Insert many rows that have the same columns; with ``replace`` or ``add``, upsert them.

        The statement is compiled once for a set of columns and the rows go straight to the driver: a third of
        what SQLAlchemy's own executemany costs, on the hottest path there is.
        """
        if not rows:
            return
        key = (table.name, tuple(rows[0]), tuple(replace), tuple(add))
        plan = self._plans.get(key)
        if plan is None:
            statement = self.upsert(table, replace, add) if replace or add else insert(table)
            plan = self._plans[key] = _plan(statement, table, tuple(rows[0]), self._engine.dialect)
        self._run(session, plan.sql, plan.bound(rows), is_many=True)

    def read_keyed(
        self,
        session: Session,
        table: Table,
        names: tuple[str, ...],
        keys: Iterable[str | int],
        *,
        is_locking: bool = False,
    ) -> list[tuple[Any, ...]]:
        """These columns of the rows whose primary key is one of ``keys``, straight from the driver.

        With ``is_locking`` in the order of their keys and kept from other writers till the transaction ends
        (SQLite has one writer anyway). The same statement for any number of keys.
        """
        kept = (table.name, names, is_locking)
        reading = self._readings.get(kept)
        if reading is None:
            reading = self._readings[kept] = self._reading(table, names, is_locking=is_locking)
        found = self._run(session, reading.sql, (self._keys(keys),))
        return [reading.read(row) for row in found]

    def delete_keyed(self, session: Session, table: Table, keys: Iterable[str]) -> None:
        """Delete the rows whose primary key is one of ``keys``."""
        quoted, key = self._quoted(table)
        sql = f"DELETE FROM {quoted} WHERE {key} {self._among}"  # noqa: S608 - our own names
        self._run(session, sql, (self._keys(keys),))

    def _run(self, session: Session, sql: str, given: Any, *, is_many: bool = False) -> list[Any]:
        """The rows that a statement returns: the driver is asked directly, for SQLAlchemy's own way to it costs
        several times what a short statement does. Errors are SQLAlchemy's all the same."""
        connection, dialect = session.connection(), self._engine.dialect
        cursor = connection.connection.cursor()
        try:
            if is_many:
                cursor.executemany(sql, given)
                return []
            cursor.execute(sql, given)
            return list(cursor.fetchall()) if cursor.description else []
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
        finally:
            cursor.close()

    @property
    def _among(self) -> str:
        return "IN (SELECT value FROM json_each(?))" if self.is_sqlite else "= ANY(%s)"

    def _keys(self, keys: Iterable[str | int]) -> Any:
        return to_json(list(keys)).decode() if self.is_sqlite else list(keys)

    def _quoted(self, table: Table) -> tuple[str, str]:
        """A table and its key as SQL writes them."""
        writer = self._engine.dialect.identifier_preparer
        return writer.format_table(table), writer.quote(next(iter(table.primary_key)).name)

    def _reading(self, table: Table, names: tuple[str, ...], *, is_locking: bool) -> _Reading:
        quoted, key = self._quoted(table)
        dialect = self._engine.dialect
        columns = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
        lock = f" ORDER BY {key} FOR UPDATE" if is_locking and not self.is_sqlite else ""
        sql = f"SELECT {columns} FROM {quoted} WHERE {key} {self._among}{lock}"  # noqa: S608 - our own names
        makers = (table.c[name].type.dialect_impl(dialect).result_processor(dialect, None) for name in names)
        return _Reading(sql, tuple((number, make) for number, make in enumerate(makers) if make))

    def _sqlite(self) -> Engine:
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres(self) -> Engine:
        return create_engine(self.url, pool_pre_ping=True, pool_size=6)

    def _create_postgres_database(self) -> None:
        try:
            with self._engine.connect():
                return
        except OperationalError:
            pass
        server = create_engine(self.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        try:
            with server.connect() as connection:
                name = server.dialect.identifier_preparer.quote(str(self.url.database))
                connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
        except ProgrammingError as error:
            if "already exists" not in str(error):
                raise
        finally:
            server.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy, not the driver, says BEGIN
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    connection.connection.driver_connection.execute("BEGIN")  # for every transaction: straight to the driver


def _plan(statement: Any, table: Table, names: tuple[str, ...], dialect: Any) -> _Plan:
    compiled = statement.values({name: bindparam(name) for name in names}).compile(dialect=dialect)
    makers = ((name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names)
    in_order = itemgetter(*compiled.positiontup) if compiled.positional else None
    return _Plan(str(compiled), tuple((name, make) for name, make in makers if make), in_order)
