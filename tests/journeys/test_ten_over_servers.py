"""Ten regulations of all regions and channels over RabbitMQ and PostgreSQL: the same ends, the same order."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.regulations.conformance import conformance
from tests.journeys.everything import Way, apply, ended, settled, take_in
from tests.journeys.kit import Land, running
from tests.servers import environment, rabbitmq

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]

TEN = (
    Way("KZ-AKM.1", "portal", "worker-reissue", is_granted=True),
    Way("KZ-AKM.2", "con", "main", is_granted=False),
    Way("KZ-AKM.7", "akim", "main", is_granted=True),
    Way("KZ-ATY.2", "portal", "employer-issue", is_granted=True),
    Way("KZ-ATY.6", "con", "main", is_granted=True),
    Way("KZ-ATY.9", "portal", "main", is_granted=False),
    Way("KZ-SEV.1", "provider", "main", is_granted=True),
    Way("KZ-YUZ.1", "portal", "main", is_granted=True),
    Way("KZ-YUZ.2", "con", "main", is_granted=False),
    Way("KZ-YUZ.4", "portal", "main", is_granted=True),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def distant_land(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Land]:
    """A country on the private servers, where clerks decide at once."""
    base = environment.setting("DATABASE_URL")
    assert base is not None, "run `python -m tests.servers run -- …`"
    folder = tmp_path_factory.mktemp("ten")
    with rabbitmq(folder, private=True) as broker:
        given = {
            "AMQP_URL": broker.url,
            "DATABASE_URL": f"{base.rpartition('/')[0]}/ten{secrets.token_hex(4)}",
            "EGOV_CLERKS": "instant",
        }
        async with running(folder / "country", environment=given) as made:
            yield made


@pytest.mark.parametrize("way", TEN, ids=str)
async def test_over_real_servers_a_case_comes_to_the_same_end(distant_land: Land, way: Way) -> None:
    if way.channel == "portal":
        citizen = await distant_land.newcomer(is_even=way.is_granted)
        case, portal = await apply(citizen, way), citizen.portal
        told = await settled(citizen, case)
        assert told["outcome"] == ("positive" if way.is_granted else "negative")
    else:
        case, portal = await take_in(distant_land, way, distant_land.stranger(is_even=way.is_granted)), None
    end, steps = await ended(distant_land, way, case, portal)
    assert end.end == ("completed" if way.is_granted else "refused")
    assert conformance(way.graph, steps) == []


async def test_nothing_is_left_on_the_way_or_among_the_dead(distant_land: Land) -> None:
    await asyncio.sleep(1)
    for name in ("portal_pep", "shep_gateway", "is_mio", "is_con", "gbd_elicense", "arm_shep", "arm_rshep"):
        assert await distant_land.operator(name).get("/api/v1/dead-letters") == [], name
