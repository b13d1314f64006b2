"""A РШЭП of somebody else, under the address of ours: a citizen's case passes it both ways."""

from __future__ import annotations

import json
from pathlib import Path

import aio_pika  # noqa: TID251 - a foreign client has no use for the transport
import pytest

from services.tools.demo.start import FIRST_SYSTEMS
from tests.journeys.conftest import MANUAL
from tests.journeys.kit import running
from tests.journeys.queues.queue_client import ClosingConnection, QueueClient, is_let_in
from tests.journeys.queues.regional_client import RegionalClient
from tests.servers import RabbitServer
from tests.signing.conftest import Terminal

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session")]

ADDRESS = "rshep_regional.kz-yuz"


async def test_foreign_regional_gateway_carries_a_case_both_ways_until_its_place_is_taken_back(
    common_broker: RabbitServer, tmp_path: Path
) -> None:
    url = common_broker.spare_url()
    names = tuple(FIRST_SYSTEMS - {"rshep_yuz"})
    async with running(tmp_path / "country", names=names, environment={**MANUAL, "AMQP_URL": url}) as country:
        shift = str(int(country.url("shep_gateway").rpartition(":")[2]) - 8002)
        here = {"EGOV_PORT_OFFSET": shift, "AMQP_URL": url, "EGOV_BROKER_ADMIN": common_broker.management_url}
        terminal = Terminal(tmp_path, country)
        ended = await terminal.types("take-place", "rshep_yuz", "--json", **here)
        assert ended.code == 0, ended.err
        told = json.loads(ended.out)
        document = (await country.answer("shep_gateway", "GET", "/asyncapi.json")).json()
        key_pem, nuc_url = (tmp_path / told["files"]["pem"]).read_bytes(), country.url("is_nuc")
        async with await aio_pika.connect(told["amqp_url"], connection_class=ClosingConnection) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            regional = RegionalClient(
                QueueClient(ADDRESS, "shep_gateway", key_pem, document, nuc_url, channel), channel
            )
            await regional.serve()
            citizen, clerk = await country.newcomer(), await country.clerk()
            case = await citizen.apply()
            await citizen.sees(case, "поступившие")
            await clerk.accept_case(case)
            await clerk.decide_case(case, "positive")
            await clerk.sign_decision(case)
            assert (await citizen.is_served(case))["outcome"] == "positive"
            assert regional.carried[0] == ("portal_pep", "application/1", "is_mio")
            assert ("is_mio", "result/1", "shep_gateway") in regional.carried
            await country.delivered(case, 7)
        returned = await terminal.types("return-place", "rshep_yuz", **here)
        assert returned.code == 0, returned.err
        assert not await is_let_in(told["amqp_url"])
        again = await terminal.types("take-place", "shep_gateway", **here)
        assert again.code == 2, "the place of ШЭП is not free: it lets the others in"
