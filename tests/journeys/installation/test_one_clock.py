"""A deployment on the sandbox's clock: it stands still, jumps a month, runs fast, and applications go through."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import and_, select, update

from services.portal_pep.storage import list_evidence
from shared.bus.runtime.unit_of_work import UnitOfWork
from tests.journeys.kit import EMPLOYEE_PASSWORD, PASSWORD, Citizen, RunningCountry, eventually, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

START = "2026-03-16T09:00:00+05:00"
SANDBOX = {
    "EGOV_CLERKS": "instant",
    "EGOV_CLOCK": "sandbox",
    "EGOV_CLOCK_START": START,
}
MONTH = timedelta(days=30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("clock"), environment=SANDBOX) as made:
        yield made


async def clock(country: RunningCountry) -> Any:
    return (await country.answer("is_nuc", "GET", "/api/v1/clock")).json()


async def set_clock(country: RunningCountry, **order: Any) -> Any:
    return (await country.operator("is_nuc").call("PUT", "/api/v1/clock", json=order)).json()


async def advance(country: RunningCountry, by: timedelta) -> Any:
    return await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": by.total_seconds()})


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def granted(citizen: Citizen) -> Any:
    """An application of this citizen, from the signature to the result."""
    await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    told = await citizen.is_served(await citizen.apply())
    assert told["outcome"] == "positive"
    return told


async def test_clock_of_a_fresh_deployment_begins_when_it_was_told_to(country: RunningCountry) -> None:
    told = await clock(country)
    assert (told["is_sandbox"], told["mode"], told["rate"]) == (True, "rate", 1)
    assert moment(START) <= moment(told["now"]) < moment(START) + timedelta(minutes=5)
    assert country.deployment.clock.now() - moment(told["now"]) < timedelta(seconds=5)


async def test_clock_that_stands_lets_a_case_through_and_a_month_later_another(country: RunningCountry) -> None:
    await set_clock(country, mode="frozen")
    day = moment((await clock(country))["now"])
    citizen, other = await country.newcomer(), await country.newcomer()
    first = await granted(citizen)
    assert moment(first["submitted_at"]) == moment(first["changed_at"]) == day
    moved = await advance(country, MONTH)
    assert moment(moved["now"]) == day + MONTH
    assert (await citizen.portal.get_application(first["id"]))["outcome"] == "positive"
    second = await granted(citizen)
    assert moment(second["submitted_at"]) == day + MONTH
    assert moment((await granted(other))["submitted_at"]) == day + MONTH
    await nothing_was_buried(country)


async def test_clock_that_stands_does_not_stop_the_gathering_of_evidence(country: RunningCountry) -> None:
    await set_clock(country, mode="frozen")
    citizen = await country.newcomer()
    case = (await granted(citizen))["id"]
    bus = country.runtime("portal_pep")
    rows = await eventually(
        lambda: bus.read(lambda session: list_evidence(session, case)),
        lambda told: len(told) == 2 and all(row.token is not None for row in told),
    )
    assert {bus.now - row.stamped_at < timedelta(milliseconds=1) for row in rows} == {True}


@pytest.mark.parametrize("instance", ["portal_pep", "is_mio"])
async def test_clock_that_stands_keeps_nobody_locked_out_and_no_session_open(
    country: RunningCountry, instance: str
) -> None:
    await set_clock(country, mode="frozen")
    iin, password = await account(country, instance)
    right, wrong = {"iin": iin, "password": password}, {"iin": iin, "password": "not-the-password"}
    token = (await log_in(country, instance, right)).json()["token"]
    assert [(await log_in(country, instance, wrong)).status_code for _ in range(6)] == [401] * 5 + [429]
    await advance(country, MONTH)
    assert (await log_in(country, instance, right)).status_code == 429, "a month of the bus alone"
    await pass_time(country, instance, timedelta(minutes=15))
    assert (await log_in(country, instance, right)).status_code == 200, "a quarter of an hour of the machine"
    assert await is_logged_in(country, instance, token), "neither a month of the bus nor a quarter of an hour"
    await pass_time(country, instance, timedelta(hours=8))
    assert not await is_logged_in(country, instance, token)


async def test_challenge_is_good_for_ten_minutes_of_the_machine_however_the_clock_stands(
    country: RunningCountry,
) -> None:
    await set_clock(country, mode="frozen")
    citizen = await country.newcomer()
    for minutes, status in ((9, 204), (10, 403)):
        asked = {"iin": citizen.person.iin, "purpose": "recovery"}
        challenge = (await country.answer("portal_pep", "POST", "/api/v1/challenges", json=asked)).content
        await advance(country, timedelta(days=1))
        await pass_time(country, "portal_pep", timedelta(minutes=minutes))
        proof = b64encode(citizen.signer.sign(challenge, country.runtime("portal_pep").now)).decode()
        body = {"iin": citizen.person.iin, "new_password": "another-password", "cms": proof}
        answer = await country.answer("portal_pep", "POST", "/api/v1/password/recovery", json=body)
        assert answer.status_code == status, answer.text


async def account(country: RunningCountry, instance: str) -> tuple[str, str]:
    """The ИИН and the password of somebody with an account at this system."""
    if instance == "portal_pep":
        return (await country.newcomer()).person.iin, PASSWORD
    return (await country.operator(instance).get("/api/v1/employees"))[0]["iin"], EMPLOYEE_PASSWORD


async def log_in(country: RunningCountry, instance: str, credentials: Any) -> httpx.Response:
    return await country.answer(instance, "POST", "/api/v1/login", json=credentials)


async def is_logged_in(country: RunningCountry, instance: str, token: str) -> bool:
    path = "/api/v1/me" if instance == "portal_pep" else "/api/v1/cases"
    answer = await country.answer(instance, "GET", path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code == 200


async def pass_time(country: RunningCountry, instance: str, span: timedelta) -> None:
    """Let the machine's time pass for the doors of a system: every moment that they keep is so much earlier."""
    metadata = country.deployment.nodes[instance].service.tables
    kept = {"login_failure": "at", "login_session": "until", "challenge": "until"}

    def grow_older(uow: UnitOfWork) -> None:
        for name in kept.keys() & metadata.tables.keys():
            table, column = metadata.tables[name], kept[name]
            for row in uow.session.execute(select(table)).mappings().all():
                is_its = and_(*(key == row[key.name] for key in table.primary_key))
                uow.session.execute(update(table).where(is_its).values({column: row[column] - span}))

    await country.runtime(instance).write(grow_older)


async def nothing_was_buried(country: RunningCountry) -> None:
    for name in ("portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con"):
        assert await country.operator(name).get("/api/v1/dead-letters") == [], name


async def test_clock_jump_makes_no_message_under_way_too_old(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    case = await citizen.apply()
    await advance(country, 2 * MONTH)
    await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    assert (await citizen.is_served(case))["outcome"] == "positive"
    await nothing_was_buried(country)


async def test_clock_that_stands_lets_a_revocation_be_noticed(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    signed = citizen.sign(await citizen.draft())
    await country.revoke(citizen.signer.certificate)
    assert (await refused(citizen.portal.submit_application(signed))).code == "eds-revoked"


@pytest.mark.parametrize("rate", [60, 1000])
async def test_clock_that_hurries_lets_a_case_through(country: RunningCountry, rate: float) -> None:
    citizen = await country.newcomer()
    before = moment((await set_clock(country, mode="rate", rate=rate))["now"])
    told = await granted(citizen)
    assert moment(told["changed_at"]) > before
    stopped = await set_clock(country, mode="frozen")
    assert moment(stopped["now"]) > moment(told["changed_at"])
    await nothing_was_buried(country)


async def test_clock_jump_wakes_a_sleeper_on_the_clock(country: RunningCountry) -> None:
    await set_clock(country, mode="frozen")
    bus = country.runtime("portal_pep")
    until = bus.now + MONTH
    sleeping = asyncio.create_task(bus.clock.sleep(MONTH.total_seconds()))
    await advance(country, MONTH - timedelta(seconds=1))
    assert not sleeping.done()
    await advance(country, timedelta(seconds=1))
    await sleeping
    assert bus.now == until


async def test_clock_does_not_go_back(country: RunningCountry) -> None:
    now = moment((await clock(country))["now"])
    earlier = (now - timedelta(seconds=1)).isoformat()
    for order in ({"mode": "frozen", "at": earlier}, {"mode": "rate", "rate": 2, "at": earlier}):
        assert (await refused(set_clock(country, **order))).code == "clock-backwards"
    assert moment((await set_clock(country, mode="frozen", at=now.isoformat()))["now"]) == now


@pytest.mark.parametrize(
    "order",
    [
        {"mode": "rate"},
        {"mode": "rate", "rate": 0},
        {"mode": "rate", "rate": -1},
        {"mode": "rate", "rate": 1001},
        {"mode": "frozen", "rate": 1},
        {"mode": "frozen", "at": "2026-03-16T09:00:00"},
        {"mode": "real", "at": START},
        {"mode": "backwards"},
        {},
    ],
)
async def test_clock_order_that_makes_no_sense_is_refused(country: RunningCountry, order: dict[str, Any]) -> None:
    before = await clock(country)
    assert (await refused(set_clock(country, **order))).code == "request-malformed"
    assert (await clock(country))["version"] == before["version"]


@pytest.mark.parametrize("by", [0, -1, 1e12, "a day"])
async def test_clock_step_that_is_none_is_refused(country: RunningCountry, by: Any) -> None:
    caught = await refused(country.operator("is_nuc").post("/api/v1/clock/advance", {"by": by}))
    assert caught.code == "request-malformed"


async def test_clock_is_the_operators(country: RunningCountry) -> None:
    for method, path in (("PUT", "/api/v1/clock"), ("POST", "/api/v1/clock/advance")):
        answer = await country.answer("is_nuc", method, path, json={"mode": "frozen"})
        assert (answer.status_code, answer.json()["code"]) == (401, "operator-only")
