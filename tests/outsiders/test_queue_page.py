"""docs/integrators/amqp.md: clients over AMQP libraries of others ask a register over a queue of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, eventually, running
from tests.outsiders.typed_pages import obtain_or_skip, prepare_node, type_page
from tests.servers import RabbitServer
from tests.servers.programs import JAVA, JAVA_AMQP, PHP, PHP_AMQP

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

ANSWERED = "AMQP: Белова"
LANGUAGES = 4


@pytest.fixture(scope="module")
def broker_url(common_broker: RabbitServer) -> str:
    return common_broker.spare_url()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def queue_country(
    broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningCountry]:
    """НУЦ, ШЭП and the register of persons over RabbitMQ."""
    environment, names = {"AMQP_URL": broker_url}, ("is_nuc", "shep_gateway", "nr_iin")
    async with running(tmp_path_factory.mktemp("queues"), names=names, environment=environment) as made:
        yield made


async def test_page_of_amqp_comes_to_an_answer_in_each_language(
    queue_country: RunningCountry, common_broker: RabbitServer, broker_url: str, tmp_path: Path
) -> None:
    programs = [obtain_or_skip(package) for package in (JAVA, JAVA_AMQP, PHP, PHP_AMQP)]
    programs.append(await prepare_node(tmp_path))
    settings = {"EGOV_BROKER_ADMIN": common_broker.management_url, "AMQP_URL": broker_url}
    done = await asyncio.to_thread(type_page, queue_country, "amqp", tmp_path, programs, **settings)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert [line for line in done.stdout.splitlines() if line.startswith("AMQP:")] == [ANSWERED] * LANGUAGES
    gateway = queue_country.operator("shep_gateway")
    await eventually(
        lambda: gateway.list_deliveries(),
        lambda rows: [row["state"] for row in rows if _is_own(row)] == ["DELIVERED"] * 2 * LANGUAGES,
    )


def _is_own(row: Mapping[str, Any]) -> bool:
    """Whether it is the delivery of a question or of an answer; each needs a receipt."""
    return "my-queue" in (row["recipient"], row["sender"])
