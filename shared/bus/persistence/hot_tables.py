"""The rows that a batch works with: read in one query, changed in memory, written in one statement.

Hot tables are the tables that every message touches. A row is a frozen dataclass, and the dataclass declares the
table (``declare_table``); a handler that changes a row puts a new one. The rows of a case are read before the
handlers run, so a handler queries no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from sqlalchemy import Column, Integer, MetaData, Select, String, Table, select
from sqlmodel import Session

from shared.bus.persistence.codecs import TextCodec
from shared.bus.persistence.tables import UtcDateTime

if TYPE_CHECKING:
    from shared.bus.persistence.database import Database

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class HotTable(Generic[R]):
    """A table with one text column as its key, and the frozen dataclass of its rows."""

    table: Table
    row_class: type[R]
    is_locking: bool = True
    """Whether PostgreSQL locks the rows to the end of the transaction; not for rows that handlers only look at."""

    @cached_property
    def key_column(self) -> str:
        return str(next(iter(self.table.primary_key)).name)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self.row_class))  # type: ignore[arg-type]

    @cached_property
    def query(self) -> Select[Any]:
        """A query for whole rows, to be filtered; see ``read_rows``."""
        return self.query_without()

    def query_without(self, *names: str) -> Select[Any]:
        """A query for rows in which these long columns have the defaults of their fields."""
        return select(*(self.table.c[name] for name in self.column_names if name not in names))

    def read_rows(self, session: Session, query: Select[Any]) -> list[R]:
        """The rows of a query derived from ``query``."""
        return [self.row_class(**row) for row in session.connection().execute(query).mappings()]

    def read_row(self, session: Session, key: str) -> R | None:
        """The committed row with this key, or None."""
        rows = self.read_rows(session, self.query.where(self.table.c[self.key_column] == key))
        return rows[0] if rows else None


@dataclass(frozen=True)
class HotColumn:
    """The column of a row's field, as ``Annotated[str, HotColumn(…)]``; a field without it has a column of its
    type. ``length`` is in characters; a field without ``codec`` is a str, an int or a datetime.
    """

    length: int | None = None
    codec: TextCodec[Any] | None = None
    is_key: bool = False
    is_indexed: bool = False
    is_unique: bool = False


def declare_table(name: str, metadata: MetaData, row_class: type[R]) -> HotTable[R]:
    """The table whose columns are the fields of a frozen dataclass, in order; exactly one is the key.

    A field that may be None is a nullable column. TypeError for a type without a column, ValueError without a key.
    """
    hints = get_type_hints(row_class, include_extras=True)
    columns = [_make_column(field.name, hints[field.name]) for field in fields(row_class)]  # type: ignore[arg-type]
    if sum(column.primary_key for column in columns) != 1:
        raise ValueError(f"{row_class.__name__} has not exactly one key")
    return HotTable(Table(name, metadata, *columns), row_class)


def _make_column(name: str, hint: Any) -> Column[Any]:
    declared = HotColumn()
    if get_origin(hint) is Annotated:
        hint, declared, *_ = get_args(hint)
    alternatives = set(get_args(hint)) if isinstance(hint, UnionType) else {hint}
    is_nullable = NoneType in alternatives
    return Column(
        name,
        declared.codec or _plain_type(name, alternatives - {NoneType}, declared.length),
        primary_key=declared.is_key,
        nullable=is_nullable,
        index=declared.is_indexed or None,
        unique=declared.is_unique or None,
    )


def _plain_type(name: str, alternatives: set[Any], length: int | None) -> Any:
    if alternatives == {str}:
        return String(length)
    if alternatives == {int}:
        return Integer()
    if alternatives == {datetime}:
        return UtcDateTime()
    raise TypeError(f"the column {name} needs a codec")


class BatchRows(Generic[R]):
    """The rows of one hot table in one transaction, with the changes of the whole batch."""

    def __init__(self, session: Session, database: Database, hot_table: HotTable[R]) -> None:
        self._session = session
        self._database = database
        self._hot_table = hot_table
        self._rows: dict[str, R | None] = {}
        self._changed: dict[str, R] = {}

    def load_rows(self, keys: Iterable[str]) -> None:
        """Read these rows in one query; on PostgreSQL they stay locked to the end of the transaction, unless the
        table says otherwise.
        """
        missing_keys = sorted(set(keys) - self._rows.keys())
        if not missing_keys:
            return
        hot_table = self._hot_table
        self._rows |= dict.fromkeys(missing_keys)
        for row in self._database.read_by_keys(
            self._session,
            hot_table.table,
            hot_table.column_names,
            missing_keys,
            is_locking=hot_table.is_locking,
        ):
            instance = hot_table.row_class(*row)
            self._rows[getattr(instance, hot_table.key_column)] = instance

    def get(self, key: str) -> R | None:
        if key not in self._rows:
            self.load_rows([key])
        return self._rows[key]

    def take_changes(self, changed: Mapping[str, R]) -> None:
        """Take over the changes of one successful unit of work."""
        self._rows |= changed
        self._changed |= changed

    def flush(self) -> None:
        """Write the changed rows."""
        hot_table = self._hot_table
        self._database.replace_rows(
            self._session, hot_table.table, hot_table.column_names, list(self._changed.values())
        )
        self._changed.clear()


class RowView(Generic[R]):
    """The view of one handler or request on the batch's rows: its changes count only after success."""

    def __init__(self, batch_rows: BatchRows[R], key: str) -> None:
        self._batch_rows = batch_rows
        self._key = key
        self._own: dict[str, R] = {}

    def get(self, key: str) -> R | None:
        """The current row, or None."""
        return self._own.get(key) or self._batch_rows.get(key)

    def put(self, row: R) -> None:
        """Replace or add a row."""
        self._own[getattr(row, self._key)] = row

    def keep_changes(self) -> None:
        """Keep the changes."""
        self._batch_rows.take_changes(self._own)


class IdentityMap:
    """The rows of all hot tables in one transaction."""

    def __init__(self, session: Session, database: Database) -> None:
        self._session = session
        self._database = database
        self._batch_rows: dict[HotTable[Any], BatchRows[Any]] = {}

    def rows_of(self, hot_table: HotTable[R]) -> BatchRows[R]:
        if hot_table not in self._batch_rows:
            self._batch_rows[hot_table] = BatchRows(self._session, self._database, hot_table)
        return self._batch_rows[hot_table]

    def flush(self) -> None:
        for batch_rows in self._batch_rows.values():
            batch_rows.flush()
