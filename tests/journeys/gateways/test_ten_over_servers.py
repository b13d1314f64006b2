"""Ten regulations of all regions and channels over RabbitMQ and PostgreSQL: the same ends, the same order.

In the same deployment the registers of the back offices decide and change, and clerks keep the limits of an act.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.process.conformance import check_conformance
from shared.regulations.working_hours import WorkingHours
from shared.workplace.clerks.background import settle_due_cases
from shared.workplace.records import storage
from tests.journeys.all_processes import Way, apply, ended, settled, take_in
from tests.journeys.gateways.test_registers import NEEDY, REFERRAL, decided, listed, permit, permits_of
from tests.journeys.kit import RunningCountry, eventually, running
from tests.servers import RabbitServer, environment

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
OFFICES = ("is_esobes", "is_rynok_truda", "arm_shep", "arm_rshep")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def distant_land(
    common_broker: RabbitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningCountry]:
    """A deployment on the private servers with instant clerks and a movable clock."""
    base = environment.setting("DATABASE_URL")
    assert base is not None, "run `python -m tests.servers run -- …`"
    given = {
        "AMQP_URL": common_broker.spare_url(),
        "DATABASE_URL": f"{base.rpartition('/')[0]}/ten{secrets.token_hex(4)}",
        "EGOV_CLERKS": "instant",
        "EGOV_CLOCK": "sandbox",
    }
    async with running(tmp_path_factory.mktemp("ten") / "country", environment=given) as made:
        yield made


@pytest.mark.parametrize("way", TEN, ids=str)
async def test_case_over_real_servers_comes_to_the_same_end(distant_land: RunningCountry, way: Way) -> None:
    if way.channel == "portal":
        citizen = await distant_land.newcomer(is_even=way.is_granted)
        case, portal = await apply(citizen, way), citizen.portal
        told = await settled(citizen, case)
        assert told["outcome"] == ("positive" if way.is_granted else "negative")
    else:
        case, portal = await take_in(distant_land, way, distant_land.stranger(is_even=way.is_granted)), None
    end, steps = await ended(distant_land, way, case, portal)
    assert end.end == ("completed" if way.is_granted else "refused")
    assert check_conformance(way.graph, steps) == []


async def test_register_of_recipients_grants_once_and_again_when_the_grant_is_ended(
    distant_land: RunningCountry,
) -> None:
    citizen, operator = await distant_land.newcomer(), distant_land.operator("is_esobes")
    assert (await decided(citizen, NEEDY))["outcome"] == "positive"
    (row,) = await listed(distant_land, "is_esobes", "recipients", iin=citizen.person.iin, state="running")
    again = await decided(citizen, NEEDY)
    assert again["outcome"] == "negative"
    told = (await citizen.portal.get_output(again["id"]))["document"]
    assert told["reason"] == "Заявитель уже получает эту услугу"
    yesterday = datetime.fromisoformat(row["since"]).date() - timedelta(days=1)
    await operator.post(f"/api/v1/recipients/{row['id']}/end", {"last_day": str(yesterday)})
    assert (await decided(citizen, NEEDY))["outcome"] == "positive"


async def test_referral_is_given_to_nobody_before_a_registration(distant_land: RunningCountry) -> None:
    citizen, operator = await distant_land.newcomer(is_even=False), distant_land.operator("is_rynok_truda")
    refusal = await decided(citizen, REFERRAL)
    assert refusal["reason"] == "Заявитель не состоит на учёте ищущих работу и безработных"
    seeker = {"region": "KZ-ATY", "standing": "seeker"}
    await operator.call("PUT", f"/api/v1/registrations/{citizen.person.iin}", json=seeker)
    granted = await decided(citizen, REFERRAL)
    (row,) = await listed(distant_land, "is_rynok_truda", "referrals", iin=citizen.person.iin)
    assert (granted["outcome"], row["case_id"]) == ("positive", granted["id"])


async def test_permit_is_extended_and_an_applicant_without_one_has_nothing_to_extend(
    distant_land: RunningCountry,
) -> None:
    holder, other = await distant_land.newcomer(), await distant_land.newcomer(is_even=False)
    ((number, before),) = (await permits_of(distant_land, holder, "employer")).items()
    assert (await decided(holder, permit("employer-extension")))["outcome"] == "positive"
    after = await eventually(
        lambda: permits_of(distant_land, holder, "employer"), lambda told: told[number]["state"] == "extended"
    )
    assert after[number]["valid_to"] > before["valid_to"]
    assert (await decided(other, permit("employer-extension")))["outcome"] == "negative"
    assert await permits_of(distant_land, other, "employer") == {}


async def test_clerks_paced_take_each_step_once_the_clock_is_there(distant_land: RunningCountry) -> None:
    way, nuc = Way("KZ-AKM.10", "provider", "main", is_granted=True), distant_land.operator("is_nuc")
    rules = {"rules": [{"policy": "paced", "service": way.passport.service_type}]}
    await distant_land.operator("is_mio").call("PUT", "/api/v1/clerks", json=rules)
    runtime = distant_land.runtime("is_mio")
    now = runtime.now.astimezone(KAZAKHSTAN)
    morning = WorkingHours(WorkingCalendar()).next_opening(now.replace(hour=0) + timedelta(days=1))
    await nuc.call("PUT", "/api/v1/clock", json={"mode": "frozen", "at": morning.isoformat()})
    case = await take_in(distant_land, way, distant_land.stranger())
    taken = [len(await steps_at_mio(distant_land, case))]
    while (due := await next_due(distant_land, case)) is not None:
        await nuc.post("/api/v1/clock/advance", {"by": (due - runtime.now).total_seconds()})
        await settle_due_cases(runtime)
        steps = await steps_at_mio(distant_land, case)
        assert datetime.fromisoformat(steps[-1]["at"]) == due
        taken.append(len(steps))
    assert taken == list(range(taken[0], taken[0] + len(taken)))
    assert len(taken) > 3
    end, journal = await ended(distant_land, way, case)
    assert (end.end, check_conformance(way.graph, journal)) == ("completed", [])


async def steps_at_mio(country: RunningCountry, case: str) -> list[Any]:
    return list(await country.operator("is_mio").get(f"/api/v1/cases/{case}/steps"))


async def next_due(country: RunningCountry, case: str) -> datetime | None:
    """When a clerk finishes the next step of a case."""
    row = await country.runtime("is_mio").read(lambda session: storage.get_case(session, case))
    found: datetime | None = row.next_due
    return found


async def test_dead_letters_and_messages_on_the_way_are_none_in_the_end(distant_land: RunningCountry) -> None:
    await asyncio.sleep(1)
    for name in ("portal_pep", "shep_gateway", "is_mio", "is_con", "gbd_elicense", *OFFICES):
        assert await distant_land.operator(name).get("/api/v1/dead-letters") == [], name
