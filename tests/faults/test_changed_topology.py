"""Fault: the broker has a system's queue with other arguments than the system declares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aio_pika  # noqa: TID251 - the tests look at the broker past the transport
import httpx
import pytest

from shared.bus.service import ServiceNode
from shared.texts.catalog import COMMON
from tests.bus.carrier_peers import Carrier, remove
from tests.bus.kit import Company, Desk, effects_of, eventually
from tests.servers import environment

pytestmark = pytest.mark.servers


@pytest.fixture
async def broker() -> AsyncIterator[Carrier]:
    """The broker of the servers tier."""
    url = environment.setting("AMQP_URL")
    assert url is not None, "run `python -m tests.servers run -- …`"
    made = Carrier(url)
    yield made
    await made.close()


@pytest.fixture
async def company(broker: Carrier, tmp_path: Path) -> AsyncIterator[Company]:
    """Systems over RabbitMQ, each with a connection of its own and a SQLite file."""
    made = Company(tmp_path, await broker.transport(), suffix=broker.suffix)
    yield made
    await made.stack.aclose()
    for address in made.identities:
        broker.address(address.removesuffix(broker.suffix))


async def declare_otherwise(broker: Carrier, address: str) -> None:
    """Make the queue of ``address`` a classic queue, as an older version or an operator may have left it."""
    assert broker.url is not None
    connection = await aio_pika.connect(broker.url)
    async with connection:
        for _ in range(20):  # a system that runs may make its queue anew in between
            with suppress(aio_pika.exceptions.ChannelPreconditionFailed):
                async with connection.channel() as channel:
                    await channel.queue_delete(address)
                    await channel.declare_queue(address, durable=True)
                return


async def is_named(node: ServiceNode) -> bool:
    """Whether /readyz names the fault, with the queue and the remedy."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(node.app), base_url="http://node") as client:
        answer = await client.get("/readyz", headers={"Accept-Language": "en"})
    problems = [each for each in answer.json().get("problems", []) if each["code"] == "topology-changed"]
    if not problems:
        return False
    assert answer.status_code == 503
    assert "delete_queue" in problems[0]["detail"]
    assert node.runtime.is_connected
    return node.service.name in problems[0]["details"]["reason"]


@pytest.mark.parametrize("when", ["at the start", "while it runs"])
async def test_system_with_a_changed_queue_says_so_goes_on_sending_and_receives_once_it_is_mended(
    company: Company, broker: Carrier, when: str
) -> None:
    desk, outbound = Desk(), Desk()
    address, url = company.address("odd"), broker.url or ""
    if when == "at the start":
        await declare_otherwise(broker, address)
    odd = await company.node("odd", desk.router, desk.metadata, texts=COMMON, transport=await broker.transport())
    peer = await company.node("peer", outbound.router, outbound.metadata, transport=await broker.transport())
    if when == "while it runs":
        assert not await is_named(odd)
        await declare_otherwise(broker, address)

    async def ask() -> bool:
        return await is_named(odd)

    async def ask_not() -> bool:
        return not await is_named(odd)

    assert await eventually(ask, 10)
    await company.tell(odd, "peer", [1])
    assert await effects_of(peer, outbound.effects, 1, 5) == [("case-1", 1)]
    await remove(url, {address})
    assert await eventually(ask_not, 10)
    await company.tell(peer, "odd", [2])
    assert await effects_of(odd, desk.effects, 1, 10) == [("case-1", 2)]
