"""Fixtures for every pair of carrier and database; the cheapest pair belongs to the fast tier."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from tests.bus.carrier_peers import Carrier
from tests.bus.kit import Company, Desk
from tests.bus.trouble import Cord
from tests.servers import PostgresServer, environment, postgres

SERVERS = pytest.mark.servers
EMBEDDED, AMQP, SQLITE, POSTGRES = "embedded", "amqp", "sqlite", "postgres"


@pytest.fixture
def amqp_url() -> str:
    """The broker of the servers tier."""
    url = environment.setting("AMQP_URL")
    if url is None:
        pytest.fail("AMQP_URL is not set: run `python -m tests.servers run -- …`")
    return url


@pytest.fixture(scope="session")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL that tests may stop and kill."""
    with postgres(tmp_path_factory.mktemp("database"), private=True) as server:
        yield server


@pytest.fixture
async def cord(amqp_url: str) -> AsyncIterator[Cord]:
    """A proxy before the broker, to be disconnected."""
    made = Cord(amqp_url)
    await made.lay()
    yield made
    await made.remove()


@pytest.fixture(scope="session")
def postgres_base() -> Iterator[URL]:
    """A prefix of database names on the server (``<base>_<instance>``); the databases are dropped after the
    session.
    """
    configured = environment.setting("DATABASE_URL")
    if configured is None:
        pytest.fail("DATABASE_URL is not set: run `python -m tests.servers run -- …`")
    base = make_url(configured).set(database=f"bus{secrets.token_hex(4)}")
    yield base
    with linked(base, "postgres") as link:
        for name in databases_of(base):
            link.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def postgres_url(postgres_base: URL) -> Iterator[str]:
    """A base URL whose databases are empty at the start of a test: emptied, because making new ones takes much
    longer.
    """
    yield postgres_base.render_as_string(hide_password=False)
    for name in databases_of(postgres_base):
        with linked(postgres_base, name) as link:
            link.execute("DROP SCHEMA public CASCADE")
            link.execute("CREATE SCHEMA public")


def databases_of(base: URL) -> list[str]:
    with linked(base, "postgres") as link:
        found = link.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{base.database}_"]
        )
        return [row[0] for row in found]


def linked(base: URL, database: str) -> psycopg.Connection:
    return psycopg.connect(base.set(database=database).render_as_string(hide_password=False), autocommit=True)


@pytest.fixture(params=[EMBEDDED, pytest.param(AMQP, marks=SERVERS)])
async def carrier(request: pytest.FixtureRequest) -> AsyncIterator[Carrier]:
    """Both carriers in turn."""
    made = Carrier(request.getfixturevalue("amqp_url") if request.param == AMQP else None)
    yield made
    await made.close()


@pytest.fixture
async def broker(amqp_url: str) -> AsyncIterator[Carrier]:
    """RabbitMQ alone, for behaviour that the embedded carrier does not have."""
    made = Carrier(amqp_url)
    yield made
    await made.close()


@pytest.fixture(params=[SQLITE, pytest.param(POSTGRES, marks=SERVERS)])
def database(request: pytest.FixtureRequest) -> str | None:
    """Both databases in turn: None for SQLite, or the base URL of a PostgreSQL server."""
    if request.param == SQLITE:
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def company(carrier: Carrier, database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """Systems over each pair of carrier and database."""
    made = Company(tmp_path, await carrier.transport(), database, suffix=carrier.suffix)
    yield made
    await made.stack.aclose()
    for address in made.identities:
        carrier.address(address.removesuffix(carrier.suffix))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Company]:
    """Systems over the embedded carrier and SQLite alone, for behaviour that depends on neither."""
    made = Company(tmp_path, await Carrier(None).transport())
    yield made
    await made.stack.aclose()


@pytest.fixture
def desk() -> Desk:
    return Desk()
