"""A server that only claims to be the broker or the database: with EGOV_SERVERS_CA no system sends its password
there.

RabbitMQ and PostgreSQL are real, their certificates made by ``egov-bus server-certificate`` with НУЦ's own keys.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import MetaData
from typer.testing import CliRunner

from services.catalog import find_instance
from services.cli import app
from services.launcher.settings import SettingsError, settings_for
from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.errors import Unavailable
from shared.bus.persistence.database import Database, database_url
from tests.journeys.kit import running
from tests.servers import PostgresServer, RabbitServer, postgres, rabbitmq

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]


def certify(data: Path, out: Path, *hosts: str) -> None:
    done = CliRunner().invoke(
        app, ["server-certificate", *hosts, "--out", str(out)], env={"EGOV_DATA_DIR": str(data)}
    )
    assert done.exit_code == 0, done.output


@dataclass(frozen=True)
class TlsServers:
    """Both servers with certificates of the НУЦ whose data lies in ``data``."""

    broker: RabbitServer
    database: PostgresServer
    data: Path

    @property
    def root(self) -> Path:
        return self.data / "is_nuc" / "root.crt"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsServers]:
    folder = tmp_path_factory.mktemp("tls")
    async with running(folder / "var", names=("is_nuc",)):
        certify(folder / "var", folder / "tls", "127.0.0.1", "servers.example")
    with (
        rabbitmq(folder, private=True, tls=folder / "tls") as broker,
        postgres(folder, private=True, tls=folder / "tls") as database,
    ):
        yield TlsServers(broker, database, folder / "var")


async def test_systems_reach_both_servers_over_tls_only(servers: TlsServers) -> None:
    base = f"{servers.database.url.rpartition('/')[0]}/secret"
    given = {"EGOV_SERVERS_CA": str(servers.root), "DATABASE_URL": base}
    own = {"nr_iin": {"AMQP_URL": servers.broker.tls_url}}
    async with running(servers.data, names=("is_nuc", "nr_iin"), environment=given, own=own) as country:
        assert (await country.answer("nr_iin", "GET", "/readyz")).status_code == 200
        seen = servers.broker.ctl("list_connections", "ssl", "client_properties", "--no-table-headers")
        assert "nr_iin" in seen
        assert {line.split()[0] for line in seen.splitlines()} == {"true"}
        with psycopg.connect(servers.database.url) as administrator:
            question = "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = %s"
            assert administrator.execute(question, ["secret_nr_iin"]).fetchall() == [(True,)]


def modes_of(folder: Path) -> set[int]:
    return {file.stat().st_mode & 0o777 for file in folder.iterdir()}


async def refused_by(transport: AmqpTransport) -> str:
    with pytest.raises(Unavailable) as refused:
        await transport.open()
    await transport.close()
    return refused.value.code


def open_database(url: str, authority: Path) -> str:
    """Try to make the tables of a database; returns the driver's complaint."""
    database = Database(database_url(url, Path(), "desk", authority), MetaData())
    try:
        with pytest.raises(Unavailable) as refused:
            database.create_schema()
    finally:
        database.dispose()
    return str(refused.value)


async def test_server_with_a_certificate_of_another_authority_is_refused(
    servers: TlsServers, tmp_path: Path
) -> None:
    async with running(tmp_path, names=("is_nuc",)):
        other = Path(shutil.copy(tmp_path / "is_nuc" / "root.crt", tmp_path / "other.crt"))
    transport = AmqpTransport(servers.broker.tls_url, "tests", patience=1, authority=other)
    assert await refused_by(transport) == "broker-unavailable"
    assert "certificate verify failed" in open_database(servers.database.url, other)


async def test_server_under_a_name_that_its_certificate_does_not_hold_is_refused(servers: TlsServers) -> None:
    wrong = servers.broker.tls_url.replace("127.0.0.1", "localhost")
    transport = AmqpTransport(wrong, "tests", patience=1, authority=servers.root)
    assert await refused_by(transport) == "broker-unavailable"
    wrong = servers.database.url.replace("127.0.0.1", "localhost")
    assert "does not match host name" in open_database(wrong, servers.root)


async def test_database_without_tls_is_told_no_password(servers: TlsServers, tmp_path: Path) -> None:
    with postgres(tmp_path) as plain:
        assert "does not support SSL" in open_database(plain.url, servers.root)


async def test_broker_without_tls_is_refused_before_anything_starts(tmp_path: Path) -> None:
    portal = find_instance("portal_pep")
    assert portal is not None
    root = tmp_path / "root.crt"
    for problem in ("AMQP_URL: amqps:// only", "EGOV_SERVERS_CA: .* is no file"):
        scheme = "amqp" if "amqps" in problem else "amqps"
        root.touch() if scheme == "amqp" else root.unlink()
        given = {"AMQP_URL": f"{scheme}://broker/", "EGOV_SERVERS_CA": str(root)}
        with pytest.raises(SettingsError, match=problem):
            settings_for(portal, given, is_alone=True)


async def test_certificate_of_a_server_is_not_replaced_unasked(servers: TlsServers, tmp_path: Path) -> None:
    certify(servers.data, tmp_path, "rabbitmq")
    before = (tmp_path / "server.key").read_bytes()
    again = ["server-certificate", "rabbitmq", "--out", str(tmp_path)]
    refused = CliRunner().invoke(app, again, env={"EGOV_DATA_DIR": str(servers.data)})
    assert (refused.exit_code, (tmp_path / "server.key").read_bytes()) == (1, before)
    assert modes_of(tmp_path) == {0o600}
    CliRunner().invoke(app, [*again, "--force"], env={"EGOV_DATA_DIR": str(servers.data)})
    assert (tmp_path / "server.key").read_bytes() != before
