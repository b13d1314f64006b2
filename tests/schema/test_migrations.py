"""Every system's tables, from the first version to the newest: with their rows, over both databases."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import URL, make_url

from shared.bus.persistence.database import database_url
from tests.schema.first_version import count_rows, make_in_postgres, unpack_country
from tests.schema.newest_tables import NAMES, bring_to_newest, models_of
from tests.servers import environment


def test_new_tables_are_those_that_migrations_lead_to(tmp_path: Path) -> None:
    for name in NAMES:
        database = models_of(name, database_url(None, tmp_path, name))
        assert bring_to_newest(database) == [], name
        database.dispose()


@pytest.fixture
def empty_postgres() -> Iterator[URL]:
    """A database of its own, with a schema for each system."""
    configured = environment.setting("DATABASE_URL")
    if configured is None:
        pytest.fail("DATABASE_URL is not set: run `python -m tests.servers run -- …`")
    name = f"schema_{secrets.token_hex(4)}"
    url = make_url(configured).set(drivername="postgresql+psycopg")
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield url.set(database=name)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.mark.servers
def test_every_system_keeps_its_rows_over_postgresql_too(tmp_path: Path, empty_postgres: URL) -> None:
    unpack_country(tmp_path)
    for name in NAMES:
        before = count_rows(tmp_path, name)
        own = empty_postgres.update_query_dict({"options": f"-csearch_path={name}"})
        database = models_of(name, own)
        with database.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
            make_in_postgres(tmp_path, name, connection, database)
        assert bring_to_newest(database) == [], name
        with database.engine.connect() as connection:
            after = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in database.tables
            }
        assert {table: after.get(table) for table in before} == before, name
        database.dispose()
