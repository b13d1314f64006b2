"""What replicas cost and bring: ``python -m tests.servers run -- python -m tests.benchmarks.replicas``.

One country of processes over RabbitMQ and PostgreSQL. Whole cases of the portal are timed with one portal, ШЭП and
ИС МИО, then with as many of each as asked for, in turn. The figures of a case are the processor time of the
replicated systems and of the database, and the cases in a second; ratios of one run tell what replicas cost here.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
import uvloop
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, create_engine, text

from services.catalog import find_instance
from shared.bus.persistence.database import database_url
from tests.benchmarks import measure
from tests.country import Processes, is_ready
from tests.crowd import Citizen, application, citizens, line_to, people, submission

REPLICATED = ("portal_pep", "shep_gateway", "is_mio")
PORTS_APART = 60
"""The ports of the second replica of each system lie so far above those of the first."""
SETTLING_SECONDS = 12.0
"""The time in which the replicas learn of each other and share the partitions."""
IDLE_SECONDS = 8.0
MEASURES = ("per_second", "systems_ms", "country_ms", "database_ms")
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ReplicaRound:
    """Whole cases with ``replicas`` of each replicated system: processor time in ms a case, and the wait."""

    replicas: int
    per_second: float
    systems_ms: float
    country_ms: float
    database_ms: float
    parked: int
    dead: int
    batch_items: float
    """Messages and tasks of a transaction of the replicated systems, on average."""
    transactions: float
    """Transactions of the replicated systems for a case."""
    idle_percent: float
    """Share of a core that the replicated systems take together while nothing happens."""


def main(
    replicas: Annotated[list[int], typer.Option(help="Replicas of each system, each compared with one.")] = [2, 4],  # noqa: B006 - typer's own form
    cases: Annotated[int, typer.Option(help="Whole cases in each round.")] = 600,
    at_once: Annotated[int, typer.Option(help="Submissions under way at once.")] = 32,
    rounds: Annotated[int, typer.Option(help="Rounds of each number of replicas.")] = 2,
    partitions: Annotated[int, typer.Option(help="EGOV_PARTITIONS of every system.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Time whole cases with one and with several replicas of portal, ШЭП and ИС МИО."""
    servers = [os.environ.get(name) for name in ("AMQP_URL", "DATABASE_URL")]  # noqa: TID251 - set by the runner
    if not servers[0] or not servers[1]:
        raise typer.BadParameter("run it by `python -m tests.servers run --`: it needs both servers")
    done = uvloop.run(run(servers[0], servers[1], replicas, cases, at_once, rounds, partitions))
    if as_json:
        print(json.dumps([vars(one) for one in done]))
    else:
        show(done)


async def run(
    amqp: str, database: str, replicas: Sequence[int], cases: int, at_once: int, rounds: int, partitions: int
) -> list[ReplicaRound]:
    """Run the rounds in turn: one replica, then each other number, and so again."""
    done: list[ReplicaRound] = []
    with (
        tempfile.TemporaryDirectory(prefix="egov-replicas.") as folder,
        Processes(Path(folder), amqp, database, {"EGOV_PARTITIONS": str(partitions)}) as country,
    ):
        await asyncio.to_thread(country.start)
        crowd = await citizens(country.url("portal_pep"), country.url("is_nuc"), people(20), rsa=True)
        for _ in range(rounds):
            for count in (1, *replicas):
                urls = await _scale(country, count)
                idle = await _idle_percent(country)
                done.append(await _time_cases(country, database, crowd, urls, count, cases, at_once, idle))
                Console(stderr=True).print(done[-1])
    return done


async def _scale(country: Processes, count: int) -> Mapping[str, list[str]]:
    """Have ``count`` replicas of each replicated system, all ready and with their shares; their addresses."""
    urls: dict[str, list[str]] = {}
    surplus = [name for name in country.running if "#" in name and int(name.partition("#")[2]) > count]
    await asyncio.to_thread(country.stop, *surplus)
    for name in REPLICATED:
        instance = find_instance(name)
        assert instance is not None
        urls[name] = [country.url(name)]
        for number in range(2, count + 1):
            port = instance.port + country.offset + PORTS_APART * (number - 1)
            urls[name].append(f"http://127.0.0.1:{port}")
            if f"{name}#{number}" not in country.running:
                country.launch(name, replica=str(number), port=port)
    while not all(is_ready(url) for each in urls.values() for url in each):  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLING_SECONDS)
    return urls


async def _time_cases(
    country: Processes,
    database: str,
    crowd: Sequence[Citizen],
    urls: Mapping[str, list[str]],
    replicas: int,
    count: int,
    at_once: int,
    idle: float,
) -> ReplicaRound:
    line, waiting = line_to(country.url("portal_pep")), []
    for citizen, _ in zip(cycle(crowd), range(count), strict=False):
        drafted = await application(line, citizen)
        assert drafted is not None, "the portal is up"
        waiting.append((citizen.token, submission(drafted[1])))
    await line.close()
    engines = {name: create_engine(database_url(database, Path(), name)) for name in REPLICATED}
    before, dead = _completed(engines["portal_pep"]), _count_dead(engines)
    used, server, batches = country.cpu_seconds(), _database_seconds(), _count_batches(urls)
    began, parked = time.perf_counter(), [0]
    portals = cycle(urls["portal_pep"])
    await asyncio.gather(*(measure.submit(next(portals), waiting) for _ in range(at_once)))
    while _completed(engines["portal_pep"]) < before + count:
        assert time.perf_counter() - began < 300, "not every case was completed"
        parked.append(_count_parked(engines))
        await asyncio.sleep(0.05)
    seconds = time.perf_counter() - began
    spent = {name: after - used.get(name, 0.0) for name, after in country.cpu_seconds().items()}
    ours = _of_replicated(spent)
    database_ms = (_database_seconds() - server) / count * 1000
    dead = _count_dead(engines) - dead
    transactions, items = (after - before for after, before in zip(_count_batches(urls), batches, strict=True))
    for engine in engines.values():
        engine.dispose()
    return ReplicaRound(
        replicas,
        count / seconds,
        ours / count * 1000,
        sum(spent.values()) / count * 1000,
        database_ms,
        max(parked),
        dead,
        items / transactions,
        transactions / count,
        idle,
    )


async def _idle_percent(country: Processes) -> float:
    before = _of_replicated(country.cpu_seconds())
    await asyncio.sleep(IDLE_SECONDS)
    return (_of_replicated(country.cpu_seconds()) - before) / IDLE_SECONDS * 100


def _of_replicated(seconds: Mapping[str, float]) -> float:
    return sum(value for name, value in seconds.items() if name.partition("#")[0] in REPLICATED)


def _completed(engine: Engine) -> int:
    return _scalar(engine, "SELECT count(*) FROM application WHERE outcome IS NOT NULL")


def _count_dead(engines: Mapping[str, Engine]) -> int:
    return sum(_scalar(engine, "SELECT count(*) FROM bus_dead") for engine in engines.values())


def _count_parked(engines: Mapping[str, Engine]) -> int:
    return sum(_scalar(engine, "SELECT count(*) FROM bus_held") for engine in engines.values())


def _count_batches(urls: Mapping[str, list[str]]) -> tuple[float, float]:
    """The transactions of all replicas so far, and the messages and tasks in them."""
    sums = {"egov_batch_items_count": 0.0, "egov_batch_items_sum": 0.0}
    for url in (url for each in urls.values() for url in each):
        for line in httpx.get(f"{url}/metrics").text.splitlines():
            name, _, value = line.rpartition(" ")
            if name in sums:
                sums[name] += float(value)
    return sums["egov_batch_items_count"], sums["egov_batch_items_sum"]


def _scalar(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def _database_seconds() -> float:
    """The processor time of the processes of PostgreSQL on this machine, the ended ones included."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition(" (")[2].rpartition(")")
        except OSError:
            continue
        if name == "postgres":
            fields = rest.split()
            total += sum(int(fields[place]) for place in (11, 12, 13, 14))
    return total / TICK


def show(done: Sequence[ReplicaRound]) -> None:
    """Print the medians of the rounds, and their ratios to one replica."""
    table = Table(
        "replicas",
        "cases/s",
        "systems ms",
        "country ms",
        "database ms",
        "ratio of ms",
        "most parked",
        "dead letters",
        "items a transaction",
        "transactions a case",
        "idle %",
    )
    base: dict[str, Any] = {}
    for count in sorted({one.replicas for one in done}):
        mine = [one for one in done if one.replicas == count]
        middle = {
            name: statistics.median(getattr(one, name) for one in mine)
            for name in (*MEASURES, "batch_items", "transactions", "idle_percent")
        }
        base = base or middle
        table.add_row(
            str(count),
            *(f"{middle[name]:.1f}" for name in MEASURES),
            f"{middle['systems_ms'] / base['systems_ms']:.2f}",
            str(max(one.parked for one in mine)),
            str(sum(one.dead for one in mine)),
            *(f"{middle[name]:.1f}" for name in ("batch_items", "transactions", "idle_percent")),
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
