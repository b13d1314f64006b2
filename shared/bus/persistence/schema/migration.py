"""Migrations by Alembic, in one transaction a database: all of them, or none."""

from __future__ import annotations

from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from shared.bus.persistence.schema.history import FIRST, VERSION_TABLE, SchemaHistory


def run_migrations(
    connection: Connection, history: SchemaHistory, tables: MetaData, *, is_marked: bool
) -> tuple[str, ...]:
    """Bring a database to the newest version, in the caller's transaction; returns the versions that it went
    through.

    ``tables`` are the models of the service: a migration makes and changes only tables that the service has.
    ``is_marked``: whether the database knows its version; without one it is of the first.
    """
    scripts = ScriptDirectory(str(history.folder), version_locations=[str(history.folder)])
    passed: list[str] = []

    def list_steps(present: Any, _: MigrationContext) -> list[RevisionStep]:
        steps: list[RevisionStep] = scripts._upgrade_revs("head", present)
        passed.extend(str(step.revision.revision) for step in steps)
        return steps

    if not is_marked:
        _context(connection, tables).stamp(scripts, FIRST)
    with EnvironmentContext(Config(), scripts, fn=list_steps) as environment:
        environment.configure(connection, target_metadata=tables, version_table=VERSION_TABLE)
        environment.run_migrations()
    return tuple(passed)


def compare_with_models(connection: Connection, tables: MetaData) -> list[Any]:
    """The differences between a database and the models, as Alembic's operations."""
    from alembic.autogenerate import compare_metadata

    return list(compare_metadata(_context(connection, tables), tables))


def _context(connection: Connection, tables: MetaData) -> MigrationContext:
    options = {"version_table": VERSION_TABLE, "target_metadata": tables}
    return MigrationContext.configure(connection, opts=options)
