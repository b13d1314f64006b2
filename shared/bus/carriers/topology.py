"""What RabbitMQ (3.10 and 4.x) holds for the bus: names and arguments of exchanges and queues, without any client.

Each address is a durable quorum queue of that name. A message beyond the delivery limit (its receiver died each
time) goes, at least once, through ``egov.dead`` to ``<address>.dead`` and stays there.

An address in partitions has a consistent-hash exchange ``<address>.cases`` in place of the queue, and behind it
the queues ``<address>.1``, ``<address>.2`` …, each with one active consumer: all messages of a case (the property
``correlation_id``) lie in one of them, and go to one replica. Senders know nothing of partitions.

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
CASES_EXCHANGE_TYPE = "x-consistent-hash"
"""The type that RabbitMQ's own plugin ``rabbitmq_consistent_hash_exchange`` brings."""
CASES_EXCHANGE_ARGUMENTS: dict[str, Any] = {"hash-property": "correlation_id"}
PARTITION_WEIGHT = "10"
"""The binding key of a partition: how many points of the ring the partition has, the same for all."""
DEAD_QUEUE_ARGUMENTS: dict[str, Any] = {"x-queue-type": "quorum"}


def own_exchange(address: str) -> str:
    """The exchange through which a system with an account of its own publishes."""
    return f"egov.from.{address}"


def cases_exchange(address: str) -> str:
    """The exchange that spreads the messages of an address over its partitions, by case."""
    return f"{address}.cases"


def partition_queue(address: str, number: int) -> str:
    """The queue of a partition of an address; the first has number 1."""
    return f"{address}.{number}"


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


def partition_arguments(address: str) -> dict[str, Any]:
    """The arguments of the queue of a partition: of its readers, only the first gets messages, while it reads."""
    return {**queue_arguments(address), "x-single-active-consumer": True}
