"""A member who turns its own credentials at the broker against others: reading, emptying, removing and bypassing.

The broker is a real RabbitMQ that loads the definitions of ``egov-bus compose-env``, as the container does.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika  # noqa: TID251 - the attacker has no use for the transport
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage  # noqa: TID251
from aiormq.exceptions import AMQPError, ChannelAccessRefused  # noqa: TID251
from typer.testing import CliRunner

from services.catalog import INSTANCES
from services.cli import app
from services.tools.accounts.broker import MOST_CONNECTIONS, make_definitions
from services.tools.accounts.system_accounts import SystemAccount, make_accounts
from services.tools.demo.start import FIRST_SYSTEMS
from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.carriers.transport import SignedBytes, TransportMessage
from shared.bus.errors import BusError, Unavailable
from tests.journeys.kit import eventually, running
from tests.servers import RabbitServer

pytestmark = pytest.mark.servers

MEMBER, GATEWAY, VICTIM, REGIONAL = "is_con", "shep_gateway", "nr_iin", "rshep_regional.kz-yuz"
BODY = b"what nobody signed"
Attack = Callable[[AbstractChannel], Awaitable[object]]


@dataclass(frozen=True)
class Broker:
    """The broker with an account for each system; ``url_of`` gives each account's own address of the broker."""

    server: RabbitServer
    accounts: dict[str, SystemAccount]

    def url_of(self, address: str) -> str:
        host = self.server.url.rpartition("@")[2]
        return f"amqp://{address}:{self.accounts[address].broker_password}@{host}"

    @asynccontextmanager
    async def channel(self, address: str | None = None) -> AsyncIterator[AbstractChannel]:
        """A channel of the system at ``address``, or of the administrator."""
        url = self.server.url if address is None else self.url_of(address)
        async with await aio_pika.connect(url) as connection:
            yield await connection.channel(on_return_raises=True)

    async def count(self, queue: str) -> int:
        """How many messages wait in a queue."""
        async with self.channel() as channel:
            declared = await channel.declare_queue(queue, passive=True)
            return declared.declaration_result.message_count or 0


@pytest.fixture(scope="module")
def broker(own_broker: RabbitServer) -> Broker:
    accounts = make_accounts()
    own_broker.define(json.dumps(make_definitions(accounts, "of-the-administrator")).encode())
    return Broker(own_broker, {account.address: account for account in accounts if account.address})


async def ignore(_: AbstractIncomingMessage) -> None:
    """What an attacker does with a message does not matter."""


async def consume(channel: AbstractChannel) -> None:
    await (await channel.get_queue(VICTIM, ensure=False)).consume(ignore)


async def take_one(channel: AbstractChannel) -> None:
    await (await channel.get_queue(VICTIM, ensure=False)).get(fail=False)


async def empty(channel: AbstractChannel) -> None:
    await (await channel.get_queue(VICTIM, ensure=False)).purge()


async def remove(channel: AbstractChannel) -> None:
    await channel.queue_delete(VICTIM)


async def remove_own_dead_letters(channel: AbstractChannel) -> None:
    await channel.queue_delete(f"{MEMBER}.dead")


async def listen_to_the_gateway(channel: AbstractChannel) -> None:
    own = await channel.get_queue(MEMBER, ensure=False)
    await own.bind(f"egov.from.{GATEWAY}", "#")


async def divert_the_victims_messages(channel: AbstractChannel) -> None:
    foreign = await channel.get_queue(VICTIM, ensure=False)
    await foreign.unbind(f"egov.from.{GATEWAY}", f"{VICTIM}.*")


async def make_own_queue_carry_dead_messages_elsewhere(channel: AbstractChannel) -> None:
    arguments: dict[str, Any] = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": VICTIM}
    await channel.queue_delete(MEMBER)
    await channel.declare_queue(MEMBER, durable=True, arguments=arguments)


async def widen_own_exchange(channel: AbstractChannel) -> None:
    foreign = await channel.get_queue(VICTIM, ensure=False)
    await foreign.bind(f"egov.from.{MEMBER}", "#")


async def make_a_queue(channel: AbstractChannel) -> None:
    await channel.declare_queue("a_listener")


async def make_an_exchange(channel: AbstractChannel) -> None:
    await channel.declare_exchange("egov.bus", aio_pika.ExchangeType.FANOUT)


def publish(exchange: str, key: str, **headers: Any) -> Attack:
    async def attempt(channel: AbstractChannel) -> None:
        way = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        await way.publish(aio_pika.Message(BODY, headers=dict(headers)), key)

    return attempt


REFUSED: dict[str, Attack] = {
    "consume": consume,
    "get": take_one,
    "purge": empty,
    "delete": remove,
    "delete own dead letters": remove_own_dead_letters,
    "bind own queue": listen_to_the_gateway,
    "unbind": divert_the_victims_messages,
    "own dead-letter exchange": make_own_queue_carry_dead_messages_elsewhere,
    "bind own exchange": widen_own_exchange,
    "declare a queue": make_a_queue,
    "declare an exchange": make_an_exchange,
    "own exchange": publish(f"egov.from.{MEMBER}", f"{VICTIM}.REQUEST"),
    "exchange of the gateway": publish(f"egov.from.{GATEWAY}", f"{VICTIM}.REQUEST"),
    "default exchange": publish("", VICTIM),
    "dead letters of another": publish("egov.dead", VICTIM),
}


@pytest.mark.parametrize("attack", REFUSED.values(), ids=REFUSED.keys())
async def test_member_is_refused_by_the_broker(broker: Broker, attack: Attack) -> None:
    async with broker.channel(MEMBER) as channel:
        with pytest.raises(ChannelAccessRefused):
            await attack(channel)
    assert (await broker.count(VICTIM), await broker.count(f"{VICTIM}.dead")) == (0, 0)


@pytest.mark.parametrize("header", ["CC", "BCC"])
async def test_member_reaches_nobody_else_by_more_routing_keys_in_a_header(broker: Broker, header: str) -> None:
    attempt = publish(f"egov.from.{MEMBER}", f"{GATEWAY}.REQUEST", **{header: [f"{VICTIM}.REQUEST"]})
    async with broker.channel(MEMBER) as channel:
        with suppress(ChannelAccessRefused):  # a newer broker compares these keys with the permission too
            await attempt(channel)
    assert await broker.count(VICTIM) == 0
    await _empty(broker, GATEWAY)


async def test_member_cannot_take_every_connection_of_the_broker(broker: Broker) -> None:
    async with AsyncExitStack() as taken:
        for _ in range(MOST_CONNECTIONS):
            await taken.enter_async_context(broker.channel(MEMBER))
        with pytest.raises(AMQPError):
            await taken.enter_async_context(broker.channel(MEMBER))
        assert await sent(broker, GATEWAY, VICTIM) is None
    await _empty(broker, VICTIM)


async def sent(broker: Broker, sender: str, receiver: str) -> BusError | None:
    """The result of one message over the transport, as a system of the bus sends it."""
    transport = AmqpTransport(broker.url_of(sender), "tests", own_address=sender)
    await transport.open()
    try:
        message = TransportMessage(receiver, "REQUEST", "m1", "c1", SignedBytes(BODY, "s"))
        (result,) = await transport.publish([message])
        return result
    finally:
        await transport.close()


@pytest.mark.parametrize(
    ("sender", "receiver"),
    [(MEMBER, GATEWAY), (GATEWAY, VICTIM), (GATEWAY, REGIONAL), (REGIONAL, "is_mio"), ("is_mio", REGIONAL)],
)
async def test_system_reaches_its_neighbours_with_its_own_account(
    broker: Broker, sender: str, receiver: str
) -> None:
    assert await sent(broker, sender, receiver) is None
    assert await broker.count(receiver) == 1
    await _empty(broker, receiver)


async def test_gateway_that_sends_to_an_address_without_a_queue_keeps_its_channel(broker: Broker) -> None:
    result = await sent(broker, GATEWAY, "a_system_without_an_account")
    assert isinstance(result, Unavailable)
    assert result.code == "no-such-address"


@pytest.mark.parametrize(("options", "gateway"), [((), GATEWAY), (("--regional",), REGIONAL)])
async def test_system_that_joins_a_running_broker_reaches_its_gateway_and_nobody_else(
    broker: Broker, tmp_path: Path, options: tuple[str, ...], gateway: str
) -> None:
    name = f"newcomer-of-{gateway}"
    done = CliRunner().invoke(app, ["broker-account", name, "--out", str(tmp_path), *options])
    assert done.exit_code == 0, done.output
    broker.server.define((tmp_path / f"{name}.definitions.json").read_bytes())
    password = (tmp_path / f"{name}.amqp_url").read_text().rpartition("@")[0].rpartition(":")[2]
    joined = Broker(broker.server, {**broker.accounts, name: SystemAccount(name, name, broker_password=password)})
    for sender, receiver in ((name, gateway), (gateway, name)):
        assert await sent(joined, sender, receiver) is None
        await _empty(broker, receiver)
    assert isinstance(await sent(joined, name, VICTIM), Unavailable)
    assert await broker.count(VICTIM) == 0


@pytest.mark.parametrize("name", [VICTIM, f"{VICTIM}.dead", "egov", "Кириллица", "../nr_iin"])
def test_account_is_not_made_in_the_name_of_another(tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(app, ["broker-account", name, "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert list(tmp_path.iterdir()) == []


async def test_country_with_an_account_for_each_system_serves_an_application(
    broker: Broker, tmp_path: Path
) -> None:
    names = tuple(FIRST_SYSTEMS)  # those whom an application meets
    on_bus = {each.name: each.address for each in INSTANCES if each.address is not None}
    own = {name: {"AMQP_URL": broker.url_of(address)} for name, address in on_bus.items()}
    given = {"EGOV_CLERKS": "instant", "EGOV_BROKER_ACCOUNTS": "true"}
    async with running(tmp_path / "country", names=names, environment=given, own=own) as country:
        citizen = await country.citizen()
        case = await citizen.apply()
        assert (await citizen.is_served(case))["outcome"] == "positive"
        rows = await eventually(
            lambda: country.operator(GATEWAY).list_deliveries(correlation_id=case), all_delivered
        )
        assert {row["recipient"] for row in rows} == {"is_mio", "is_con", "portal_pep"}
        for name in ("portal_pep", GATEWAY, "is_mio", "is_con"):
            assert await country.operator(name).get("/api/v1/dead-letters") == [], name


def all_delivered(rows: Sequence[Mapping[str, Any]]) -> bool:
    return {row["state"] for row in rows} == {"DELIVERED"}


async def _empty(broker: Broker, queue: str) -> None:
    async with broker.channel() as channel:
        await (await channel.get_queue(queue)).purge()
