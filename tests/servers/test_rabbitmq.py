"""The promises of the private broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Missing, NotOurs, RabbitServer, ServerFailed, rabbitmq
from tests.servers.processes import is_listening
from tests.servers.rabbit import PrivateRabbit

QUEUES = {"kept-quorum": "quorum", "kept-classic": "classic"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    with rabbitmq(tmp_path_factory.mktemp("broker"), private=True) as server:
        yield server


def declare_durable_queues(server: RabbitServer) -> None:
    queues = [
        {"name": name, "vhost": "/", "durable": True, "auto_delete": False, "arguments": {"x-queue-type": kind}}
        for name, kind in QUEUES.items()
    ]
    server.define(json.dumps({"queues": queues}).encode())


def queues_of(server: RabbitServer) -> set[str]:
    return set(server.ctl("list_queues", "name", "--no-table-headers").split())


@pytest.mark.servers
def test_rabbitmq_keeps_a_durable_queue_over_a_kill(broker: RabbitServer) -> None:
    declare_durable_queues(broker)
    broker.kill()
    broker.start()
    assert queues_of(broker) == set(QUEUES)


@pytest.mark.servers
def test_rabbitmq_that_was_stopped_starts_again_at_the_same_url(broker: RabbitServer) -> None:
    url = broker.url
    broker.stop()
    broker.start()
    broker.await_ready()
    assert broker.url == url


@pytest.mark.servers
def test_rabbitmq_brokers_run_side_by_side_and_leave_nothing_behind(broker: RabbitServer, tmp_path: Path) -> None:
    with rabbitmq(tmp_path, private=True) as other:
        assert isinstance(other, PrivateRabbit)
        assert other.url != broker.url
        assert other.ctl("list_vhosts", "--no-table-headers").split() == ["/"]
    assert list(tmp_path.iterdir()) == []
    assert not any(is_listening(port) for port in other.ports)


@pytest.mark.servers
def test_rabbitmqctl_complaint_is_an_error(broker: RabbitServer) -> None:
    with pytest.raises(ServerFailed, match="no-such-command"):
        broker.ctl("no-such-command")


def test_rabbitmq_that_is_missing_is_an_error_naming_package_command_and_setting(tmp_path: Path) -> None:
    with pytest.raises(Missing) as error, rabbitmq(tmp_path, private=True, search=()):
        pass
    for help_offered in ("rabbitmq-server", "apt-get install", "AMQP_URL"):
        assert help_offered in str(error.value)


def test_rabbitmq_that_is_configured_cannot_be_killed() -> None:
    with pytest.raises(NotOurs, match="AMQP_URL"):
        RabbitServer("amqp://elsewhere/").kill()
