"""Columns that store a value as text: the value is read back unchanged, and queries can compare it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.dialects import sqlite

from shared.bus.persistence.codecs import MOST_REMEMBERED, TextCodec, comma_set, json_tuple, word_list
from shared.bus.persistence.database import Database, database_url

NAMES = st.text(st.characters(categories=("Ll", "Lu", "Nd"), include_characters="-_."), min_size=1, max_size=8)
MOMENT = datetime(2026, 3, 2, 9, 30, 0, 125000, tzinfo=UTC)


@dataclass(frozen=True)
class Wait:
    """A frozen value with a moment."""

    step: str
    due: datetime | None


class Visit(BaseModel, frozen=True):
    """A value with mostly default fields."""

    step: str
    lap: int = 0


SYSTEMS, WORDS, WAITS, VISITS = comma_set(100), word_list(), json_tuple(Wait), json_tuple(Visit)
VALUES: tuple[tuple[TextCodec[Any], Any, str | None], ...] = (
    (SYSTEMS, frozenset({"is_mio", "arm_shep"}), "arm_shep,is_mio"),
    (WORDS, ("t5", "t1:no"), "t5 t1:no"),
    (WAITS, (Wait("t5", MOMENT), Wait("t6", None)), None),
    (VISITS, (Visit(step="t1"), Visit(step="t1", lap=1)), '[{"step":"t1"},{"step":"t1","lap":1}]'),
)


def text_of(codec: TextCodec[Any], value: object) -> str | None:
    return codec.bind_processor(sqlite.dialect())(value)


def value_of(codec: TextCodec[Any], text: str | None) -> object:
    return codec.result_processor(sqlite.dialect(), None)(text)


@pytest.fixture
def kept(database: str | None, tmp_path: Path) -> Iterator[tuple[Database, Table]]:
    """A table with a column for each codec, in each database."""
    metadata = MetaData()
    columns: list[Column[Any]] = [Column(f"c{n}", codec) for n, (codec, _, _) in enumerate(VALUES)]
    table = Table("kept", metadata, Column("id", Integer, primary_key=True), *columns)
    made = Database(database_url(database, tmp_path, "codecs"), metadata)
    made.create_schema()
    yield made, table
    made.dispose()


def test_codec_gives_back_what_was_written_and_finds_it_by_its_value(kept: tuple[Database, Table]) -> None:
    database, table = kept
    row = {f"c{n}": value for n, (_, value, _) in enumerate(VALUES)}
    empty = {f"c{n}": codec.empty for n, (codec, _, _) in enumerate(VALUES)}
    nothing = dict.fromkeys(row)
    with database.transaction() as session:
        session.execute(insert(table), [{"id": 1, **row}, {"id": 2, **empty}, {"id": 3, **nothing}])
    with database.read_session() as session:
        found = [dict(each) for each in session.execute(select(table).order_by(table.c.id)).mappings()]
        assert found == [{"id": 1, **row}, {"id": 2, **empty}, {"id": 3, **nothing}]
        for name, value in row.items():
            assert session.execute(select(table.c.id).where(table.c[name] == value)).scalars().all() == [1]
            is_other = table.c[name] != empty[name]
            assert session.execute(select(table.c.id).where(is_other)).scalars().all() == [1]


@pytest.mark.parametrize(("codec", "value", "text"), [one for one in VALUES if one[2]])
def test_codec_has_one_spelling_of_a_value(codec: TextCodec[Any], value: object, text: str) -> None:
    assert text_of(codec, value) == text
    assert value_of(codec, text) == value


@given(st.frozensets(NAMES))
def test_comma_set_comes_back_as_it_went(names: frozenset[str]) -> None:
    assert value_of(SYSTEMS, text_of(SYSTEMS, names)) == names


@given(st.lists(NAMES).map(tuple))
def test_word_list_comes_back_in_its_order(words: tuple[str, ...]) -> None:
    assert value_of(WORDS, text_of(WORDS, words)) == words


@pytest.mark.parametrize("names", [{"a,b"}, {""}, {"a", ""}])
def test_comma_set_refuses_a_name_that_would_come_back_as_another(names: set[str]) -> None:
    with pytest.raises(ValueError, match="empty or has"):
        text_of(SYSTEMS, frozenset(names))


@pytest.mark.parametrize("words", [("a b",), ("",), ("a", "")])
def test_word_list_refuses_a_word_that_would_come_back_as_another(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="empty or has"):
        text_of(WORDS, words)


def test_json_tuple_refuses_text_that_is_no_value_of_its_class() -> None:
    with pytest.raises(ValidationError):
        value_of(VISITS, '[{"lap":1}]')


def test_json_tuple_comes_back_however_many_others_were_written_in_between() -> None:
    values = [(Wait(f"t{n}", MOMENT),) for n in range(3 * MOST_REMEMBERED)]
    texts = [text_of(WAITS, value) for value in values]
    assert [value_of(WAITS, text) for text in texts] == values
