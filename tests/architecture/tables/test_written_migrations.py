"""Who changes a table writes a migration: the country of the first version gets the tables of the models."""

from __future__ import annotations

from pathlib import Path

from shared.bus.persistence.database import database_url
from tests.schema.first_version import count_rows, unpack_country
from tests.schema.newest_tables import NAMES, bring_to_newest, models_of


def test_every_system_keeps_its_rows_from_the_first_version_to_the_newest(tmp_path: Path) -> None:
    unpack_country(tmp_path)
    for name in NAMES:
        before = count_rows(tmp_path, name)
        database = models_of(name, database_url(None, tmp_path, name))
        assert bring_to_newest(database) == [], f"{name}: write a migration, services/launcher/migrations"
        after = count_rows(tmp_path, name)
        assert {table: after.get(table) for table in before} == before, name
        database.dispose()
