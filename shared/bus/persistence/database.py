"""The database of one service: a SQLite file by default, PostgreSQL when a URL is set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, MetaData, Table, bindparam, create_engine, event, func, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session

from shared.bus.errors import Unavailable
from shared.bus.persistence.connection_faults import ask_transaction_status, is_connection_fault
from shared.bus.persistence.schema.creation import create_schema
from shared.bus.persistence.schema.history import SchemaHistory
from shared.bus.persistence.tables import limit_indexes_of_postgres

__all__ = ["Database", "IntegrityError", "Session", "database_url"]

APPLICATION = "egov-bus"
"""The name under which PostgreSQL lists our connections."""
_SQLITE_COLUMNS = (
    "SELECT made.name, kept.name FROM sqlite_master made, pragma_table_info(made.name) kept"
    " WHERE made.type = 'table'"
)
_OWN_SCHEMA = "WHERE table_schema = current_schema()"
_POSTGRES_COLUMNS = f"SELECT table_name, column_name FROM information_schema.columns {_OWN_SCHEMA}"  # noqa: S608 - fixed words


def database_url(base: str | None, directory: Path, instance: str, authority: Path | None = None) -> URL:
    """The URL of an instance's own database: ``<base>_<instance>`` on a PostgreSQL server, or a SQLite file.

    With ``authority`` (PEM) the server is reached over TLS only, and must prove its name by that authority.
    """
    if base is None:
        return URL.create("sqlite", database=str(directory / instance / "data.sqlite"))
    url = make_url(base)
    if url.get_backend_name() != "postgresql":
        raise ValueError("DATABASE_URL must be a postgresql:// URL (leave it out for SQLite)")
    if authority is not None:
        url = url.update_query_dict({"sslmode": "verify-full", "sslrootcert": str(authority)})
    return url.set(drivername="postgresql+psycopg", database=f"{url.database or 'egov'}_{instance}")


def insert_on_conflict(table: Table, dialect: str) -> Any:
    """The INSERT of this dialect, which has ``on_conflict_do_update``."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # imported late: a start with SQLite does not need the import

    return postgresql.insert(table)


class DatabaseAway(Unavailable):
    """The database does not answer at all; a plain Unavailable means that the database refused one statement."""


@dataclass(frozen=True)
class _WritePlan:
    """A compiled statement: the SQL, the names of the parameters in the driver's order, and the converters of
    parameters, each with the parameter's position.
    """

    sql: str
    names: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]
    is_positional: bool

    def bind_rows(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """The parameters for the driver; the values of each row are in the order of ``names``."""
        bound = [list(row) for row in rows]
        for place, convert in self.converters:
            for values in bound:
                values[place] = convert(values[place])
        return bound if self.is_positional else [dict(zip(self.names, values, strict=True)) for values in bound]


@dataclass(frozen=True)
class _ReadPlan:
    """A compiled query: the SQL, and the converters of the driver's values, each with the column's position."""

    sql: str
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def convert_row(self, row: Any) -> tuple[Any, ...]:
        if not self.converters:
            return tuple(row)
        values = list(row)
        for number, convert in self.converters:
            values[number] = convert(values[number])
        return tuple(values)


class Database:
    """Transactions over one engine. Only the kernel commits."""

    def __init__(self, url: URL, metadata: MetaData) -> None:
        self.url = url
        self._metadata = metadata
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._write_plans: dict[tuple[Any, ...], _WritePlan] = {}
        self._read_plans: dict[tuple[Any, ...], _ReadPlan] = {}
        self.engine = self._sqlite_engine() if self.is_sqlite else self._postgres_engine()

    def create_schema(self, history: SchemaHistory | None = None, *, migrates: bool = False) -> None:
        """Make the database and its tables, or bring them to the newest version; see `creation.create_schema`."""
        create_schema(self, history, migrates=migrates)

    def ask(self, question: str) -> list[Any]:
        """The rows of a query of the kernel's own; Unavailable ``database-unavailable``, and DatabaseError."""
        try:
            with self.engine.connect() as connection:
                return list(connection.exec_driver_sql(question))
        except SQLAlchemyError as error:
            if not is_connection_fault(error, is_sqlite=self.is_sqlite):
                raise
            raise self._unavailable_error(error) from error

    def ask_all(self, questions: Iterable[str]) -> list[list[Any]]:
        """The rows of each of many queries of the kernel's own, over one connection and straight from the driver;
        raises as `ask` does.
        """
        try:
            with self.engine.connect() as connection:
                return [self._run_on_driver(connection, question, ()) for question in questions]
        except SQLAlchemyError as error:
            if not is_connection_fault(error, is_sqlite=self.is_sqlite):
                raise
            raise self._unavailable_error(error) from error

    @property
    def tables(self) -> list[Table]:
        """The tables that the service needs."""
        return self._metadata.sorted_tables

    def list_lacking(self, present: dict[str, set[str]]) -> list[str]:
        """The columns that the tables lack, by the columns of each table in the database."""
        return [
            f"{table.name}.{column.name}"
            for table in self._metadata.sorted_tables
            if table.name in present
            for column in table.c
            if column.name not in present[table.name]
        ]

    @property
    def metadata(self) -> MetaData:
        """The models of the tables."""
        return self._metadata

    def read_columns(self, connection: Connection | None = None) -> dict[str, set[str]]:
        """The columns of each table in the database, read by one query, so that the start is fast; with
        ``connection`` inside the caller's transaction.
        """
        question = _SQLITE_COLUMNS if self.is_sqlite else _POSTGRES_COLUMNS
        columns: dict[str, set[str]] = {}
        rows = self.ask(question) if connection is None else connection.exec_driver_sql(question)
        for table_name, column_name in rows:
            columns.setdefault(table_name, set()).add(column_name)
        return columns

    def dispose(self) -> None:
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any exception.

        Where the connection ends between COMMIT and its answer, the server is asked what became of it: the block
        ends in peace if the transaction was committed; DatabaseAway when nobody can be asked.
        """
        transaction_id: int | None = None
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
                    session.flush()
                    transaction_id = self._read_transaction_id(session)
            except SQLAlchemyError as error:
                if not is_connection_fault(error, is_sqlite=self.is_sqlite):
                    raise
                is_unknown = transaction_id is not None and getattr(error, "connection_invalidated", False)
                if not (is_unknown and transaction_id is not None and self._was_committed(transaction_id)):
                    raise self._unavailable_error(error) from error

    def _read_transaction_id(self, session: Session) -> int | None:
        """PostgreSQL's number of a transaction that has written; a file has no connection that could be lost."""
        if self.is_sqlite:
            return None
        number: int | None = session.connection().exec_driver_sql("SELECT txid_current_if_assigned()").scalar()
        return number

    def _was_committed(self, transaction_id: int) -> bool:
        """Whether the server committed this transaction; DatabaseAway without an answer within
        ``connection_faults.ASK_SECONDS``.
        """
        status = ask_transaction_status(self.engine, transaction_id)
        if status is not None:
            return status == "committed"
        raise DatabaseAway("database-unavailable", "the connection ended during COMMIT; its outcome is unknown")

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """A session for queries: changes are never committed, and loaded objects stay usable after the session.

        A connection that ends inside the block, or at the block's end, is Unavailable ``database-unavailable``.
        """
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                yield session
        except SQLAlchemyError as error:
            if not is_connection_fault(error, is_sqlite=self.is_sqlite):
                raise
            raise self._unavailable_error(error) from error

    def _unavailable_error(self, error: SQLAlchemyError) -> Unavailable:
        kind = Unavailable if self._is_answering() else DatabaseAway
        return kind("database-unavailable", str(getattr(error, "orig", error)))

    def _is_answering(self) -> bool:
        with suppress(SQLAlchemyError), self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            return True
        return False

    def upsert_statement(
        self, table: Table, replace: Sequence[str] = (), add: Sequence[str] = (), rise: Sequence[str] = ()
    ) -> Any:
        """INSERT … ON CONFLICT DO UPDATE over the primary key: replaces the columns ``replace``, adds to the
        columns ``add``, and lets the columns ``rise`` only rise.
        """
        statement = insert_on_conflict(table, self.engine.dialect.name)
        higher = func.max if self.is_sqlite else func.greatest
        changes = {name: statement.excluded[name] for name in replace}
        changes |= {name: table.c[name] + statement.excluded[name] for name in add}
        changes |= {name: higher(table.c[name], statement.excluded[name]) for name in rise}
        key = [column.name for column in table.primary_key]
        return statement.on_conflict_do_update(index_elements=key, set_=changes)

    def write_many(
        self,
        session: Session,
        table: Table,
        rows: Sequence[dict[str, Any]],
        *,
        replace: Sequence[str] = (),
        rise: Sequence[str] = (),
    ) -> None:
        """Insert many rows that have the same columns; with ``replace`` or ``rise``, upsert them.

        The statement is compiled once for each set of columns, and the rows go straight to the driver: this takes
        a third of the time of SQLAlchemy's own executemany, on the hottest path of the bus.
        """
        if not rows:
            return
        plan = self._find_write_plan(table, tuple(rows[0]), tuple(replace), tuple(rise))
        self._run_sql(session, plan.sql, plan.bind_rows(map(_pick_values(plan.names), rows)), is_many=True)

    def replace_rows(self, session: Session, table: Table, names: tuple[str, ...], rows: Sequence[object]) -> None:
        """Upsert objects whose attributes ``names`` are the columns; a conflict replaces all but the key."""
        if not rows:
            return
        replaced = tuple(name for name in names if not table.c[name].primary_key)
        plan = self._find_write_plan(table, names, replaced, ())
        self._run_sql(session, plan.sql, plan.bind_rows(map(attrgetter(*plan.names), rows)), is_many=True)

    def _find_write_plan(
        self, table: Table, names: tuple[str, ...], replace: tuple[str, ...], rise: tuple[str, ...]
    ) -> _WritePlan:
        key = (table.name, names, replace, rise)
        plan = self._write_plans.get(key)
        if plan is None:
            is_upsert = replace or rise
            statement = self.upsert_statement(table, replace, rise=rise) if is_upsert else insert(table)
            plan = self._write_plans[key] = _make_write_plan(statement, table, names, self.engine.dialect)
        return plan

    def read_by_keys(
        self,
        session: Session,
        table: Table,
        names: tuple[str, ...],
        keys: Iterable[str | int],
        *,
        is_locking: bool = False,
    ) -> list[tuple[Any, ...]]:
        """The columns ``names`` of the rows whose primary key is one of ``keys``, straight from the driver.

        With ``is_locking`` the rows come in the order of the keys and stay locked to the end of the transaction
        (SQLite has one writer anyway). One statement serves any number of keys.
        """
        cache_key = (table.name, names, is_locking)
        plan = self._read_plans.get(cache_key)
        if plan is None:
            plan = self._read_plans[cache_key] = self._make_read_plan(table, names, is_locking=is_locking)
        rows = self._run_sql(session, plan.sql, (self._keys_parameter(keys),))
        return [plan.convert_row(row) for row in rows]

    def delete_by_keys(self, session: Session, table: Table, keys: Iterable[str]) -> None:
        """Delete the rows whose primary key is one of ``keys``."""
        quoted, key = self._quoted_names(table)
        sql = f"DELETE FROM {quoted} WHERE {key} {self._in_clause}"  # noqa: S608 - our own names
        self._run_sql(session, sql, (self._keys_parameter(keys),))

    def _run_sql(self, session: Session, sql: str, parameters: Any, *, is_many: bool = False) -> list[Any]:
        """Run a statement in the session's transaction, straight on the driver."""
        return self._run_on_driver(session.connection(), sql, parameters, is_many=is_many)

    def _run_on_driver(
        self, connection: Connection, sql: str, parameters: Any, *, is_many: bool = False
    ) -> list[Any]:
        """Run a statement on the driver directly and return the rows: SQLAlchemy's own path costs several times
        what a short statement costs. Errors are still SQLAlchemy's.
        """
        dialect = self.engine.dialect
        try:
            with closing(connection.connection.cursor()) as cursor:
                if is_many:
                    cursor.executemany(sql, parameters)
                    return []
                cursor.execute(sql, parameters)
                return list(cursor.fetchall()) if cursor.description else []
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error

    @property
    def _in_clause(self) -> str:
        return "IN (SELECT value FROM json_each(?))" if self.is_sqlite else "= ANY(%s)"

    def _keys_parameter(self, keys: Iterable[str | int]) -> Any:
        return to_json(list(keys)).decode() if self.is_sqlite else list(keys)

    def _quoted_names(self, table: Table) -> tuple[str, str]:
        """The quoted names of a table and of the table's primary key."""
        writer = self.engine.dialect.identifier_preparer
        return writer.format_table(table), writer.quote(next(iter(table.primary_key)).name)

    def _make_read_plan(self, table: Table, names: tuple[str, ...], *, is_locking: bool) -> _ReadPlan:
        quoted, key = self._quoted_names(table)
        dialect = self.engine.dialect
        columns = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
        lock = f" ORDER BY {key} FOR UPDATE" if is_locking and not self.is_sqlite else ""
        sql = f"SELECT {columns} FROM {quoted} WHERE {key} {self._in_clause}{lock}"  # noqa: S608 - our own names
        converters = (table.c[name].type.dialect_impl(dialect).result_processor(dialect, None) for name in names)
        return _ReadPlan(sql, tuple((number, convert) for number, convert in enumerate(converters) if convert))

    def _sqlite_engine(self) -> Engine:
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres_engine(self) -> Engine:
        limit_indexes_of_postgres(self._metadata)
        named = {"application_name": APPLICATION}
        return create_engine(self.url, connect_args=named, pool_pre_ping=True, pool_size=6)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    connection.connection.driver_connection.execute("BEGIN")  # without SQLAlchemy: this runs in every transaction


def _make_write_plan(statement: Any, table: Table, names: tuple[str, ...], dialect: Any) -> _WritePlan:
    compiled = statement.values({name: bindparam(name) for name in names}).compile(dialect=dialect)
    in_order = tuple(compiled.positiontup) if compiled.positional else names
    converters = (table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in in_order)
    by_place = ((place, convert) for place, convert in enumerate(converters) if convert)
    return _WritePlan(str(compiled), in_order, tuple(by_place), compiled.positional)


def _pick_values(names: tuple[str, ...]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """The function that takes these values from a row as a tuple; ``itemgetter`` of one name gives no tuple."""
    return itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
