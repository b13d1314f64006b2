"""``egov-bus sql`` over both databases: nothing is written, people are masked, secrets never come out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, create_engine
from sqlalchemy.engine import make_url

from services.nr_iin.storage import Base, PersonRow
from services.tools.integrating.read_only import HIDDEN, ReadOnlyDatabase, open_for_reading
from shared.bus.errors import Malformed, NotFound, Refused
from tests.servers import postgres

PERSON = {
    "iin": "920623239974", "surname": "Ахметова", "name": "Айгүл", "patronymic": "",
    "birth_date": date(1992, 6, 23), "sex": "female", "region": "KZ-YUZ", "address": "Шаян, 1", "is_alive": True,
}  # fmt: skip


def make_tables() -> MetaData:
    tables = MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(tables)
    Table(
        "employee",
        tables,
        Column("iin", String(12)),
        Column("password_hash", String),
        Column("role", String(20)),
        Column("content", LargeBinary),
    )
    return tables


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("database")
    if request.param == "sqlite":
        yield fill(f"sqlite:///{folder / 'data.sqlite'}")
        return
    with postgres(folder, private=True) as server:
        yield fill(server.url.replace("postgresql://", "postgresql+psycopg://"))


def fill(address: str) -> str:
    engine, tables = create_engine(address), make_tables()
    tables.create_all(engine)
    with engine.begin() as connection:
        connection.execute(tables.tables[PersonRow.__tablename__].insert(), [PERSON])
        row = {"iin": PERSON["iin"], "password_hash": "$argon2id$x", "role": "head", "content": b"letter"}
        connection.execute(tables.tables["employee"].insert(), [row])
    engine.dispose()
    return address


@pytest.fixture
def database(address: str) -> Iterator[ReadOnlyDatabase]:
    with open_for_reading(make_url(address), make_tables(), shows_people=False) as opened:
        yield opened


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM person",
        "UPDATE person SET surname = 'x' WHERE iin = '1'",
        "INSERT INTO employee (iin) VALUES ('1')",
        "DROP TABLE person",
        "CREATE TABLE mine (n int)",
    ],
)
def test_database_refuses_to_write(database: ReadOnlyDatabase, query: str) -> None:
    with pytest.raises(Refused) as refusal:
        database.ask(query, 10)
    assert refusal.value.code == "sql-read-only"


@pytest.mark.parametrize(
    "query",
    ["COMMIT; DELETE FROM person", "SELECT 1; DELETE FROM person", "SELEC 1", "SELECT nothing FROM person"],
)
def test_statement_is_one_query(database: ReadOnlyDatabase, query: str) -> None:
    with pytest.raises(Malformed) as refusal:
        database.ask(query, 10)
    assert refusal.value.code == "sql-faulty"
    assert database.ask("SELECT count(*) FROM person", 10).values == [(1,)]


def test_transaction_cannot_be_made_writable(database: ReadOnlyDatabase) -> None:
    for query in (
        "SET TRANSACTION READ WRITE",
        "PRAGMA query_only = OFF",
        "ATTACH DATABASE 'mine.sqlite' AS mine",
    ):
        with pytest.raises((Malformed, Refused)):
            database.ask(query, 10)
    with pytest.raises(Refused):
        database.ask("DELETE FROM person", 10)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT surname, name, address FROM person",
        "SELECT surname AS region FROM person",
        "SELECT upper(surname) FROM person",
        "SELECT x.s FROM (SELECT surname AS s FROM person) AS x",
        "SELECT iin FROM person WHERE surname || '' <> ''",
        "SELECT content, password_hash FROM employee",
    ],
)
def test_people_and_secrets_are_masked_whatever_the_query(database: ReadOnlyDatabase, query: str) -> None:
    told = str(database.ask(query, 10).values)
    for shown in ("Ахметова", "АХМЕТОВА", "Айгүл", "Шаян", "920623239974", "letter", "argon2"):
        assert shown not in told


def test_what_was_masked_is_told_and_the_rest_is_shown(database: ReadOnlyDatabase) -> None:
    rows = database.ask("SELECT iin, surname, region FROM person", 10)
    (row,) = rows.values
    assert (rows.names, row[0], row[2]) == (("iin", "surname", "region"), "**********74", "KZ-YUZ")
    assert row[1] in (None, HIDDEN)
    assert database.masked == {"person.surname"}


def test_people_are_shown_on_demand_and_secrets_never(address: str) -> None:
    with open_for_reading(make_url(address), make_tables(), shows_people=True) as database:
        assert database.ask("SELECT iin, surname FROM person", 10).values == [("920623239974", "Ахметова")]
        ((content, secret),) = database.ask("SELECT content, password_hash FROM employee", 10).values
    assert (content, secret in (None, HIDDEN)) == ("letter", True)


def test_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = make_url(f"sqlite:///{tmp_path / 'absent.sqlite'}")
    with pytest.raises(NotFound) as refusal, open_for_reading(url, make_tables(), shows_people=False):
        pass
    assert refusal.value.code == "database-missing"
    assert list(tmp_path.iterdir()) == []
