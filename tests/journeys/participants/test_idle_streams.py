"""A thousand idle live streams, each a real connection: nobody else waits longer, and the processor stays idle."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.portal_pep.storage import APPLICATIONS, LOGINS, PortalCase
from services.shep_gateway.doors.participants import ParticipantRow, digest_token
from services.shep_gateway.storage import MemberRow
from shared.bus.http.live_streams import MOST_STREAMS
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id
from shared.contracts.registers import PERSON_SERVICE
from shared.people.logins import open_session
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry

pytestmark = pytest.mark.asyncio(loop_scope="session")

STREAMS = 1000
HOLDERS = STREAMS // MOST_STREAMS
IDLE_SECONDS = 4.0
QUESTION = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}


def token_of(number: int) -> str:
    return f"shep_idle-{number:04}"


async def let_holders_in(country: RunningCountry) -> None:
    """Two hundred participants with tokens: who they are to НУЦ does not matter to an idle stream."""

    def write(uow: UnitOfWork) -> None:
        for number in range(HOLDERS):
            address, digest = f"idle-{number:04}", digest_token(token_of(number))
            row = ParticipantRow(address=address, title=address, token_digest=digest, joined_at=uow.machine_now)
            uow.session.add(row)
            uow.session.add(MemberRow(address=address, title=address, is_at_door=True))

    await country.runtime("shep_gateway").write(write)


async def let_citizens_in(country: RunningCountry) -> list[tuple[str, str]]:
    """Two hundred logged-in citizens with an application each: the path of each stream, and its token."""
    streams = []

    def write(uow: UnitOfWork) -> None:
        for number in range(HOLDERS):
            iin, case_id = f"{number:012}", random_id()
            token = open_session(uow, LOGINS, iin)
            case = PortalCase(
                case_id=case_id, iin=iin, regulation="KZ-AKM.1", variant="", region="KZ-AKM", authority="",
                message_id=random_id(), number=None, status="", outcome=None, reason=None, refusal=None,
                open_key=None, submitted_at=uow.now, changed_at=uow.now,
            )  # fmt: skip
            uow.hot_rows(APPLICATIONS).put(case)
            streams.append((f"/api/v1/applications/{case_id}/events", token))

    await country.runtime("portal_pep").write(write)
    return streams


@asynccontextmanager
async def open_streams(
    country: RunningCountry, system: str, streams: Sequence[tuple[str, str]]
) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Real connections, each with an open stream whose head has come; ``streams``: path and token of each."""
    where = urlsplit(country.url(system))
    writers, readers = [], []
    try:
        for path, token in streams:
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
            head = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n"
            writer.write(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
            writers.append(writer)
            readers.append(reader)
        for reader in readers:
            assert b" 200 " in await asyncio.wait_for(reader.readline(), 60)
        yield readers
    finally:
        for writer in writers:
            writer.transport.abort()


async def answer_time(country: RunningCountry, asker: JoinedSystem) -> float:
    """The median of the seconds in which a question is answered."""
    times = []
    for _ in range(7):
        began = time.perf_counter()
        body = {"service_id": PERSON_SERVICE, "content": QUESTION}
        answer = await country.answer(
            "shep_gateway", "POST", "/api/v1/messages?wait=20", headers=asker.headers, json=body
        )
        times.append(time.perf_counter() - began)
        assert answer.json()["answer"] is not None
    return median(times)


async def load_of(seconds: float) -> float:
    """The share of one processor that this whole country takes meanwhile."""
    began = time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - began) / seconds


async def test_thousand_idle_streams_slow_nobody_and_leave_the_processor_idle(country: RunningCountry) -> None:
    asker = await join(country, "idle-asker", asks=[PERSON_SERVICE])
    await let_holders_in(country)
    alone, load_alone = await answer_time(country, asker), await load_of(IDLE_SECONDS)
    mailboxes = [("/api/v1/messages/stream", token_of(number % HOLDERS)) for number in range(STREAMS)]
    async with open_streams(country, "shep_gateway", mailboxes) as readers:
        await asyncio.sleep(1)  # the first question of the last stream
        load = await load_of(IDLE_SECONDS)
        assert load - load_alone < 0.10, f"{load:.2f} of a processor, {load_alone:.2f} without streams"
        crowded = await answer_time(country, asker)
        print(f"load {load_alone:.3f} -> {load:.3f}; answer {alone:.4f} -> {crowded:.4f} s")
        assert crowded < 2 * alone + 0.15, f"{crowded:.3f} s, {alone:.3f} s without streams"
        await ends_with_its_token(country, readers)


async def test_thousand_idle_streams_of_citizens_slow_nobody_and_leave_the_processor_idle(
    country: RunningCountry,
) -> None:
    asker = await join(country, "idle-witness", asks=[PERSON_SERVICE])
    streams = await let_citizens_in(country)
    alone, load_alone = await answer_time(country, asker), await load_of(IDLE_SECONDS)
    async with open_streams(country, "portal_pep", streams * MOST_STREAMS):
        await asyncio.sleep(1)
        load = await load_of(IDLE_SECONDS)
        assert load - load_alone < 0.10, f"{load:.2f} of a processor, {load_alone:.2f} without streams"
        assert await page_time(country) < 0.5
        crowded = await answer_time(country, asker)
        print(f"load {load_alone:.3f} -> {load:.3f}; answer {alone:.4f} -> {crowded:.4f} s")
        assert crowded < 2 * alone + 0.15, f"{crowded:.3f} s, {alone:.3f} s without streams"


async def page_time(country: RunningCountry) -> float:
    """The median of the seconds in which the portal answers about its services."""
    times = []
    for _ in range(7):
        began = time.perf_counter()
        answer = await country.answer("portal_pep", "GET", "/api/v1/services")
        times.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return median(times)


async def ends_with_its_token(country: RunningCountry, readers: list[asyncio.StreamReader]) -> None:
    """The streams of a token that nobody holds any more end; the others stay."""

    def forget(uow: UnitOfWork) -> None:
        row = uow.session.get_one(ParticipantRow, "idle-0000")
        row.token_digest = digest_token("shep_another")

    await country.runtime("shep_gateway").write(forget)
    ended = [reader for number, reader in enumerate(readers) if number % HOLDERS == 0]
    async with asyncio.timeout(20):
        for reader in ended:
            await reader.read()
    assert not any(reader.at_eof() for number, reader in enumerate(readers) if number % HOLDERS)


async def test_idle_stream_sees_what_another_replica_wrote(country: RunningCountry) -> None:
    """Another replica's transaction wakes nobody here: the row alone must be found."""
    await join(country, "idle-other")
    reader_token = (await join(country, "idle-reader")).headers
    runtime, seen = country.runtime("shep_gateway"), []

    async def read_stream() -> Any:
        where = urlsplit(country.url("shep_gateway"))
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        token = reader_token["Authorization"]
        head = f"GET /api/v1/messages/stream HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: {token}\r\n\r\n"
        writer.write(head.encode())
        try:
            async for line in reader:
                if line.startswith(b"data:"):
                    seen.append(line)
                    return
        finally:
            writer.transport.abort()

    reading = asyncio.create_task(read_stream())
    await asyncio.sleep(1.5)
    message = {"messageInfo": {"properties": []}, "messageData": {"contract": "person-answer/1", "data": {}}}
    await runtime.compute(lambda: write_beside(country, "idle-reader", message))
    await asyncio.wait_for(reading, 10)
    assert len(seen) == 1


def write_beside(country: RunningCountry, recipient: str, message: Any) -> None:
    """Put a message into a mailbox past the running process."""
    file = country.folder / "shep_gateway" / "data.sqlite"
    columns = {
        "recipient": recipient, "sender": "nr_iin", "message_id": "m-1", "case_id": "c-1", "service_id": "s",
        "message_type": "RESPONSE", "arrived_at": "2026-11-29 10:00:00.000000", "state": "WAITING",
        "body": json.dumps(message).encode(), "signature": "",
    }  # fmt: skip
    names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as database:
        database.execute(f"INSERT INTO mail ({names}) VALUES ({marks})", tuple(columns.values()))  # noqa: S608
