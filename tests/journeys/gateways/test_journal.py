"""The gateway's journal: every later change in it is detected."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def verified(country: RunningCountry) -> Any:
    return await country.operator("shep_gateway").get("/api/v1/journal/verification")


async def ready(country: RunningCountry) -> Any:
    return (await country.answer("shep_gateway", "GET", "/readyz")).json()


@contextmanager
def altered(country: RunningCountry, table: str, column: str, value: object, key: int) -> Iterator[None]:
    """A changed value in the gateway's database file, restored afterwards."""
    file_name = country.folder / "shep_gateway" / "data.sqlite"
    name = "n" if table == "journal" else "id"
    change = f"UPDATE {table} SET {column} = ? WHERE {name} = ?"  # noqa: S608 - the test's own words
    with closing(sqlite3.connect(file_name, timeout=30, isolation_level=None)) as file:
        (true,) = file.execute(f"SELECT {column} FROM {table} WHERE {name} = ?", (key,)).fetchone()  # noqa: S608
        assert file.execute(change, (value, key)).rowcount == 1
        try:
            yield
        finally:
            file.execute(change, (true, value if column == name else key))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def n(country: RunningCountry) -> int:
    """The number of a journal entry of an accepted message."""
    case = await (await country.citizen()).apply()
    await country.arrived(case)
    return int((await country.operator("shep_gateway").list_journal(correlation_id=case))[-1]["n"])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("recipients", "somebody_else"),
        ("sender", "nobody"),
        ("at", "2020-01-01 00:00:00.000000"),
        ("code", "no-right"),
        ("digest", "x" * 43),
        ("signature", "another.."),
        ("body", b"{}"),
        ("body", None),
        ("hash", "0" * 64),
    ],
)
async def test_journal_shows_an_altered_entry(country: RunningCountry, n: int, column: str, value: object) -> None:
    assert (await verified(country))["is_whole"]
    with altered(country, "journal", column, value, n):
        told = await verified(country)
        assert (told["is_whole"], told["first_broken"]) == (False, n)
    assert (await verified(country))["is_whole"]


async def test_journal_shows_a_missing_entry(country: RunningCountry, n: int) -> None:
    with altered(country, "journal", "n", 999_999, n):
        told = await verified(country)
        assert (told["is_whole"], told["first_broken"]) == (False, n + 1)
    assert (await verified(country))["is_whole"]


async def test_journal_whose_end_was_cut_off_is_found(country: RunningCountry, n: int) -> None:
    with altered(country, "journal_head", "n", n, 1):
        assert not (await verified(country))["is_whole"]
        told = await eventually(lambda: ready(country), lambda told: told["status"] == "DOWN")
        assert [problem["code"] for problem in told["problems"]] == ["journal-broken"]
    assert (await verified(country))["is_whole"]


async def test_journal_is_read_newest_first_and_narrowed(country: RunningCountry, n: int) -> None:
    gateway = country.operator("shep_gateway")
    numbers = [one["n"] for one in await gateway.list_all("/api/v1/journal", after=n - 1, limit=2)]
    assert numbers == list(range(numbers[0], n - 1, -1))
    assert len(numbers) > 2
    assert {one["sender"] for one in await gateway.list_journal(sender="is_mio", limit=5)} <= {"is_mio"}
    assert {one["event"] for one in await gateway.list_journal(event="ACCEPTED", limit=5)} == {"ACCEPTED"}
    assert await gateway.list_journal(code="never-happened") == []
