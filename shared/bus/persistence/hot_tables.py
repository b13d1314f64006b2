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
class Sheet(Generic[R]):
    """A table with one text column as its key, and the frozen dataclass that its rows are here."""

    table: Table
    kind: type[R]

    @cached_property
    def key(self) -> str:
        return str(next(iter(self.table.primary_key)).name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self.kind))  # type: ignore[arg-type]


class Page(Generic[R]):
    """The rows of one sheet in one transaction, whoever of the batch changed them."""

    def __init__(self, session: Session, database: Database, sheet: Sheet[R]) -> None:
        self._session = session
        self._database = database
        self._sheet = sheet
        self._rows: dict[str, R | None] = {}
        self._changed: dict[str, R] = {}

    def load(self, keys: Iterable[str]) -> None:
        """Read these rows in one query; on PostgreSQL they stay ours until the transaction ends."""
        wanted = sorted(set(keys) - self._rows.keys())
        if not wanted:
            return
        sheet = self._sheet
        self._rows |= dict.fromkeys(wanted)
        for row in self._database.read_keyed(self._session, sheet.table, sheet.names, wanted, is_locking=True):
            found = sheet.kind(*row)
            self._rows[getattr(found, sheet.key)] = found

    def get(self, key: str) -> R | None:
        if key not in self._rows:
            self.load([key])
        return self._rows[key]

    def take(self, changed: Mapping[str, R]) -> None:
        """What one of the batch changed and may keep."""
        self._rows |= changed
        self._changed |= changed

    def flush(self) -> None:
        """Write what was changed."""
        rows = [_plain(row, self._sheet.names) for row in self._changed.values()]
        others = [name for name in self._sheet.names if name != self._sheet.key]
        self._database.write_many(self._session, self._sheet.table, rows, replace=others)
        self._changed.clear()


class View(Generic[R]):
    """One handler's or request's view of a page: its changes count only if it ends well."""

    def __init__(self, page: Page[R], key: str) -> None:
        self._page = page
        self._key = key
        self._own: dict[str, R] = {}

    def get(self, key: str) -> R | None:
        """The row as it stands now, or None."""
        return self._own.get(key) or self._page.get(key)

    def put(self, row: R) -> None:
        """The row as it shall be."""
        self._own[getattr(row, self._key)] = row

    def keep(self) -> None:
        """The changes count."""
        self._page.take(self._own)


class Pages:
    """All pages of one transaction."""

    def __init__(self, session: Session, database: Database) -> None:
        self._session = session
        self._database = database
        self._pages: dict[Sheet[Any], Page[Any]] = {}

    def page(self, sheet: Sheet[R]) -> Page[R]:
        if sheet not in self._pages:
            self._pages[sheet] = Page(self._session, self._database, sheet)
        return self._pages[sheet]

    def flush(self) -> None:
        for page in self._pages.values():
            page.flush()


def _plain(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
