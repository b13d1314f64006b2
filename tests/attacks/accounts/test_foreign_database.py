"""A member who turns its own credentials at PostgreSQL against the databases of others, and against the server.

The server is a real PostgreSQL in which the statements of ``egov-bus compose-env`` ran, as in the container.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from services.tools.accounts.database import MOST_CONNECTIONS, make_statements
from services.tools.accounts.system_accounts import SystemAccount, make_accounts
from tests.journeys.kit import running
from tests.servers import postgres

pytestmark = pytest.mark.servers

MEMBER, VICTIM = "is_con", "nr_iin"
SYSTEMS = (MEMBER, VICTIM, "is_nuc")


@dataclass(frozen=True)
class DatabaseServer:
    """A PostgreSQL with an account for each system."""

    url: str
    accounts: dict[str, SystemAccount]

    def connect(self, role: str, database: str) -> psycopg.Connection:
        """A connection with the role and the password of a system."""
        password = self.accounts[role].database_password
        return psycopg.connect(make_conninfo(self.url, user=role, password=password, dbname=database))

    def base_of(self, role: str) -> str:
        """DATABASE_URL of a system."""
        host = self.url.rpartition("@")[2].partition("/")[0]
        return f"postgresql://{role}:{self.accounts[role].database_password}@{host}/egov"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    accounts = [
        account for account in make_accounts() if account.instance in SYSTEMS
    ]  # each costs the server files
    with postgres(tmp_path_factory.mktemp("foreign"), private=True) as made:
        with psycopg.connect(made.url, autocommit=True) as administrator:
            for statement in make_statements(accounts):
                administrator.execute(statement.encode())
        yield DatabaseServer(made.url, {account.instance: account for account in accounts})


@pytest.mark.parametrize("database", [f"egov_{VICTIM}", "postgres", "template1"])
def test_member_cannot_enter_another_database(server: DatabaseServer, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        server.connect(MEMBER, database).close()


def test_member_cannot_enter_its_neighbours_database_as_that_neighbour(server: DatabaseServer) -> None:
    accounts = {**server.accounts, VICTIM: replace(server.accounts[VICTIM], database_password="guessed")}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        replace(server, accounts=accounts).connect(VICTIM, f"egov_{VICTIM}").close()


@pytest.mark.parametrize(
    "statement",
    [
        f'SET ROLE "{VICTIM}"',
        f"DROP DATABASE egov_{VICTIM}",
        f"ALTER DATABASE egov_{VICTIM} SET work_mem = '1kB'",
        f'ALTER ROLE "{VICTIM}" PASSWORD NULL',
        f'GRANT "{VICTIM}" TO "{MEMBER}"',
        f"CREATE DATABASE stolen TEMPLATE egov_{VICTIM}",
        "CREATE ROLE stranger SUPERUSER",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT lo_import('/etc/passwd')",
    ],
)
def test_member_cannot_take_the_rights_of_others(server: DatabaseServer, statement: str) -> None:
    with closing(server.connect(MEMBER, f"egov_{MEMBER}")) as connection:
        connection.autocommit = True
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_member_cannot_end_or_read_the_sessions_of_others(server: DatabaseServer) -> None:
    with (
        closing(server.connect(VICTIM, f"egov_{VICTIM}")) as victim,
        closing(server.connect(MEMBER, f"egov_{MEMBER}")) as member,
    ):
        victim.execute("SELECT 'a secret query'")
        shown = member.execute("SELECT query FROM pg_stat_activity WHERE usename = %s", [VICTIM]).fetchall()
        assert shown == [("<insufficient privilege>",)]
        with pytest.raises(errors.InsufficientPrivilege):
            member.execute("SELECT pg_terminate_backend(%s)", [victim.info.backend_pid])


def test_member_cannot_take_every_connection_of_the_server(server: DatabaseServer) -> None:
    taken: list[psycopg.Connection] = []
    try:
        while len(taken) < MOST_CONNECTIONS:
            taken.append(server.connect(MEMBER, f"egov_{MEMBER}"))
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            taken.append(server.connect(MEMBER, f"egov_{MEMBER}"))
        server.connect(VICTIM, f"egov_{VICTIM}").close()
    finally:
        for connection in taken:
            connection.close()


async def test_system_makes_its_tables_in_the_database_of_its_role(server: DatabaseServer, tmp_path: Path) -> None:
    systems = ("is_nuc", VICTIM)
    own = {role: {"DATABASE_URL": server.base_of(role)} for role in systems}
    async with running(tmp_path / "country", names=systems, own=own) as country:
        for name in systems:
            assert (await country.answer(name, "GET", "/readyz")).status_code == 200
    with closing(server.connect(VICTIM, f"egov_{VICTIM}")) as connection:
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    assert owners == [(VICTIM,)]
