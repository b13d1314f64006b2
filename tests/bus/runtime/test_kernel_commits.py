"""A commit whose answer is lost, and a batch with a part that cannot be stored: what was committed goes on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import Pool

from shared.bus.errors import Unavailable
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.bus.service import ServiceNode
from tests.bus.conftest import SERVERS
from tests.bus.kit import Company, Counted, Desk, book, effects_of, rows_of, rows_when, say
from tests.bus.trouble import Cord, cord_of_its_own_loop
from tests.servers import PostgresServer

BIG = "x" * 1_000_000


@dataclass
class DatabaseCord:
    """A proxy before PostgreSQL that can lose answers to COMMIT."""

    cord: Cord
    loop: asyncio.AbstractEventLoop

    async def refuse(self, seconds: float) -> None:
        """Close every connection, and accept none for ``seconds``."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.cord.refuse(seconds), self.loop))


@pytest.fixture
def database_cord(own_database: PostgresServer) -> Iterator[DatabaseCord]:
    """A proxy before a PostgreSQL of this file's own."""
    with cord_of_its_own_loop(own_database.url) as (cord, loop):
        yield DatabaseCord(cord, loop)


async def source_behind(cord: Cord, house: Company, name: str) -> tuple[ServiceNode, Any]:
    """A sender in the PostgreSQL behind the cord, with a table of effects; systems that join later use SQLite."""
    house.database = make_url(cord.url).set(database=name).render_as_string(hide_password=False)
    metadata, effects = book()
    node = await house.node("source", tables=metadata)
    house.database = None
    return node, effects


async def write_and_say(node: ServiceNode, effects: Any, house: Company, n: int) -> int:
    """Write an effect and send ``n``, in one transaction."""

    def act(uow: UnitOfWork) -> int:
        uow.session.execute(effects.insert(), [{"correlation_id": f"case-{n}", "n": n}])
        say(uow, house.address("sink"), n, f"case-{n}")
        return n

    return await node.runtime.write(act)


@SERVERS
async def test_commit_whose_answer_is_lost_is_done_once_and_its_caller_hears_so(
    house: Company, desk: Desk, database_cord: DatabaseCord
) -> None:
    sink = await house.node("sink", desk.router, desk.metadata)
    source, effects = await source_behind(database_cord.cord, house, "lost_answer")
    database_cord.cord.lost_commits = 1
    answers = await asyncio.gather(*(write_and_say(source, effects, house, n) for n in range(20)))
    assert database_cord.cord.lost.is_set()
    assert answers == list(range(20))
    assert Counter(n for _, n in await effects_of(sink, desk.effects, 20)) == Counter(range(20))
    assert Counter(row.n for row in await rows_of(source, "effects")) == Counter(range(20))
    assert await rows_when(source, "bus_outbox", 0) == []


@SERVERS
async def test_message_of_a_lost_commit_is_sent_without_a_restart_when_the_database_was_away(
    house: Company, desk: Desk, database_cord: DatabaseCord
) -> None:
    sink = await house.node("sink", desk.router, desk.metadata)
    source, effects = await source_behind(database_cord.cord, house, "lost_for_long")
    database_cord.cord.lost_commits, database_cord.cord.is_closed_by_loss = 1, True
    writing = asyncio.create_task(write_and_say(source, effects, house, 7))
    assert await asyncio.to_thread(database_cord.cord.lost.wait, 10)
    await database_cord.refuse(5)
    with pytest.raises(Unavailable):
        await writing
    assert await effects_of(sink, desk.effects, 1) == [("case-7", 7)]
    assert await rows_when(source, "bus_outbox", 0) == []
    assert [row.n for row in await rows_of(source, "effects")] == [7]


@dataclass
class Disk:
    """The disk below the SQLite file of one instance; a full one has no room for another page of the file."""

    instance: str = ""
    is_full: bool = False

    def limit_file(self, connection: Any, record: object, proxy: object) -> None:
        """Set the limit of a connection that a transaction begins to use."""
        if self.instance and f"/{self.instance}/" in connection.execute("PRAGMA database_list").fetchone()[2]:
            connection.execute(f"PRAGMA max_page_count = {1 if self.is_full else 2**30}")


@pytest.fixture
def disk() -> Iterator[Disk]:
    """A disk that tests may fill."""
    made = Disk()
    event.listen(Pool, "checkout", made.limit_file)
    yield made
    event.remove(Pool, "checkout", made.limit_file)


def keeping_texts(desk: Desk) -> MessageRouter:
    """A router that stores the text of each message."""
    router = MessageRouter()

    @router.register_handler(Counted)
    def store(data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
        uow.session.execute(desk.effects.insert(), [{"correlation_id": data.text, "n": data.n}])
        uow.notify("effects")

    return router


async def test_work_beside_what_a_full_disk_refuses_is_answered_and_its_messages_are_sent(
    house: Company, desk: Desk, disk: Disk
) -> None:
    target = Desk()
    sink = await house.node("sink", target.router, target.metadata)
    middle = await house.node("middle", keeping_texts(desk), desk.metadata)
    source = await house.node("source")
    await middle.runtime.write(lambda uow: _leave_free_pages(uow, desk))
    disk.instance, disk.is_full = house.address("middle"), True
    pausing = asyncio.create_task(middle.runtime.write(lambda uow: time.sleep(0.5)))
    await asyncio.sleep(0.1)
    big = Counted(n=1, text=BIG)
    await source.runtime.write(lambda uow: say(uow, house.address("middle"), 1, payload=big))
    await asyncio.sleep(0.2)  # both are in the batch after the pause
    await asyncio.gather(pausing, middle.runtime.write(lambda uow: say(uow, house.address("sink"), 7, "case-7")))
    assert await effects_of(sink, target.effects, 1, 5) == [("case-7", 7)]
    assert await rows_of(middle, "effects") == []
    disk.is_full = False
    assert await effects_of(middle, desk.effects, 1, 10) == [(BIG, 1)]


def _leave_free_pages(uow: UnitOfWork, desk: Desk) -> None:
    uow.session.execute(desk.effects.insert(), [{"correlation_id": "x" * 90, "n": -1} for _ in range(2000)])
    uow.session.execute(desk.effects.delete())
