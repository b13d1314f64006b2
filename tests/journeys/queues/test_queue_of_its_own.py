"""A system that joins with the door AMQP: its user, its queue, its answers; and what the broker refuses it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika  # noqa: TID251 - a foreign client has no use for the transport
import httpx
import pytest
from aio_pika.abc import AbstractChannel  # noqa: TID251
from aiormq.exceptions import ChannelAccessRefused  # noqa: TID251

from services.tools.joining.broker_accounts import ManagedBroker
from shared.bus.errors import BusError
from shared.client.participants import JoinedParticipant, JoiningOrder, Operators
from shared.pki.certificates import keys
from tests.journeys.kit import LIVING, RunningCountry, eventually, pem, refused
from tests.journeys.queues.queue_client import QueueClient, connected, is_let_in
from tests.servers import RabbitServer
from tests.signing.conftest import Terminal

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session")]

PERSONS = "nr-iin-person"


@asynccontextmanager
async def joining(
    country: RunningCountry, operators: Operators, address: str, *asks: str
) -> AsyncIterator[tuple[JoinedParticipant, QueueClient]]:
    order = JoiningOrder(address, address, asks=asks, has_queue=True)
    joined = await operators.join(order, keys.new_ec_key())
    assert joined.amqp_url is not None
    document = (await country.answer("shep_gateway", "GET", "/asyncapi.json")).json()
    key_pem = keys.to_pem(joined.key) + pem(joined.certificate)
    async with connected(joined.amqp_url, address, key_pem, document, country.url("is_nuc")) as client:
        yield joined, client
    await operators.leave(address)


async def test_foreign_client_asks_and_is_answered_over_its_own_queue(
    broker_country: RunningCountry, broker_operators: Operators
) -> None:
    async with joining(broker_country, broker_operators, "asks-by-queue", PERSONS) as (_, client):
        case = await client.send(PERSONS, "REQUEST", "person-query/1", {"iin": LIVING[7].iin})
        answer = await client.take(case)
        assert answer["messageData"]["data"]["person"]["iin"] == LIVING[7].iin
        assert answer["messageInfo"]["sender"]["senderId"] == "nr_iin"
        rows = await broker_country.delivered(case, 2)
        assert {row["recipient"] for row in rows} == {"nr_iin", "asks-by-queue"}


Attack = Callable[[AbstractChannel], Awaitable[object]]


def publish(exchange: str, key: str) -> Attack:
    async def attempt(channel: AbstractChannel) -> None:
        way = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        await way.publish(aio_pika.Message(b"{}"), key)

    return attempt


async def read_queue_of_another(channel: AbstractChannel) -> None:
    await (await channel.get_queue("nr_iin", ensure=False)).get(fail=False)


async def listen_to_the_bus(channel: AbstractChannel) -> None:
    await (await channel.get_queue("keeps-to-itself", ensure=False)).bind("egov.bus", "#")


ATTACKS: dict[str, Attack] = {
    "queue of another": read_queue_of_another,
    "exchange of all": publish("egov.bus", "shep_gateway.REQUEST"),
    "exchange of another": publish("egov.from.asks-by-queue", "shep_gateway.REQUEST"),
    "queue without an exchange": publish("", "nr_iin"),
    "key of another": publish("egov.from.keeps-to-itself", "nr_iin.REQUEST"),
    "listen": listen_to_the_bus,
}


async def test_broker_refuses_a_participant_what_is_not_its_own(
    broker_country: RunningCountry, broker_operators: Operators
) -> None:
    async with joining(broker_country, broker_operators, "keeps-to-itself") as (joined, _):
        connection = await aio_pika.connect(joined.amqp_url)
        for attack in ATTACKS.values():
            channel = await connection.channel(on_return_raises=True)
            with pytest.raises(ChannelAccessRefused):
                await attack(channel)
        await connection.close()


async def test_participant_that_names_another_sender_is_refused_and_journaled(
    broker_country: RunningCountry, broker_operators: Operators
) -> None:
    gateway = broker_country.operator("shep_gateway")
    async with joining(broker_country, broker_operators, "wears-a-mask", PERSONS) as (_, client):
        client.address, own = "portal_pep", client.address
        message = client.compose(PERSONS, "REQUEST", "person-query/1", {"iin": LIVING[8].iin})
        client.address = own
        await client.publish_message("shep_gateway", message)
        case = message["messageInfo"]["correlationId"]
        (entry,) = await eventually(lambda: gateway.list_journal(event="REFUSED"), lambda rows: len(rows) == 1)
        assert entry["code"] == "sender-mismatch"
        assert await gateway.list_journal(correlation_id=case, event="ACCEPTED") == []


async def test_participant_with_a_queue_may_wait_for_an_answer_at_the_rest_door_too(
    broker_country: RunningCountry, broker_operators: Operators
) -> None:
    async with joining(broker_country, broker_operators, "two-doors", PERSONS) as (joined, client):
        question = {"contract": "person-query/1", "data": {"iin": LIVING[9].iin}}
        call = {
            "headers": {"Authorization": f"Bearer {joined.token}"},
            "json": {"service_id": PERSONS, "content": question},
        }
        answer = await broker_country.answer("shep_gateway", "POST", "/api/v1/messages?wait=20", **call)
        assert answer.json()["answer"]["content"]["data"]["person"]["iin"] == LIVING[9].iin
        sent = (await broker_country.answer("shep_gateway", "POST", "/api/v1/messages", **call)).json()
        message = await client.take(sent["correlation_id"])
        assert message["messageData"]["data"]["person"]["iin"] == LIVING[9].iin


async def test_participant_that_left_has_no_user_no_queue_and_no_rights(
    broker_country: RunningCountry, broker_operators: Operators, own_broker: RabbitServer, broker_url: str
) -> None:
    address = "gone-from-the-broker"
    async with joining(broker_country, broker_operators, address) as (joined, _):
        assert (await read_definitions(own_broker)).count(address) > 10
    assert address not in await read_definitions(own_broker)
    assert not await is_let_in(joined.amqp_url)
    thumbprint = keys.certificate_thumbprint(joined.certificate)
    status = await broker_country.operator("is_nuc").get(f"/api/v1/certificates/{thumbprint}/status")
    assert status["status"] == "revoked"
    error = await refused(broker_country.operator("shep_gateway").get(f"/api/v1/participants/{address}"))
    assert error.code == "participant-unknown"


async def test_name_of_a_user_of_the_broker_is_taken_and_the_user_keeps_its_password(
    broker_country: RunningCountry, broker_operators: Operators, own_broker: RabbitServer
) -> None:
    order = JoiningOrder("guest", "guest", has_queue=True)
    with pytest.raises(BusError) as caught:
        await broker_operators.join(order, keys.new_ec_key())
    assert caught.value.code == "broker-account-exists"
    assert await is_let_in(own_broker.url)
    members = await broker_country.operator("shep_gateway").list_all("/api/v1/members")
    assert "guest" not in {member["address"] for member in members}


async def test_wrong_password_of_the_administrator_leaves_nobody_half_way_in(
    broker_country: RunningCountry, own_broker: RabbitServer
) -> None:
    broker = ManagedBroker(own_broker.management_url.replace("guest:guest", "guest:other"))
    operators = Operators(broker_country.operator("is_nuc"), broker_country.operator("shep_gateway"), broker)
    with pytest.raises(BusError) as caught:
        await operators.join(JoiningOrder("half-way", "half-way", has_queue=True), keys.new_ec_key())
    assert caught.value.code == "broker-refused"
    members = await broker_country.operator("shep_gateway").list_all("/api/v1/members")
    assert "half-way" not in {member["address"] for member in members}


async def test_command_makes_and_removes_the_account_at_a_broker_of_ours(
    broker_country: RunningCountry, own_broker: RabbitServer, broker_url: str, tmp_path: Path
) -> None:
    terminal, here = Terminal(tmp_path, broker_country), _environment_of(broker_country)
    here |= {"EGOV_BROKER_ADMIN": own_broker.management_url, "AMQP_URL": broker_url}
    ended = await terminal.types("join", "by-command", "--door", "amqp", "--out", "keys", "--json", **here)
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert (told["queue"], told["exchange"]) == ("by-command", "egov.from.by-command")
    file = tmp_path / "keys" / "by-command.amqp_url"
    assert (file.read_text(), file.stat().st_mode & 0o777) == (told["amqp_url"], 0o600)
    assert await is_let_in(told["amqp_url"])
    left = await terminal.types("leave", "by-command", **here)
    assert left.code == 0, left.err
    assert not await is_let_in(told["amqp_url"])


async def test_command_declares_the_account_for_the_operator_of_a_broker_of_others(
    broker_country: RunningCountry, own_broker: RabbitServer, broker_url: str, tmp_path: Path
) -> None:
    terminal, here = Terminal(tmp_path, broker_country), _environment_of(broker_country)
    here |= {"AMQP_URL": broker_url}
    ended = await terminal.types("join", "by-definitions", "--door", "amqp", "--json", **here)
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert not await is_let_in(told["amqp_url"])
    own_broker.ctl("import_definitions", str(tmp_path / told["definitions"]))
    async with await aio_pika.connect(told["amqp_url"]) as connection:
        channel = await connection.channel()
        await (await channel.get_queue("by-definitions", ensure=False)).get(fail=False)
    left = await terminal.types("leave", "by-definitions", **here)
    lines = [line.split() for line in left.out.splitlines() if line.startswith("rabbitmqctl")]
    for _, *command in lines:
        own_broker.ctl(*command)
    left_over = json.loads(await read_definitions(own_broker))
    assert "by-definitions" not in json.dumps([left_over[kind] for kind in ("users", "permissions", "queues")])


async def test_command_that_drops_a_tenant_tells_what_to_remove_at_a_broker_of_others(
    broker_country: RunningCountry, broker_url: str, tmp_path: Path
) -> None:
    terminal, here = Terminal(tmp_path, broker_country), _environment_of(broker_country)
    here |= {"AMQP_URL": broker_url}
    for name, door in (("dropped-queue", "amqp"), ("dropped-http", "http")):
        ended = await terminal.types("join", name, "--door", door, "--tenant", "dropped", **here)
        assert ended.code == 0, ended.err
    dropped = await terminal.types("tenant", "drop", "dropped", **here)
    assert dropped.code == 0, dropped.err
    told = [line for line in dropped.out.splitlines() if line.startswith("rabbitmqctl")]
    assert [line.split()[-1] for line in told] == ["dropped-queue", "dropped-queue", "dropped-queue.dead"]
    assert "egov.from.dropped-queue" in dropped.out
    assert "dropped-http" not in "".join(told)


async def read_definitions(broker: RabbitServer) -> str:
    """Users, permissions, exchanges, queues and bindings of the broker, as its management API exports them."""
    parts = urlsplit(broker.management_url)
    async with httpx.AsyncClient(auth=("guest", "guest")) as http:
        answer = await http.get(f"http://{parts.hostname}:{parts.port}/api/definitions")
    assert answer.status_code == 200, answer.text
    return answer.text


def _environment_of(country: RunningCountry) -> dict[str, str]:
    return {"EGOV_PORT_OFFSET": str(int(country.url("shep_gateway").rpartition(":")[2]) - 8002)}
