"""What RabbitMQ (3.10 and 4.x) holds for the bus: names and arguments of exchanges and queues, without any client.

Each address is a durable quorum queue of that name. A message beyond the delivery limit (its receiver died each
time) goes, at least once, through ``egov.dead`` to ``<address>.dead`` and stays there.

A broker where all systems share one user has the topic exchange ``egov.bus``; each system declares its own queue
and binds the queue with ``<address>.*`` (the last word is the message type, so that other queues can listen too).

A broker with an account for each system is prepared by ``egov-bus compose-env``; the systems declare nothing. Each
system publishes through a topic exchange of its own, ``egov.from.<address>``, which is bound to the queues of the
system's neighbours and to no other queue. Topic permissions alone do not hold: RabbitMQ 3.10 compares them with
the routing key of a message, but not with the further routing keys in its headers CC and BCC.
"""

from __future__ import annotations

from typing import Any

EXCHANGE = "egov.bus"
DEAD_EXCHANGE = "egov.dead"
DELIVERY_LIMIT = 20
DEAD_QUEUE_ARGUMENTS: dict[str, Any] = {"x-queue-type": "quorum"}


def own_exchange(address: str) -> str:
    """The exchange through which a system with an account of its own publishes."""
    return f"egov.from.{address}"


def dead_queue(address: str) -> str:
    """The queue of the messages that the system at ``address`` never finished."""
    return f"{address}.dead"


def queue_key(address: str) -> str:
    """The binding key of an address: messages of every type."""
    return f"{address}.*"


def queue_arguments(address: str) -> dict[str, Any]:
    """The arguments of the queue of an address."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": address,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
