"""The channels and operations of the AsyncAPI document: exchanges and queues of the carrier's topology."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.bus.carriers.amqp_values import PERSISTENT
from shared.bus.carriers.topology import (
    DEAD_EXCHANGE,
    DEAD_QUEUE_ARGUMENTS,
    EXCHANGE,
    dead_queue,
    own_exchange,
    queue_arguments,
    queue_key,
)
from shared.bus.messages.message import MessageType
from shared.contracts import addresses

Json = dict[str, Any]

BINDING = "0.3.0"
ADDRESS, SENDER = "{address}", "{sender}"
ARGUMENTS, BOUND = "x-queue-arguments", "x-bound-by"
"""Extensions of a queue: the arguments of its declaration, and the exchange and key that fill it."""
PARAMETERS: Json = {
    "address": {
        "description": "The address of the system that receives: small Latin letters, digits, _ . -",
        "examples": [addresses.GATEWAY, addresses.PORTAL],
    },
    "messageType": {
        "description": "The messageType of the envelope.",
        "enum": [kind.value for kind in MessageType],
    },
}


def make_channels(names: Iterable[str]) -> dict[str, Json]:
    """The exchanges through which a system publishes, its queue, its dead messages; each carries every message."""
    carried = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
    key = f"{ADDRESS}.{{messageType}}"
    channels = {
        "bus": _make_exchange(
            EXCHANGE, key, "The exchange of a broker where all systems share one user.", "address", "messageType"
        ),
        "accountExchange": _make_exchange(
            own_exchange(SENDER),
            key,
            "The exchange of a system with an account of its own, whose address stands for {sender}: bound to the "
            "queues of the system's neighbours only.",
            "address",
            "messageType",
        ),
        "queue": _make_queue(
            ADDRESS,
            "The queue of a system: messages of every type.",
            queue_arguments(ADDRESS),
            {"exchange": EXCHANGE, "key": queue_key(ADDRESS)},
        ),
        "deadExchange": _make_exchange(
            DEAD_EXCHANGE,
            ADDRESS,
            "The exchange through which the broker sets messages aside that their receiver never finished.",
            "address",
        ),
        "deadQueue": _make_queue(
            dead_queue(ADDRESS),
            "The messages that the system at the address never finished; they stay until an operator takes them.",
            DEAD_QUEUE_ARGUMENTS,
            {"exchange": DEAD_EXCHANGE, "key": ADDRESS},
        ),
    }
    return {name: {**channel, "messages": carried} for name, channel in channels.items()}


def make_operations() -> dict[str, Json]:
    """What a system does: send to a neighbour, receive from its queue; an operator reads the dead messages."""
    return {
        "send": _make_sending("bus", "Send a message to a neighbour, at a broker with one user for all."),
        "sendFromAccount": _make_sending("accountExchange", "Send a message to a neighbour, with an own account."),
        "receive": _make_receiving(
            "queue", "Receive from the own queue; acknowledge after the transaction, refused messages too."
        ),
        "readDead": _make_receiving("deadQueue", "Read what the system never finished: an operator's work."),
    }


def _make_exchange(name: str, key: str, description: str, *parameters: str) -> Json:
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {
        "address": key,
        "description": description,
        "parameters": _refer_to(parameters),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": BINDING}},
    }


def _make_queue(name: str, description: str, arguments: Json, bound: Json) -> Json:
    queue = {"name": name, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"}
    return {
        "address": name,
        "description": description,
        "parameters": _refer_to(("address",)),
        "bindings": {"amqp": {"is": "queue", "queue": queue, "bindingVersion": BINDING}},
        ARGUMENTS: arguments,
        BOUND: bound,
    }


def _refer_to(parameters: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/parameters/{name}"} for name in parameters}


def _make_sending(channel: str, summary: str) -> Json:
    binding = {"deliveryMode": PERSISTENT, "mandatory": True, "bindingVersion": BINDING}
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "description": "With publisher confirms; a returned message is not delivered, although it is confirmed.",
        "bindings": {"amqp": binding},
    }


def _make_receiving(channel: str, summary: str) -> Json:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "bindings": {"amqp": {"ack": True, "bindingVersion": BINDING}},
    }
