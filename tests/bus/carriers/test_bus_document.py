"""The published AsyncAPI document against a real broker: a message from a queue, and the queue itself."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aio_pika  # noqa: TID251 - the test reads the queue as a foreign client does
import jsonschema_rs
import pytest

from shared import contracts
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.registers import PERSON_SERVICE, PersonQuery
from tests.bus.carrier_peers import Carrier
from tests.bus.kit import Company, eventually

pytestmark = pytest.mark.servers

Json = dict[str, Any]
Edit = Callable[[Json], object]

DOCUMENT: Json = json.loads((Path(contracts.__file__).parent / "published" / "asyncapi.json").read_text("utf-8"))
MESSAGE: Json = DOCUMENT["components"]["messages"]["person-query-1"]
PARTS = {"headers": "headers", "properties": "x-amqp-properties", "body": "payload"}

REFUSED: list[tuple[str, Edit]] = [
    ("no signature", lambda it: it["headers"].pop("signature")),
    ("a signature that is attached", lambda it: it["headers"].update(signature="a.b.c")),
    ("a hop that is no text", lambda it: it["headers"].update(hop=7)),
    ("no envelope", lambda it: it["body"].pop("messageInfo")),
    ("another contract", lambda it: it["body"]["messageData"].update(contract="person-query/2")),
    ("another message type", lambda it: it["body"]["messageInfo"].update(messageType="UPDATE")),
    ("an unknown field", lambda it: it["body"]["messageInfo"].update(note="hello")),
    ("an ИИН of eleven digits", lambda it: it["body"]["messageData"]["data"].update(iin="92062323997")),
    ("not persistent", lambda it: it["properties"].update(delivery_mode=1)),
    ("of another type of content", lambda it: it["properties"].update(content_type="text/plain")),
]


def is_described(message: Mapping[str, Any]) -> bool:
    """Whether the document describes the headers, the properties and the body of a message."""
    components = {"components": DOCUMENT["components"]}
    return all(
        jsonschema_rs.Draft7Validator({"allOf": [MESSAGE[member]], **components}).is_valid(message[part])
        for part, member in PARTS.items()
    )


@pytest.fixture
async def over_amqp(broker: Carrier, tmp_path: Path) -> AsyncIterator[Company]:
    made = Company(tmp_path, await broker.transport(), suffix=broker.suffix)
    yield made
    await made.stack.aclose()
    for name in ("portal", "gateway", "register"):
        broker.address(name)


async def send_through_gateway(company: Company) -> None:
    """Have a portal ask a register through a gateway; nobody takes the message from the register's queue."""
    register, router = company.address("register"), MessageRouter()

    @router.register_handler(PersonQuery)
    def forward(query: PersonQuery, received: ReceivedMessage, uow: UnitOfWork) -> None:
        uow.forward(received, register)

    await (await company.transport.subscribe(register, 1)).close()
    portal, _ = await company.node("portal"), await company.node("gateway", router)
    await portal.runtime.write(
        lambda uow: uow.send(
            company.address("gateway"),
            PersonQuery(iin="920623239974"),
            service_id=PERSON_SERVICE,
            message_type=MessageType.REQUEST,
            correlation_id="case-1",
        )
    )


async def test_message_in_a_queue_and_the_queue_are_what_the_document_says(
    over_amqp: Company, broker: Carrier
) -> None:
    await send_through_gateway(over_amqp)
    address, described = over_amqp.address("register"), DOCUMENT["channels"]["queue"]
    bound, dead = described["x-bound-by"], DOCUMENT["channels"]["deadQueue"]
    assert broker.url is not None
    connection = await aio_pika.connect(broker.url)
    async with connection, connection.channel() as channel:
        declared = described["bindings"]["amqp"]["queue"]
        queue = await channel.declare_queue(  # RabbitMQ refuses what differs from the queue that is there
            declared["name"].format(address=address),
            durable=declared["durable"],
            exclusive=declared["exclusive"],
            auto_delete=declared["autoDelete"],
            arguments={
                name: address if value == "{address}" else value
                for name, value in described["x-queue-arguments"].items()
            },
        )
        await channel.declare_queue(
            dead["address"].format(address=address), durable=True, arguments=dead["x-queue-arguments"]
        )
        exchange = DOCUMENT["channels"]["bus"]["bindings"]["amqp"]["exchange"]
        assert bound["exchange"] == exchange["name"]
        await channel.declare_exchange(exchange["name"], exchange["type"], durable=exchange["durable"])
        found: list[aio_pika.abc.AbstractIncomingMessage] = []

        async def take() -> bool:
            message = await queue.get(fail=False)
            found.extend([message] if message is not None else [])
            return message is not None

        assert await eventually(take)
        await found[0].ack()
    check_message(found[0], address)


def check_message(taken: aio_pika.abc.AbstractIncomingMessage, address: str) -> None:
    key = DOCUMENT["channels"]["bus"]["address"]
    assert taken.routing_key == key.format(address=address, messageType="REQUEST")
    properties = {
        "content_type": taken.content_type,
        "delivery_mode": taken.delivery_mode,
        "type": taken.type,
        "correlation_id": taken.correlation_id,
    }
    message = {"headers": dict(taken.headers), "properties": properties, "body": json.loads(taken.body)}
    ours = {name for name in message["headers"] if not name.startswith("x-")}  # the broker adds its own
    assert ours == {*DOCUMENT["components"]["schemas"]["MessageHeaders"]["properties"]}
    assert is_described(message)
    for change, edit in REFUSED:
        other = copy.deepcopy(message)
        edit(other)
        assert not is_described(other), change
