"""Fixtures of the faults: a broker that tests may break."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import RabbitServer, rabbitmq


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    """A broker that tests may stop, kill and misconfigure."""
    with rabbitmq(tmp_path_factory.mktemp("broker"), private=True) as server:
        yield server
