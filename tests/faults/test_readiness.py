"""Whatever keeps a system from working is named by /readyz, in three languages, with what to do."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import MetaData
from sqlmodel import Session

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Unavailable
from shared.bus.messages.trust import SystemCredential
from shared.bus.persistence.database import Database
from shared.bus.persistence.install_mark import InstallMarks
from shared.bus.service import ServiceNode
from shared.texts.catalog import COMMON
from tests.bus.kit import Company
from tests.servers import environment

START = datetime(2026, 3, 16, 4, tzinfo=UTC)
HALF_A_YEAR = timedelta(days=180)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def company(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Company]:
    transport = EmbeddedTransport()
    await transport.open()
    made = Company(tmp_path, transport, clock=clock)
    yield made
    await made.stack.aclose()
    await transport.close()


async def started(company: Company) -> ServiceNode:
    """A node that answers; it stops with the company."""
    return await company.node("desk", texts=COMMON)


async def ask(node: ServiceNode, path: str = "/readyz") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(node.app), base_url="http://node") as client:
        return await client.get(path, headers={"Accept-Language": "kk"})


async def told(node: ServiceNode, code: str) -> dict[str, Any]:
    """The problem with this code, in its full form, and as a number among the metrics."""
    await node.readiness.find_problems()
    answer = (await ask(node)).json()
    (problem,) = (each for each in answer["problems"] if each["code"] == code)
    assert set(problem["texts"]) == {"ru", "kk", "en"}
    assert problem["detail"] == problem["texts"]["kk"]
    metrics = (await ask(node, "/metrics")).text
    assert f'egov_readiness_problem{{code="{code}"}} 1' in metrics
    return dict(problem)


async def is_down(node: ServiceNode, code: str) -> dict[str, Any]:
    problem = await told(node, code)
    assert (await ask(node)).status_code == 503
    assert "egov_ready 0" in (await ask(node, "/metrics")).text
    return problem


def database_file(node: ServiceNode) -> Path:
    return node.home / "data.sqlite"


@pytest.mark.parametrize(
    ("damage", "named"),
    [("DROP TABLE bus_held", "bus_held"), ("ALTER TABLE bus_dead DROP COLUMN reason", "bus_dead.reason")],
)
async def test_readiness_names_a_table_that_is_broken(company: Company, damage: str, named: str) -> None:
    node = await started(company)
    with closing(sqlite3.connect(database_file(node), timeout=30)) as file:
        file.execute(damage)
    assert named in (await is_down(node, "database-broken"))["details"]["lacking"]


async def test_readiness_names_a_carrier_that_is_dead(company: Company) -> None:
    node = await started(company)
    await company.transport.close()
    await is_down(node, "broker-unavailable")


async def test_readiness_names_a_disk_that_is_full(company: Company) -> None:
    node = company.made("desk", texts=COMMON)
    node.home.mkdir(parents=True, exist_ok=True)
    (node.home / ".room").symlink_to("/dev/full")
    node = await started(company)
    await is_down(node, "disk-full")


async def test_readiness_warns_of_a_certificate_and_then_signs_nothing_with_it(
    company: Company, clock: ManualClock
) -> None:
    identity = company.identity("desk")
    end = START + 2 * HALF_A_YEAR
    identity.replace_credential(SystemCredential(identity.key, identity.thumbprint, end))
    node = await started(company)
    assert (await ask(node)).json() == {"status": "UP", "certificate_seconds_left": 2 * 180 * 86400}
    await clock.advance(HALF_A_YEAR + timedelta(days=1))
    problem = await told_later(node, "certificate-ending")
    assert (problem["is_fatal"], problem["details"]["owner"]) == (False, "system")
    assert (await ask(node)).status_code == 200
    assert 'egov_certificate_seconds_left{owner="system"} 1.54656e+07' in (await ask(node, "/metrics")).text
    await clock.advance(HALF_A_YEAR)
    assert (await told_later(node, "certificate-expired"))["is_fatal"]
    with pytest.raises(Unavailable) as caught:
        await company.tell(node, "desk", [1])
    assert caught.value.code == "own-certificate-expired"


async def told_later(node: ServiceNode, code: str) -> dict[str, Any]:
    """The problem, once the earlier answer of the checks has run out."""
    for _ in range(100):
        if any(problem.code == code for problem in await node.readiness.find_problems()):
            return await told(node, code)
        await asyncio.sleep(0.05)
    return await told(node, code)


async def test_readiness_names_a_database_of_before_and_a_clock_that_went_back(
    company: Company, clock: ManualClock, tmp_path: Path
) -> None:
    node = company.made("desk", texts=COMMON)
    await node.start()
    await settled(node, 1)
    await node.stop()
    shutil.copy(database_file(node), tmp_path / "older")
    await clock.advance(timedelta(days=3))
    again = company.made("desk", texts=COMMON)
    await again.start()
    await settled(again, 2)
    assert (await ask(again)).json() == {"status": "UP"}
    await again.stop()
    shutil.copy(tmp_path / "older", database_file(node))
    early = replace(company, clock=ManualClock(START))
    restored = await early.node("desk", texts=COMMON)
    await is_down(restored, "database-older")
    await is_down(restored, "clock-went-back")


class RaisedBetween:
    """The database of a node whose mark is raised, in the database and then in the file, after each look."""

    def __init__(self, node: ServiceNode) -> None:
        self.node = node
        self.database = Database(node.dependencies.database, MetaData())

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        with self.database.read_session() as session:
            yield session
        with closing(sqlite3.connect(database_file(self.node))) as connection, connection:
            connection.execute("UPDATE bus_mark SET number = number + 1")
        file = self.node.home / "mark.json"
        mark = json.loads(file.read_text())
        file.write_text(json.dumps({**mark, "number": mark["number"] + 1}))


async def test_readiness_takes_no_mark_that_is_raised_between_its_looks_for_an_older_database(
    company: Company,
) -> None:
    node = await company.node("desk", texts=COMMON)
    await settled(node, 1)
    raised: Any = RaisedBetween(node)
    marks = InstallMarks(raised, node.runtime.tables.mark, node.home)
    for _ in range(2):
        assert list(marks.find_problems(node.runtime)) == []


@pytest.mark.servers
async def test_readiness_names_a_server_that_may_lose_what_it_confirmed(company: Company) -> None:
    careless = replace(company, database=environment.setting("DATABASE_URL"), suffix=f"_{secrets.token_hex(4)}")
    node = careless.made("careless", texts=COMMON)
    await node.start()
    assert (await ask(node)).json() == {"status": "UP"}
    await node.stop()
    name = node.dependencies.database.database
    command(node, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    node = await careless.node("careless", texts=COMMON)
    problem = await told(node, "database-unsafe")
    assert (problem["is_fatal"], problem["details"]) == (False, {"settings": "synchronous_commit=off"})
    command(node, "ALTER TABLE bus_held RENAME TO bus_gone")
    problem = await told_later(node, "database-broken")
    assert problem["details"] == {"lacking": "bus_held"}


def command(node: ServiceNode, statement: str) -> None:
    """Change the node's database from outside."""
    url = node.dependencies.database.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


async def settled(node: ServiceNode, number: int) -> None:
    """Wait until the start of this number has raised the mark."""
    file = node.home / "mark.json"
    for _ in range(200):
        if file.exists() and f'"number": {number}' in file.read_text():
            return
        await asyncio.sleep(0.01)
    pytest.fail("the mark was not raised")
