"""The definitions of RabbitMQ: users, permissions, and the exchanges and queues that the systems must not declare.

A system has no permission to configure anything. With such a permission for its own queue alone, a system could
declare the queue with another dead-letter exchange, and the broker would carry messages where the system may not
send.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from services.tools.accounts.system_accounts import SystemAccount, choose_receivers, is_gateway
from shared.bus.carriers.topology import (
    DEAD_EXCHANGE,
    DEAD_QUEUE_ARGUMENTS,
    EXCHANGE,
    dead_queue,
    own_exchange,
    queue_arguments,
    queue_key,
)

ADMINISTRATOR = "egov"
"""The user of people, for RabbitMQ's own pages; no system knows the password."""
VIRTUAL_HOST = "/"
NOTHING, EVERYTHING = "^$", ".*"
MOST_CONNECTIONS, MOST_CHANNELS = 16, 128
"""The limit of one system, so that one system cannot take all of the broker; a process has one connection, two
channels.
"""

Definition = dict[str, Any]


def make_definitions(accounts: Sequence[SystemAccount], administrator_password: str) -> Definition:
    """RabbitMQ's definitions for systems with these accounts; passwords are in them as salted hashes only."""
    on_bus = {account.address: account for account in accounts if account.address is not None}
    ways = {
        address: choose_receivers(address, on_bus, is_regional=account.is_regional)
        for address, account in on_bus.items()
    }
    systems = _system_definitions(on_bus, ways)
    administrator = {**_define_user(ADMINISTRATOR, administrator_password), "tags": "administrator"}
    permission = _define_permission(ADMINISTRATOR, configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING)
    return {
        **systems,
        "vhosts": [{"name": VIRTUAL_HOST}],
        "users": [administrator, *systems["users"]],
        "permissions": [permission, *systems["permissions"]],
        "exchanges": [_define_exchange(DEAD_EXCHANGE), *systems["exchanges"]],
    }


def make_joining_definitions(newcomer: SystemAccount, members: Sequence[SystemAccount]) -> Definition:
    """The additions of one more system to a broker: its account, and the ways to it.

    They fit a broker where ``members`` have accounts, and one where all systems share one user: they name the
    exchanges of both, and all that they bind is in them, so that they can also be imported before a system runs.
    """
    assert newcomer.address is not None  # noqa: S101 - a system without an address joins no broker
    known = [account.address for account in members if account.address is not None]
    ways = {newcomer.address: choose_receivers(newcomer.address, known, is_regional=newcomer.is_regional)}
    added = _system_definitions({newcomer.address: newcomer}, ways)
    carriers = [address for address in known if is_gateway(address)]
    to_newcomer = [
        _define_binding(own_exchange(carrier), newcomer.address, queue_key(newcomer.address))
        for carrier in carriers
    ]
    from_bus = _define_binding(EXCHANGE, newcomer.address, queue_key(newcomer.address))
    exchanges = [_define_exchange(name) for name in (EXCHANGE, DEAD_EXCHANGE, *map(own_exchange, carriers))]
    neighbours = [queue for receiver in ways[newcomer.address] for queue in _define_queues(receiver)]
    return {
        **added,
        "exchanges": [*exchanges, *added["exchanges"]],
        "queues": [*neighbours, *added["queues"]],
        "bindings": [*added["bindings"], *to_newcomer, from_bus],
    }


def place_definitions(definitions: Definition, virtual_host: str) -> Definition:
    """The definitions in another virtual host."""
    return {
        kind: [{**entry, "vhost": virtual_host} if "vhost" in entry else entry for entry in entries]
        for kind, entries in definitions.items()
    }


def _system_definitions(on_bus: Mapping[str, SystemAccount], ways: Mapping[str, Sequence[str]]) -> Definition:
    """The part of the systems; ``ways`` gives the receivers of each sender."""
    return {
        "users": [_define_system_user(address, account) for address, account in on_bus.items()],
        "permissions": [_define_system_permission(address) for address in on_bus],
        "topic_permissions": [_define_topic_permission(sender, receivers) for sender, receivers in ways.items()],
        "exchanges": [_define_exchange(own_exchange(address)) for address in on_bus],
        "queues": [queue for address in on_bus for queue in _define_queues(address)],
        "bindings": [
            binding for sender, receivers in ways.items() for binding in _define_bindings(sender, receivers)
        ],
    }


def hash_password(password: str) -> str:
    """A password as RabbitMQ stores it (``rabbit_password_hashing_sha256``): four bytes of salt, then the hash."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _define_user(name: str, password: str) -> Definition:
    return {
        "name": name,
        "password_hash": hash_password(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
    }


def _define_system_user(address: str, account: SystemAccount) -> Definition:
    limits = {"max-connections": MOST_CONNECTIONS, "max-channels": MOST_CHANNELS}
    return {**_define_user(address, account.broker_password), "tags": "", "limits": limits}


def _define_permission(user: str, *, configure: str, write: str, read: str) -> Definition:
    return {"user": user, "vhost": VIRTUAL_HOST, "configure": configure, "write": write, "read": read}


def _define_system_permission(address: str) -> Definition:
    """A system reads its queue and writes to its own exchange."""
    return _define_permission(
        address,
        configure=NOTHING,
        write=f"^{re.escape(own_exchange(address))}$",
        read=f"^{re.escape(address)}$",
    )


def _define_topic_permission(sender: str, receivers: Sequence[str]) -> Definition:
    """The routing keys that a system may use.

    A gateway may use any: a key that nothing is bound to comes back as unroutable, while a refused key would cost
    the gateway its channel, and other systems their turn.
    """
    names = "|".join(re.escape(address) for address in receivers)
    allowed = EVERYTHING if is_gateway(sender) else rf"^({names})\.[A-Z]+$"
    return {
        "user": sender,
        "vhost": VIRTUAL_HOST,
        "exchange": own_exchange(sender),
        "write": allowed,
        "read": NOTHING,
    }


def _define_exchange(name: str) -> Definition:
    return {**_define_durable(name), "type": "topic", "internal": False, "arguments": {}}


def _define_queues(address: str) -> list[Definition]:
    return [
        {**_define_durable(address), "arguments": queue_arguments(address)},
        {**_define_durable(dead_queue(address)), "arguments": DEAD_QUEUE_ARGUMENTS},
    ]


def _define_durable(name: str) -> Definition:
    return {"name": name, "vhost": VIRTUAL_HOST, "durable": True, "auto_delete": False}


def _define_bindings(sender: str, receivers: Sequence[str]) -> list[Definition]:
    """The sender's exchange to the queue of each receiver, and the way of the sender's own dead messages."""
    ways = [_define_binding(own_exchange(sender), receiver, queue_key(receiver)) for receiver in receivers]
    return [*ways, _define_binding(DEAD_EXCHANGE, dead_queue(sender), sender)]


def _define_binding(source: str, queue: str, key: str) -> Definition:
    return {
        "source": source,
        "vhost": VIRTUAL_HOST,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }
