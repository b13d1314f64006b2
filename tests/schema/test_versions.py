"""What a start and ``egov-bus migrate`` do with tables of another version, over both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from shared.bus.errors import Conflict
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.schema.creation import find_version, migrate
from shared.bus.persistence.schema.history import SchemaHistory

FIRST = """
revision, down_revision = "0001", None
def upgrade() -> None: ...
"""
SECOND = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0002", "0001"
def upgrade() -> None:
    op.add_column("letter", sa.Column("region", sa.String(10), nullable=False, server_default="kz-yuz"))
"""
BROKEN = """
from alembic import op
revision, down_revision = "0003", "0002"
def upgrade() -> None:
    op.execute("DELETE FROM letter")
    op.execute("no such words")
"""


def history(folder: Path, *scripts: str) -> SchemaHistory:
    folder.mkdir()
    for number, script in enumerate(scripts, 1):
        (folder / f"r{number:04}_step.py").write_text(script)
    return SchemaHistory(folder)


def database(base: str | None, folder: Path, *columns: str) -> tuple[Database, Table]:
    metadata = MetaData()
    names = (Column(name, String(10), nullable=False) for name in columns)
    table = Table("letter", metadata, Column("id", Integer, primary_key=True), *names)
    return Database(database_url(base, folder, "versions"), metadata), table


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def base(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def test_tables_of_another_version_are_refused_or_migrated_whole(base: str | None, tmp_path: Path) -> None:
    one, two = history(tmp_path / "one", FIRST), history(tmp_path / "two", FIRST, SECOND)
    old, letters = database(base, tmp_path, "text")
    old.create_schema(one)
    with old.transaction() as session:
        old.write_many(session, letters, [{"id": 1, "text": "kept"}])

    new, fuller = database(base, tmp_path, "text", "region")
    with pytest.raises(Conflict) as refusal:
        new.create_schema(two)
    assert (refusal.value.code, refusal.value.details["version"]) == ("schema-outdated", "0001")
    assert "region" not in new.read_columns()["letter"]
    new.create_schema(two, migrates=True)
    with new.read_session() as session:
        assert session.execute(select(fuller)).all() == [(1, "kept", "kz-yuz")]

    with pytest.raises(Conflict) as refusal:
        old.create_schema(one, migrates=True)
    assert refusal.value.code == "schema-newer"
    broken = history(tmp_path / "three", FIRST, SECOND, BROKEN)
    with pytest.raises(Conflict) as refusal:
        new.create_schema(broken, migrates=True)
    assert refusal.value.code == "migration-failed"
    assert find_version(new) == "0002"
    with new.read_session() as session:
        assert len(session.execute(select(fuller)).all()) == 1, "half of a migration was kept"
    for each in (old, new):
        each.dispose()


def test_columns_that_no_migration_makes_are_told_and_the_tables_left_alone(tmp_path: Path) -> None:
    older, _ = database(None, tmp_path, "text")
    older.create_schema()
    strange, _ = database(None, tmp_path, "text", "region", "never_made")
    with pytest.raises(Conflict) as refusal:
        migrate(strange, history(tmp_path / "two", FIRST, SECOND))
    assert (refusal.value.code, refusal.value.details["lacking"]) == ("schema-unknown", ["letter.never_made"])
    assert strange.read_columns() == {"letter": {"id", "text"}}
    assert find_version(strange) == "0001"
