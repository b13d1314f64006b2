"""The pages of a list, by the key of a row (keyset pagination): new rows shift no page, and an index serves each.

A place in a list is the key of a row, which the page does not include. The key is unique; a row whose key changes
(the latest change first) moves to the front of its list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Select,
    String,
    Table,
    TypeDecorator,
    func,
    literal,
    select,
    tuple_,
)
from sqlmodel import Session

from shared.bus.errors import Malformed
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import UtcDateTime

R = TypeVar("R")
S = TypeVar("S")
KeyPart = str | int | datetime | date
RowKey = tuple[KeyPart, ...]


def write_in_order(session: Session, database: Database, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows whose numbers are in the order in which they come into sight: a reader that goes on behind the
    newest number misses none.

    PostgreSQL gives a number at the insertion, and another replica's transaction with the next number may end
    first. So replicas insert into such a table one after another, each until the end of its transaction.
    """
    if not rows:
        return
    if not database.is_sqlite:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(table.name))))
    database.write_many(session, table, rows)


@dataclass(frozen=True)
class ListPlace:
    """The wished page: ``limit`` rows after the row with the key ``after``, or before it with ``is_backward``.

    Without ``after`` the page is the first one. ``after`` is as a cursor holds it, its moments and days as texts.
    """

    limit: int
    after: tuple[str | int, ...] | None = None
    is_backward: bool = False


@dataclass(frozen=True)
class ListPage(Generic[R]):
    """The rows of a page in the order of the list; ``previous`` and ``next`` are the keys from which the list goes
    on in each direction, None at its ends.
    """

    rows: list[R]
    previous: RowKey | None = None
    next: RowKey | None = None

    def convert_rows(self, convert: Callable[[R], S]) -> ListPage[S]:
        """The same page with another form of its rows."""
        return ListPage([convert(row) for row in self.rows], self.previous, self.next)


@dataclass(frozen=True)
class ListOrder:
    """The order of a list: by these columns, which are never NULL and together unique; descending, so that the
    newest row comes first, unless ``is_ascending``.
    """

    columns: tuple[Any, ...]
    is_ascending: bool = False

    def read_page(
        self,
        query: Select[Any],
        place: ListPlace,
        fetch: Callable[[Select[Any]], Sequence[R]],
        key: Callable[[R], RowKey] | None = None,
    ) -> ListPage[R]:
        """A page of a query that is neither ordered nor limited.

        ``fetch`` runs the query. ``key`` gives the key of a row; without ``key`` a row has the columns as
        attributes.
        Malformed ``cursor-malformed`` for a place that is no key of this list.
        """
        is_rising = self.is_ascending != place.is_backward
        if place.after is not None:
            query = query.where(self._rows_beyond(self.read_key(place.after), is_rising=is_rising))
        order = (column.asc() if is_rising else column.desc() for column in self.columns)
        rows = list(fetch(query.order_by(*order).limit(place.limit + 1)))
        return make_page(rows, place, key or self._key_of)

    def read_key(self, values: Sequence[str | int]) -> RowKey:
        """The key of a row from a cursor; Malformed ``cursor-malformed``."""
        if len(values) != len(self.columns):
            raise foreign_cursor()
        return tuple(_read_part(value, column.type) for value, column in zip(values, self.columns, strict=True))

    def _rows_beyond(self, key: RowKey, *, is_rising: bool) -> Any:
        columns = tuple_(*self.columns)
        bound = tuple_(*(literal(part, column.type) for part, column in zip(key, self.columns, strict=True)))
        return columns > bound if is_rising else columns < bound

    def _key_of(self, row: Any) -> RowKey:
        return tuple(getattr(row, column.key) for column in self.columns)


def select_rows(session: Session) -> Callable[[Select[Any]], Sequence[Any]]:
    """Runs a query for one kind of rows of the ORM (the ``fetch`` of ``ListOrder.read_page``)."""
    return lambda query: session.execute(query).scalars().all()


def make_page(rows: list[R], place: ListPlace, key: Callable[[R], RowKey]) -> ListPage[R]:
    """The page of rows that were read in the direction of the place, with one row more where the list goes on."""
    goes_on = len(rows) > place.limit
    rows = rows[: place.limit]
    if place.is_backward:
        rows.reverse()
    if not rows:
        return ListPage([])
    has_previous = goes_on if place.is_backward else place.after is not None
    has_next = place.is_backward or goes_on
    return ListPage(rows, key(rows[0]) if has_previous else None, key(rows[-1]) if has_next else None)


def slice_page(rows: Sequence[R], place: ListPlace, key: Callable[[R], tuple[str | int, ...]]) -> ListPage[R]:
    """A page of rows in memory that are sorted by ``key``, the smallest key first.

    Malformed ``cursor-malformed`` for a place that is no key of this list.
    """
    if place.after is None:
        return make_page(list(rows[: place.limit + 1]), place, key)
    after = place.after
    try:
        if place.is_backward:
            beyond = [row for row in reversed(rows) if key(row) < after]
        else:
            beyond = [row for row in rows if key(row) > after]
    except TypeError:
        raise foreign_cursor() from None
    return make_page(beyond[: place.limit + 1], place, key)


def foreign_cursor() -> Malformed:
    """The error of a damaged cursor, or of a cursor of another list."""
    return Malformed("cursor-malformed", "the cursor is damaged, or belongs to another list")


def _read_part(value: str | int, kind: Any) -> KeyPart:
    """A part of a key, as a column of this type compares it."""
    if isinstance(kind, TypeDecorator) and not isinstance(kind, UtcDateTime):
        kind = kind.impl_instance
    if isinstance(kind, Integer):
        most = 2 ** (63 if isinstance(kind, BigInteger) else 31)
        if isinstance(value, int) and -most <= value < most:
            return value
        raise foreign_cursor()
    if not isinstance(value, str):
        raise foreign_cursor()
    if isinstance(kind, String):
        return value
    try:
        if isinstance(kind, UtcDateTime):
            return _in_utc(datetime.fromisoformat(value))
        if isinstance(kind, Date):
            return date.fromisoformat(value)
    except (ValueError, OverflowError):
        raise foreign_cursor() from None
    raise TypeError(f"no list is ordered by a column of the type {kind!r}")


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment in a cursor has its zone")
    return moment.astimezone(UTC)
