"""The gateway's journal: every later change in it is detected."""

from __future__ import annotations

import asyncio
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from services.shep_gateway.proof.head_stamps import StampPace, stamp_heads
from services.shep_gateway.storage import JournalRow
from shared.evidence.journal_chain import chain_hash, entry_bytes, entry_digest
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


async def test_journal_written_anew_from_end_to_end_does_not_fit_the_time_stamps(
    country: RunningCountry, n: int
) -> None:
    """The owner of the database changes one entry and computes every later hash again."""
    runtime = country.runtime("shep_gateway")
    job = asyncio.ensure_future(stamp_heads(runtime, StampPace(most_entries=1, poll_seconds=0.01)))
    stamped = await eventually(lambda: verified(country), lambda told: told["stamped_entries"] >= n)
    job.cancel()
    assert (stamped["is_whole"], stamped["stamps"] >= 1) == (True, True)
    assert datetime.fromisoformat(stamped["stamped_at"])
    rows = await runtime.read(
        lambda session: [
            row.model_dump() for row in session.execute(select(JournalRow).order_by(col(JournalRow.n))).scalars()
        ]
    )
    true_hashes = {row["n"]: row["hash"] for row in rows}
    last, forged = rows[n - 2]["hash"], dict[int, str]()
    for row in rows[n - 1 :]:
        changed = {**row, "recipients": "somebody_else"} if row["n"] == n else row
        last = forged[row["n"]] = chain_hash(last, entry_digest(entry_bytes(changed)))
    file_name = country.folder / "shep_gateway" / "data.sqlite"

    def write_chain(recipients: str, hashes: dict[int, str]) -> None:
        with closing(sqlite3.connect(file_name, timeout=30)) as file, file:
            file.execute("UPDATE journal SET recipients = ? WHERE n = ?", (recipients, n))
            file.executemany("UPDATE journal SET hash = ? WHERE n = ?", [(h, k) for k, h in hashes.items()])
            file.execute("UPDATE journal_head SET hash = ?", (hashes[max(hashes)],))

    write_chain("somebody_else", forged)
    try:
        told = await verified(country)
        assert (told["is_whole"], told["first_broken"] >= n) == (False, True)
    finally:
        write_chain(rows[n - 1]["recipients"], true_hashes)
    assert (await verified(country))["is_whole"]


async def test_journal_is_searched_by_id_system_service_region_code_and_time(
    country: RunningCountry, n: int
) -> None:
    gateway = country.operator("shep_gateway")
    (entry,) = [row for row in await gateway.list_journal(after=n - 1) if row["n"] == n]

    async def search(**filters: Any) -> list[Any]:
        return list(await gateway.list_all("/api/v1/journal", **filters))

    for name in ("message_id", "session_id", "correlation_id"):
        found_rows = await search(any_id=entry[name])
        assert entry in found_rows, name
    assert await search(message_id=entry["message_id"]) == [entry]
    assert await search(any_id="nobody") == []
    assert {row["service_id"] for row in await search(service_id=entry["service_id"])} == {entry["service_id"]}
    assert {row["region"] for row in await search(region=entry["region"])} == {entry["region"]}
    of_mio = await search(system="is_mio")
    assert all(row["sender"] == "is_mio" or "is_mio" in row["recipients"].split() for row in of_mio)
    assert {row["sender"] for row in of_mio} > {"is_mio"}, "also what was sent to the system"
    assert await search(system="is_m") == [], "the whole address, not its beginning"
    at = datetime.fromisoformat(entry["at"])
    inside = await search(since=at.isoformat(), until=(at + timedelta(microseconds=1)).isoformat())
    assert inside == [entry]
    assert entry not in await search(until=at.isoformat())


async def test_journal_gives_the_bytes_of_a_message_as_they_came(country: RunningCountry, n: int) -> None:
    gateway = country.operator("shep_gateway")
    (entry,) = [row for row in await gateway.list_journal(after=n - 1) if row["n"] == n]
    answer = await gateway.call("GET", f"/api/v1/journal/{n}/message")
    assert urlsafe_b64encode(sha256(answer.content).digest()).rstrip(b"=").decode() == entry["digest"]
    assert answer.json()["messageInfo"]["messageId"] == entry["message_id"]
    header, _, signature = answer.headers["message-signature"].split(".")
    assert (bool(header), len(signature)) == (True, 86), "the sender's ES256"
    token = (country.folder / "shep_gateway" / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    absent = await country.answer("shep_gateway", "GET", "/api/v1/journal/999999/message", headers=headers)
    assert (absent.status_code, absent.json()["code"]) == (404, "entry-unknown")
    stranger = await country.answer("shep_gateway", "GET", f"/api/v1/journal/{n}/message")
    assert stranger.status_code == 401
