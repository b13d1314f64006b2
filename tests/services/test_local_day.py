"""Registers at 01:00 in Kazakhstan, when the date in UTC is still yesterday: the registers use the local day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.enis import app as enis
from services.enis import storage as powers
from services.is_cgo import app as is_cgo
from services.is_cgo import storage as papers
from services.is_cgo.domain import synthetic_papers
from shared.bus.clocks.clock import ManualClock
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.persistence.list_pages import ListPlace
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.bus.service import NodeDependencies, ServiceDefinition, ServiceNode
from shared.contracts import addresses
from shared.contracts.local_time import local_day
from shared.contracts.population import make_population
from shared.contracts.registers import PowerAnswer, PowerOfAttorney, PowerQuery
from tests.bus.carrier_peers import Carrier
from tests.bus.kit import Company

TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
ONE_IN_THE_MORNING = datetime(2026, 3, 1, 20, tzinfo=UTC)
"""01:00 on 2 March in Kazakhstan."""
POWER = PowerOfAttorney(
    number="X-000001",
    principal_iin="850101100022",
    attorney_iin="850101100304",
    valid_from=TODAY,
    valid_to=TODAY + timedelta(days=10),
    is_revoked=False,
)


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    made = Company(tmp_path, await Carrier(None).transport(), clock=ManualClock(ONE_IN_THE_MORNING))
    yield made
    await made.stack.aclose()


async def start(company: Company, service: ServiceDefinition, **settings: Any) -> ServiceNode:
    """The real system at this moment of the test's clock."""
    identity = company.identity(service.name)
    dependencies = NodeDependencies(
        service.name, company.transport, company.url(service.name), identity, company.known, clock=company.clock
    )
    node = ServiceNode(service, service.settings(data_dir=company.folder, **settings), dependencies)
    await node.start()
    company.stack.push_async_callback(node.stop)
    return node


async def ask_register(company: Company, query: MessageContract) -> PowerAnswer:
    """ЕНИС's answer to the gateway."""
    answered: asyncio.Queue[PowerAnswer] = asyncio.Queue()
    router, loop = MessageRouter(), asyncio.get_running_loop()

    @router.register_handler(PowerAnswer)
    def keep_answer(answer: PowerAnswer, received: ReceivedMessage, uow: UnitOfWork) -> None:
        loop.call_soon_threadsafe(answered.put_nowait, answer)

    gateway = await company.node(addresses.GATEWAY, router)
    kind = MessageType.REQUEST
    await gateway.runtime.write(
        lambda uow: uow.send("enis", query, service_id="power", message_type=kind, correlation_id="case-1")
    )
    return await asyncio.wait_for(answered.get(), 10)


@pytest.mark.parametrize(
    ("first", "last", "is_in_force"),
    [
        (TODAY, TODAY + timedelta(days=10), True),
        (TODAY - timedelta(days=10), YESTERDAY, False),
        (TODAY - timedelta(days=10), TODAY, True),
        (TODAY + timedelta(days=1), TODAY + timedelta(days=10), False),
    ],
    ids=["begins today", "ended yesterday", "ends today", "begins tomorrow"],
)
async def test_power_of_attorney_at_one_in_the_morning_is_judged_by_the_local_day(
    company: Company, first: date, last: date, is_in_force: bool
) -> None:
    node = await start(company, enis.service, population_size=2)
    power = POWER.model_copy(update={"valid_from": first, "valid_to": last})
    await node.runtime.write(lambda uow: uow.session.add(powers.PowerRow(**power.model_dump())))
    query = PowerQuery(number=power.number, principal_iin=power.principal_iin, attorney_iin=power.attorney_iin)
    assert await ask_register(company, query) == PowerAnswer(power=power, is_in_force=is_in_force)


async def test_register_of_powers_filled_at_one_in_the_morning_counts_from_the_local_day(company: Company) -> None:
    node = await start(company, enis.service, population_size=40)
    (first,) = (await node.runtime.read(lambda session: powers.list_powers(session, "", ListPlace(1)))).rows
    assert first.valid_from + timedelta(days=182) == TODAY, "half a year ago, in days of Kazakhstan"


async def test_papers_of_citizens_made_at_one_in_the_morning_are_those_of_the_local_day(company: Company) -> None:
    node = await start(company, is_cgo.service, population_size=30)
    people: Sequence[Any] = list(make_population(1, 30))
    held = await node.runtime.read(lambda session: {one.iin: papers.papers_of(session, one.iin) for one in people})
    assert held == {one.iin: dict(synthetic_papers(one, 1, TODAY)) for one in people}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 1, 18, 59, 59, tzinfo=UTC), YESTERDAY),
        (datetime(2026, 3, 1, 19, tzinfo=UTC), TODAY),
        (datetime(2026, 3, 2, 18, 59, tzinfo=UTC), TODAY),
        (datetime.fromisoformat("2026-03-02T00:00:00+05:00"), TODAY),
        (datetime.fromisoformat("2026-03-01T11:00:00-08:00"), TODAY),
    ],
)
def test_local_day_begins_at_midnight_of_kazakhstan(moment: datetime, day: date) -> None:
    assert local_day(moment) == day


def test_local_day_of_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime(2026, 3, 2, 1))  # noqa: DTZ001 - the point of the test
