"""One database a service: a SQLite file by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlmodel import Session

from shared.bus.errors import Unavailable

__all__ = ["Database", "IntegrityError", "Session", "database_url"]


def database_url(base: str | None, directory: Path, instance: str) -> URL:
    """The URL of an instance's own database: ``<base>_<instance>`` on the given server, or a file."""
    if base is None:
        return URL.create("sqlite", database=str(directory / instance / "data.sqlite"))
    url = make_url(base)
    if url.get_backend_name() != "postgresql":
        raise ValueError("DATABASE_URL must be a postgresql:// URL (leave it out for SQLite)")
    return url.set(drivername="postgresql+psycopg", database=f"{url.database or 'egov'}_{instance}")


class Database:
    """Transactions over one engine. The kernel alone commits."""

    def __init__(self, url: URL, metadata: MetaData) -> None:
        self.url = url
        self._metadata = metadata
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._engine = self._sqlite() if self.is_sqlite else self._postgres()

    def create(self) -> None:
        """Make the database (where the server allows it) and the tables that are missing."""
        try:
            if not self.is_sqlite:
                self._create_postgres_database()
            self._metadata.create_all(self._engine)
        except OperationalError as error:
            raise Unavailable("database-unavailable", str(error.orig)) from error

    def dispose(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        with Session(self._engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except OperationalError as error:
                raise Unavailable("database-unavailable", str(error.orig)) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries: whatever it changes is lost, whatever it loaded may be kept."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    def upsert(self, table: Table, replace: Sequence[str] = (), add: Sequence[str] = ()) -> Any:
        """INSERT … ON CONFLICT DO UPDATE over the primary key: some columns replaced, some added up."""
        insert: Any = sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)
        changes = {name: insert.excluded[name] for name in replace}
        changes |= {name: table.c[name] + insert.excluded[name] for name in add}
        key = [column.name for column in table.primary_key]
        return insert.on_conflict_do_update(index_elements=key, set_=changes)

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
    connection.exec_driver_sql("BEGIN")
