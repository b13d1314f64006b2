"""The promises of the private PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.servers import Missing, NotOurs, PostgresServer, postgres
from tests.servers.postgresql import PrivatePostgres
from tests.servers.processes import is_listening


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with postgres(tmp_path_factory.mktemp("database"), private=True) as server:
        yield server


def ask(server: PostgresServer, query: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


@pytest.mark.servers
def test_postgresql_keeps_a_committed_row_over_a_kill(database: PostgresServer) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("CREATE TABLE kept (what text)")
        connection.execute("INSERT INTO kept VALUES ('a row')")
    database.kill()
    database.start()
    assert ask(database, "SELECT what FROM kept") == "a row"


@pytest.mark.servers
def test_postgresql_starts_again_after_a_kill_in_the_middle_of_a_query(database: PostgresServer) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        database.kill()
        database.start()
    assert ask(database, "SELECT pg_try_advisory_lock(1)") is True


@pytest.mark.servers
def test_postgresql_url_is_a_superusers_and_commits_reach_the_disk(database: PostgresServer) -> None:
    assert ask(database, "SELECT current_setting('is_superuser')") == "on"
    assert ask(database, "SELECT current_setting('fsync')") == "on"


@pytest.mark.servers
def test_postgresql_gives_kazakh_letters_lower_case(database: PostgresServer) -> None:
    assert ask(database, "SELECT lower('ӘЖҚ')") == "әжқ"


@pytest.mark.servers
def test_postgresql_that_was_stopped_is_gone_when_the_context_is_left(tmp_path: Path) -> None:
    with postgres(tmp_path, private=True) as server:
        assert isinstance(server, PrivatePostgres)
        folder = server.folder
        assert is_listening(server.port)
    assert not folder.exists()
    assert not is_listening(server.port)


def test_postgresql_that_is_missing_is_an_error_naming_package_command_and_setting(tmp_path: Path) -> None:
    with pytest.raises(Missing) as error, postgres(tmp_path, private=True, search=()):
        pass
    for help_offered in ("package postgresql", "apt-get install", "DATABASE_URL"):
        assert help_offered in str(error.value)


def test_postgresql_that_is_configured_cannot_be_killed() -> None:
    with pytest.raises(NotOurs, match="DATABASE_URL"):
        PostgresServer("postgresql://elsewhere/").kill()
