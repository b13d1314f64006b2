"""The three measurements: bare relay, gateway relay, whole cases."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.carriers.transport import TransportMessage
from shared.bus.messages.gate import seal_message
from shared.bus.messages.message import MessageInfo, MessageSender, MessageType, encode_message, make_properties
from shared.bus.runtime.unit_of_work import OutgoingMessage, random_id
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, REGULATION, STEP, ApplicationMessage
from shared.pki.client.enrolment import read_enrolment
from tests.benchmarks import bare_relay
from tests.country import ROOT, Processes
from tests.crowd import SERVICE, application, citizens, line_to, people, submission

Told = Callable[[str], None]
SIZE = 2048
BUSY, BUSY_SECONDS = 503, 0.5
"""The status of a portal that has no room, and the time until a citizen asks again."""


@dataclass(frozen=True)
class Rate:
    """A count, and the seconds in which it was reached."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


@dataclass(frozen=True)
class Cases(Rate):
    """A rate of whole cases, with the time of each from submission to the result in the cabinet."""

    latencies: tuple[float, ...]
    cpu_ms: dict[str, float]
    """Processor time per case in each process, without the broker and the simulated citizens."""

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def bare(url: str, count: int) -> Rate:
    """The bare relay in its own process, with bodies and headers as long as ours."""
    headers = {"signature": "s" * 330}
    await bare_relay.fill(url, count, b"x" * SIZE, headers)
    run = [sys.executable, "-m", "tests.benchmarks.bare_relay", url, str(count)]
    ended = await asyncio.to_thread(
        subprocess.run, run, cwd=ROOT, capture_output=True, check=True, timeout=300, text=True
    )
    return Rate(count, float(ended.stdout))


async def gateway(country: Processes, count: int) -> Rate:
    """The gateway alone: its queue is filled while the gateway is stopped; then the gateway starts and is
    timed.
    """
    senders = ("rshep_yuz", "is_mio", "is_con", "portal_pep")
    country.stop(*(name for name in ("shep_gateway", *senders) if name in country.running))
    await _fill_gateway(country, count)
    database = country.folder / "shep_gateway" / "data.sqlite"
    before = _scalar(database, "SELECT count(*) FROM journal")
    country.launch("shep_gateway")
    while _scalar(database, "SELECT count(*) FROM journal") == before:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.002)
    began = time.perf_counter()
    first = _scalar(database, "SELECT count(*) FROM journal") - before
    while not _is_drained(database, before + count):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    return Rate(count - first, time.perf_counter() - began)


def _is_drained(database: Path, entries: int) -> bool:
    """Whether every message is journaled and the outbox is empty: the carrier has confirmed everything."""
    is_journaled = _scalar(database, "SELECT max(n) FROM journal") >= entries
    return is_journaled and _scalar(database, "SELECT count(*) FROM bus_outbox") == 0


def _scalar(database: Path, query: str) -> int:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return int(connection.execute(query).fetchone()[0] or 0)
    finally:
        connection.close()


async def _fill_gateway(country: Processes, count: int) -> None:
    """Put signed requests of the portal, each of a new case, on the gateway's queue."""
    enrolled = read_enrolment(country.folder / "portal_pep", addresses.PORTAL)
    assert enrolled is not None
    transport = AmqpTransport(country.amqp_url, "benchmark")
    await transport.open()
    try:
        for begin in range(0, count, 500):
            batch = [_request(random_id()) for _ in range(min(500, count - begin))]
            sealed = [
                TransportMessage(
                    i.address,
                    "REQUEST",
                    i.info.message_id,
                    i.info.correlation_id,
                    seal_message(enrolled.identity, i, 1),
                )
                for i in batch
            ]
            faults = [fault for fault in await transport.publish(sealed) if fault is not None]
            assert not faults, faults[0]
    finally:
        await transport.close()


def _request(case: str) -> OutgoingMessage:
    info = MessageInfo(
        message_id=random_id(),
        correlation_id=case,
        service_id="unemployment-certificate",
        message_type=MessageType.REQUEST,
        route_id="KZ-YUZ",
        message_date=datetime.now(UTC),  # noqa: TID251 - the benchmark's own moment
        sender=MessageSender(sender_id=addresses.PORTAL),
        properties=make_properties({REGULATION: SERVICE, CHANNEL: "portal", STEP: "t1"}),
    )
    payload = ApplicationMessage.model_construct(
        regulation=SERVICE, channel="portal", authority="kz-yuz.employment.15", document=b"x" * 1000, steps=()
    )
    return OutgoingMessage(addresses.GATEWAY, info, encode_message(info, payload))


async def cases(country: Processes, count: int, at_once: int, told: Told) -> Cases:
    """Whole portal cases: applications submitted over HTTP, until every result is in its cabinet."""
    told("certifying and registering citizens")
    crowd = await citizens(country.url("portal_pep"), country.url("is_nuc"), people(20), rsa=True)
    told("drafting the applications")
    line, waiting, wanted = line_to(country.url("portal_pep")), [], set()
    for citizen, _ in zip(cycle(crowd), range(count), strict=False):
        drafted = await application(line, citizen)
        assert drafted is not None, "the portal is up"
        case, cms = drafted
        wanted.add(case)
        waiting.append((citizen.token, submission(cms)))
    await line.close()
    database = country.folder / "portal_pep" / "data.sqlite"
    done = "SELECT count(*) FROM application WHERE outcome IS NOT NULL"
    before = _scalar(database, done)
    told("submitting")
    used = country.cpu_seconds()
    began = time.perf_counter()
    await asyncio.gather(*(submit(country.url("portal_pep"), waiting) for _ in range(at_once)))
    while _scalar(database, done) < before + count:
        assert time.perf_counter() - began < 600, "not every case was completed"
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    cpu_ms = {name: (after - used[name]) / count * 1000 for name, after in country.cpu_seconds().items()}
    return Cases(count, seconds, _latencies(database, wanted), cpu_ms)


async def submit(url: str, waiting: list[tuple[str, bytes]]) -> None:
    line = line_to(url)
    while waiting:
        token, body = waiting.pop()
        status, answer = await line.post("/api/v1/applications", token, body)
        while status == BUSY:
            await asyncio.sleep(BUSY_SECONDS)
            status, answer = await line.post("/api/v1/applications", token, body)
        assert status == 201, answer
    await line.close()


def _latencies(database: Path, wanted: set[str]) -> tuple[float, ...]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute("SELECT case_id, submitted_at, changed_at FROM application").fetchall()
    connection.close()
    parse = datetime.fromisoformat
    return tuple((parse(end) - parse(begin)).total_seconds() for case, begin, end in rows if case in wanted)
