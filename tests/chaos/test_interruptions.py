"""Killed services, a killed broker, a stopped database, duplicates: nothing lost, nothing twice, order kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import aio_pika  # noqa: TID251 - a stranger on the broker, who listens in and repeats what he heard
import pytest

from tests.chaos.kit import CARRIERS, NEEDED, Books, Flood
from tests.country import Processes
from tests.crowd import citizens, people
from tests.forked_systems import ForkedProcesses
from tests.servers import PostgresServer, RabbitServer, postgres

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def broker_url(own_broker: RabbitServer) -> str:
    return own_broker.spare_url()


@pytest.fixture(scope="module")
def country(broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with ForkedProcesses(tmp_path_factory.mktemp("country"), broker_url) as running:
        running.start(*NEEDED)
        yield running


@pytest.fixture(scope="module")
def flood(country: Processes) -> Flood:
    return asyncio.run(_flood(country))


async def _flood(country: Processes) -> Flood:
    portal_url = country.url("portal_pep")
    crowd = await citizens(portal_url, country.url("is_nuc"), people(4))
    return Flood(portal_url, crowd)


async def _while_flooded(flood: Flood, count: int, *acts: object) -> list[str]:
    """Submit ``count`` applications and meanwhile perform each act (a callable), half a second apart."""
    before = len(flood.accepted)
    under_way = asyncio.create_task(flood.submit(count))
    for act in acts:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(act)  # type: ignore[arg-type]
    await under_way
    return flood.accepted[before:]


def test_services_may_each_be_killed_with_messages_in_flight(country: Processes, flood: Flood) -> None:
    def kill_and_restart(name: str) -> None:
        country.kill(name)
        country.start(name)

    acts = [lambda name=name: kill_and_restart(name) for name in CARRIERS]
    cases = asyncio.run(_while_flooded(flood, 80, *acts))
    books = Books(country)
    books.await_completed(cases)
    books.check_once_and_in_order(cases)


def test_broker_may_be_killed_and_restarted(country: Processes, flood: Flood, own_broker: RabbitServer) -> None:
    def kill_and_restart() -> None:
        own_broker.kill()
        own_broker.start()

    cases = asyncio.run(_while_flooded(flood, 60, kill_and_restart))
    books = Books(country)
    books.await_completed(cases)
    books.check_once_and_in_order(cases)


def test_messages_repeated_by_a_stranger_have_no_effect(country: Processes, flood: Flood, broker_url: str) -> None:
    books = Books(country)
    cases, repeated = asyncio.run(_overheard_and_repeated(flood, broker_url, books))
    assert repeated > 100
    books.check_once_and_in_order(cases)
    assert books.count("shep_gateway", "SELECT count(*) FROM journal WHERE event = 'REPLAYED'") > 0


async def _overheard_and_repeated(flood: Flood, url: str, books: Books) -> tuple[list[str], int]:
    """Record the whole exchange while applications run, then publish everything again, shuffled."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange("egov.bus")
        tap = await channel.declare_queue(exclusive=True)
        await tap.bind(exchange, "#")
        cases = await _while_flooded(flood, 20)
        await asyncio.to_thread(books.await_completed, cases)
        heard = []
        while message := await tap.get(no_ack=True, fail=False):
            heard.append(message)
        await tap.unbind(exchange, "#")
        random.Random(7).shuffle(heard)  # noqa: S311 - an order, not a secret
        for message in heard:
            again = aio_pika.Message(message.body, headers=dict(message.headers), delivery_mode=2)
            await exchange.publish(again, message.routing_key or "")
        await asyncio.sleep(3)
    return cases, len(heard)


def test_gateways_share_the_work_over_postgresql_and_one_of_two_may_die(
    own_broker: RabbitServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, broker_url = tmp_path_factory.mktemp("postgres"), own_broker.spare_url()
    leases = {
        "EGOV_LEASE_SECONDS": "5",
        "EGOV_PARTITIONS": "4",
    }  # the living gateway sends what the dead one left unsent
    with (
        postgres(folder, private=True) as database,
        ForkedProcesses(
            tmp_path_factory.mktemp("replicas"), broker_url, database.url, environment=leases
        ) as country,
    ):
        country.start(*NEEDED)
        second = _second_gateway(country)
        flood = asyncio.run(_flood(country))
        cases = asyncio.run(_while_flooded(flood, 40, lambda: country.kill(second), lambda: _restart(database)))
        books = Books(country)
        books.await_completed(cases)
        books.check_once_and_in_order(cases)


def _second_gateway(country: Processes) -> str:
    """A second process of the gateway with the same identity, queue and database."""
    port = 8002 + country.offset + 50
    return country.launch("shep_gateway", replica="2", port=port)


def _restart(database: PostgresServer) -> None:
    database.stop()
    database.start()


def test_deployment_keeps_its_keys_private(country: Processes) -> None:
    keys = list(Path(country.folder).rglob("*.key"))
    assert keys
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)
