"""Rows that a batch reads once, changes in memory and writes once, and the tables that their classes declare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import pytest
from sqlalchemy import DateTime, MetaData, String, inspect

from shared.bus.persistence.codecs import comma_set, word_list
from shared.bus.persistence.database import Database, IntegrityError, database_url
from shared.bus.persistence.hot_tables import HotColumn, IdentityMap, RowView, declare_table

MOMENT = datetime(2026, 3, 2, 14, 30, tzinfo=timezone(timedelta(hours=5)))


@dataclass(frozen=True, slots=True)
class Parcel:
    """A row with a column of every kind."""

    number: Annotated[str, HotColumn(20, is_key=True)]
    weight: int
    sent_at: datetime
    tag: Annotated[str | None, HotColumn(10, is_unique=True)] = None
    note: str | None = None
    shelf: Annotated[str, HotColumn(5, is_indexed=True)] = ""
    stops: Annotated[tuple[str, ...], HotColumn(codec=word_list())] = ()
    carriers: Annotated[frozenset[str], HotColumn(codec=comma_set(50))] = frozenset()


METADATA = MetaData()
PARCELS = declare_table("parcel", METADATA, Parcel)
FIRST = Parcel("p1", 3, MOMENT, "x", None, "a", ("almaty", "aktau"), frozenset({"kz", "ru"}))


@pytest.fixture
def parcels(database: str | None, tmp_path: Path) -> Iterator[Database]:
    made = Database(database_url(database, tmp_path, "parcels"), METADATA)
    made.create_schema()
    yield made
    made.dispose()


def put(database: Database, *rows: Parcel) -> None:
    """A successful batch in which a handler puts these rows."""
    with database.transaction() as session:
        identity_map = IdentityMap(session, database)
        view = RowView(identity_map.rows_of(PARCELS), PARCELS.key_column)
        for row in rows:
            view.put(row)
        view.keep_changes()
        identity_map.flush()


def stored(database: Database, number: str) -> Parcel | None:
    with database.read_session() as session:
        return PARCELS.read_row(session, number)


def test_hot_row_comes_back_with_its_sets_and_tuples_and_moments_in_utc(parcels: Database) -> None:
    put(parcels, FIRST)
    found = stored(parcels, "p1")
    assert found == FIRST
    assert found is not None
    assert found.sent_at.tzinfo is UTC
    assert stored(parcels, "p2") is None


def test_hot_row_that_is_put_again_takes_the_place_of_the_one_before(parcels: Database) -> None:
    put(parcels, FIRST, replace(FIRST, weight=4))
    put(parcels, replace(FIRST, weight=5, stops=(), carriers=frozenset()))
    assert stored(parcels, "p1") == replace(FIRST, weight=5, stops=(), carriers=frozenset())


def test_hot_row_is_seen_changed_by_the_rest_of_its_batch_once_the_change_counts(parcels: Database) -> None:
    put(parcels, FIRST)
    changed = replace(FIRST, note="broken")
    with parcels.transaction() as session:
        rows = IdentityMap(session, parcels).rows_of(PARCELS)
        rows.load_rows(["p1", "p2"])
        own, others = RowView(rows, PARCELS.key_column), RowView(rows, PARCELS.key_column)
        own.put(changed)
        assert (own.get("p1"), others.get("p1"), others.get("p2")) == (changed, FIRST, None)
        own.keep_changes()
        assert others.get("p1") == changed
    assert stored(parcels, "p1") == FIRST, "nothing is written before the batch is flushed"


def test_hot_table_answers_queries_with_whole_rows(parcels: Database) -> None:
    put(parcels, FIRST, Parcel("p2", 1, MOMENT), Parcel("p3", 2, MOMENT))
    column = PARCELS.table.c
    light = PARCELS.query.where(column.weight < 3, column.stops == ()).order_by(column.weight.desc())
    with parcels.read_session() as session:
        assert PARCELS.read_rows(session, light) == [Parcel("p3", 2, MOMENT), Parcel("p2", 1, MOMENT)]


def test_hot_table_has_the_columns_that_its_class_declares(parcels: Database) -> None:
    with parcels.read_session() as session:
        inspector = inspect(session.connection())
        columns = {column["name"]: column for column in inspector.get_columns("parcel")}
        indexes = {tuple(index["column_names"]) for index in inspector.get_indexes("parcel")}
    assert [name for name, column in columns.items() if column["nullable"]] == ["tag", "note"]
    assert isinstance(columns["sent_at"]["type"], DateTime)
    assert isinstance(columns["carriers"]["type"], String)
    assert columns["carriers"]["type"].length == 50
    assert ("shelf",) in indexes
    assert PARCELS.key_column == "number"


def test_hot_table_keeps_a_unique_column_unique(parcels: Database) -> None:
    put(parcels, FIRST)
    with pytest.raises(IntegrityError):
        put(parcels, replace(FIRST, number="p2"))


@dataclass(frozen=True)
class Keyless:
    """A row without a key."""

    name: str


@dataclass(frozen=True)
class Undeclared:
    """A row with a field that no column can hold."""

    name: Annotated[str, HotColumn(is_key=True)]
    tags: frozenset[str]


def test_hot_table_without_a_key_or_with_a_type_of_no_column_is_refused() -> None:
    with pytest.raises(ValueError, match="Keyless"):
        declare_table("keyless", MetaData(), Keyless)
    with pytest.raises(TypeError, match="tags"):
        declare_table("undeclared", MetaData(), Undeclared)
