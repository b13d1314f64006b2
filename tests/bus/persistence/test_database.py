"""The start with a database that an earlier version of the service made."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, inspect, text

from shared.bus.errors import Conflict, Unavailable
from shared.bus.persistence.database import Database, DatabaseAway, IntegrityError, Session, database_url


def database(folder: Path, *names: str) -> Database:
    metadata = MetaData()
    columns = (Column(name, String(10)) for name in names)
    Table("case", metadata, Column("id", Integer, primary_key=True), *columns)
    return Database(database_url(None, folder, "desk"), metadata)


def test_database_of_an_earlier_version_is_refused_by_name_and_left_alone(tmp_path: Path) -> None:
    before = database(tmp_path, "status")
    before.create_schema()
    after = database(tmp_path, "status", "region", "held_by")
    with pytest.raises(Conflict) as refusal:
        after.create_schema()
    assert refusal.value.code == "schema-unknown"
    assert refusal.value.details["lacking"] == ["case.region", "case.held_by"]
    assert str(tmp_path / "desk" / "data.sqlite") in refusal.value.message
    with before.read_session() as session:
        names = {column["name"] for column in inspect(session.connection()).get_columns("case")}
    assert names == {"id", "status"}


def test_database_of_a_later_version_is_used_as_it_is(tmp_path: Path) -> None:
    database(tmp_path, "status", "region").create_schema()
    earlier = database(tmp_path, "status")
    earlier.create_schema()
    with earlier.read_session() as session:
        assert "region" in {column["name"] for column in inspect(session.connection()).get_columns("case")}


def test_database_reports_the_drivers_refusal_as_ever_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    kept = database(tmp_path, "status")
    kept.create_schema()
    table = Table("case", MetaData(), Column("id", Integer, primary_key=True), Column("status", String(10)))
    with pytest.raises(IntegrityError, match="UNIQUE"), kept.transaction() as session:
        kept.write_many(session, table, [{"id": 1, "status": "a"}, {"id": 1, "status": "b"}])
    with kept.transaction() as session:
        kept.write_many(session, table, [{"id": 2, "status": "c"}])
        assert kept.read_by_keys(session, table, ("id", "status"), [1, 2]) == [(2, "c")]


@pytest.mark.servers
def test_database_connection_cut_between_two_statements_is_told_and_replaced(postgres_url: str) -> None:
    metadata = MetaData()
    table = Table("case", metadata, Column("id", Integer, primary_key=True), Column("status", String(10)))
    kept = Database(database_url(postgres_url, Path(), "desk"), metadata)
    kept.create_schema()
    with pytest.raises(Unavailable) as fault:
        write_and_be_cut(kept, table)
    assert fault.value.code == "database-unavailable"
    assert not isinstance(fault.value, DatabaseAway), "the database itself is there"
    with kept.transaction() as session:
        assert kept.read_by_keys(session, table, ("id",), [1]) == [], "half of a transaction was kept"
        kept.write_many(session, table, [{"id": 1, "status": "b"}])
        assert kept.read_by_keys(session, table, ("id", "status"), [1]) == [(1, "b")]
    kept.dispose()


def write_and_be_cut(kept: Database, table: Table) -> None:
    """A transaction whose connection the server closes after the first statement."""
    with kept.transaction() as session:
        kept.write_many(session, table, [{"id": 1, "status": "a"}])
        terminate(kept, session)
        kept.read_by_keys(session, table, ("id",), [1])


def terminate(kept: Database, session: Session) -> None:
    """Let the server close the session's connection."""
    own = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with kept.read_session() as beside:
        beside.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})


@pytest.mark.servers
def test_database_connection_cut_after_the_last_statement_of_a_read_session_is_told(postgres_url: str) -> None:
    kept = Database(database_url(postgres_url, Path(), "desk"), MetaData())
    kept.create_schema()
    with pytest.raises(Unavailable) as fault, kept.read_session() as session:
        terminate(kept, session)
    assert fault.value.code == "database-unavailable"
    kept.dispose()
