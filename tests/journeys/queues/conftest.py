"""A country over RabbitMQ, whose operators give participants queues of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.tools.demo.start import FIRST_SYSTEMS
from services.tools.joining.broker_accounts import ManagedBroker
from shared.client.participants import Operators
from tests.journeys.conftest import MANUAL
from tests.journeys.kit import RunningCountry, running
from tests.servers import RabbitServer


@pytest.fixture(scope="session")
def broker_url(own_broker: RabbitServer) -> str:
    """A virtual host for this country alone."""
    return own_broker.spare_url()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker_country(
    broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningCountry]:
    """The systems that an application meets, over RabbitMQ; a case waits for an employee."""
    environment = {**MANUAL, "AMQP_URL": broker_url}
    folder = tmp_path_factory.mktemp("over-the-broker")
    async with running(folder, names=tuple(FIRST_SYSTEMS), environment=environment) as country:
        yield country


@pytest.fixture(scope="session")
def broker_operators(broker_country: RunningCountry, own_broker: RabbitServer, broker_url: str) -> Operators:
    """The operators of НУЦ, ШЭП, the broker and the РШЭП of South Kazakhstan."""
    nuc, gateway, regional = (broker_country.operator(name) for name in ("is_nuc", "shep_gateway", "rshep_yuz"))
    broker = ManagedBroker(own_broker.management_url, broker_url)
    return Operators(nuc, gateway, broker, {"KZ-YUZ": regional})
