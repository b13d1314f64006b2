"""The rows that a batch works with: read in one query, changed in memory, written in one statement.

For the tables that every message touches. A row is a frozen dataclass; whoever changes it puts a new one. Rows of
a case are read before the handlers run, so a handler asks no database at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Table
from sqlmodel import Session

if TYPE_CHECKING:
    from shared.bus.persistence.database import Database

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class HotTable(Generic[R]):
    """A table with one text column as its key, and the frozen dataclass that its rows are here."""

    table: Table
    row_class: type[R]

    @cached_property
    def key_column(self) -> str:
        return str(next(iter(self.table.primary_key)).name)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self.row_class))  # type: ignore[arg-type]


class BatchRows(Generic[R]):
    """The rows of one sheet in one transaction, whoever of the batch changed them."""

    def __init__(self, session: Session, database: Database, hot_table: HotTable[R]) -> None:
        self._session = session
        self._database = database
        self._hot_table = hot_table
        self._rows: dict[str, R | None] = {}
        self._changed: dict[str, R] = {}

    def load_rows(self, keys: Iterable[str]) -> None:
        """Read these rows in one query; on PostgreSQL they stay ours until the transaction ends."""
        missing_keys = sorted(set(keys) - self._rows.keys())
        if not missing_keys:
            return
        hot_table = self._hot_table
        self._rows |= dict.fromkeys(missing_keys)
        for row in self._database.read_by_keys(
            self._session, hot_table.table, hot_table.column_names, missing_keys, is_locking=True
        ):
            instance = hot_table.row_class(*row)
            self._rows[getattr(instance, hot_table.key_column)] = instance

    def get(self, key: str) -> R | None:
        if key not in self._rows:
            self.load_rows([key])
        return self._rows[key]

    def take_changes(self, changed: Mapping[str, R]) -> None:
        """What one of the batch changed and may keep."""
        self._rows |= changed
        self._changed |= changed

    def flush(self) -> None:
        """Write what was changed."""
        rows = [_row_values(row, self._hot_table.column_names) for row in self._changed.values()]
        replaced_columns = [name for name in self._hot_table.column_names if name != self._hot_table.key_column]
        self._database.write_many(self._session, self._hot_table.table, rows, replace=replaced_columns)
        self._changed.clear()


class RowView(Generic[R]):
    """One handler's or request's view of a page: its changes count only if it ends well."""

    def __init__(self, batch_rows: BatchRows[R], key: str) -> None:
        self._batch_rows = batch_rows
        self._key = key
        self._own: dict[str, R] = {}

    def get(self, key: str) -> R | None:
        """The row as it stands now, or None."""
        return self._own.get(key) or self._batch_rows.get(key)

    def put(self, row: R) -> None:
        """The row as it shall be."""
        self._own[getattr(row, self._key)] = row

    def keep_changes(self) -> None:
        """The changes count."""
        self._batch_rows.take_changes(self._own)


class IdentityMap:
    """All pages of one transaction."""

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


def _row_values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
