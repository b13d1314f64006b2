"""Countries copied from a prepared one: each alone, each at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

import pytest
import pytest_asyncio

from services.launcher.prepared import CountryPlan, PreparedCountry
from tests.journeys.kit import EMPLOYEE_PASSWORD, RunningCountry, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

COPIES = 12
GENEROUS_SECONDS = 0.5
"""Seconds of the processor, which other programs do not take away; a quiet machine needs a fifth."""


@pytest_asyncio.fixture(loop_scope="module")
async def two(tmp_path: Path) -> AsyncIterator[tuple[RunningCountry, RunningCountry]]:
    """Two countries that run at the same time, whose clerks decide at once."""
    given = {"EGOV_CLERKS": "instant", "EGOV_EMPLOYEE_KEYS": "ec"}
    async with (
        running(tmp_path / "one", environment=given) as one,
        running(tmp_path / "other", environment=given) as other,
    ):
        yield one, other


def ports(country: RunningCountry) -> set[int]:
    return {node.settings.port for node in country.deployment.nodes.values()}


async def messages(country: RunningCountry) -> set[str]:
    rows = await country.operator("shep_gateway").list_all("/api/v1/journal")
    return {str(row["message_id"]) for row in rows}


async def test_copied_countries_share_no_port_no_case_no_message_and_no_session(
    two: tuple[RunningCountry, RunningCountry],
) -> None:
    one, other = two
    assert not ports(one) & ports(other)
    citizen, same_person = await one.citizen(), await other.citizen()
    assert citizen.person == same_person.person, "both begin with the same people"
    case, other_case = await asyncio.gather(citizen.apply(), same_person.apply())
    await asyncio.gather(citizen.is_served(case), same_person.is_served(other_case))
    assert case != other_case
    assert (await refused(same_person.portal.get_application(case))).status == 404
    assert (await citizen.portal.get_application(case))["outcome"] == "positive"
    seen, seen_there = await messages(one), await messages(other)
    assert seen
    assert not seen & seen_there


async def test_copied_countries_share_no_operator_and_no_change_of_theirs(
    two: tuple[RunningCountry, RunningCountry],
) -> None:
    one, _ = two
    tokens = [(country.folder / "is_mio" / "operator.token").read_text() for country in two]
    answers = [
        await country.answer("is_mio", "GET", "/api/v1/employees", headers={"Authorization": f"Bearer {token}"})
        for country in two
        for token in tokens
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 401, 200]
    await one.operator("shep_gateway").call("PUT", "/api/v1/members/newcomer", json={"title": "newcomer"})
    members = [
        {row["address"] for row in await country.operator("shep_gateway").get("/api/v1/members")}
        for country in two
    ]
    assert members[0] - members[1] == {"newcomer"}


@pytest.mark.parametrize("start", ["2026-03-16T09:00:00+05:00", "2031-05-06T07:08:00+05:00"])
async def test_copied_country_begins_at_the_wished_moment(tmp_path: Path, start: str) -> None:
    sandbox = {"EGOV_CLOCK": "sandbox", "EGOV_CLOCK_START": start}
    async with running(tmp_path, environment=sandbox) as country:
        clock = (await country.answer("is_nuc", "GET", "/api/v1/clock")).json()
        since_start = datetime.fromisoformat(clock["now"]) - datetime.fromisoformat(start)
        assert timedelta(0) <= since_start < timedelta(minutes=2)
        certificate = (await country.certify(country.stranger())).certificate
        # read after the certificate was made: a clock read before may be a second behind its begin
        now = datetime.fromisoformat((await country.answer("is_nuc", "GET", "/api/v1/clock")).json()["now"])
        assert certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


async def test_prepared_country_is_not_changed_by_its_copies(tmp_path: Path) -> None:
    prepared = await PreparedCountry.prepare(
        tmp_path / "prepared", CountryPlan((("EGOV_EMPLOYEE_PASSWORD", EMPLOYEE_PASSWORD),))
    )
    before = contents(prepared.folder)
    async with prepared.run_copy(tmp_path / "copy", {"EGOV_CLERKS": "instant"}) as country:
        assert country.nodes.keys() >= {"portal_pep", "shep_gateway", "is_mio", "is_nuc"}
    assert contents(prepared.folder) == before
    assert (await PreparedCountry.prepare(prepared.folder, CountryPlan())) == prepared
    assert contents(prepared.folder) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_fresh_country_answers_at_once(tmp_path: Path) -> None:
    seconds, of_processor = [], []
    for number in range(COPIES):
        began, began_computing = perf_counter(), process_time()
        async with running(tmp_path / str(number)) as country:
            answer = await country.answer("portal_pep", "GET", "/readyz")
            assert answer.status_code == 200
            seconds.append(perf_counter() - began)
            of_processor.append(process_time() - began_computing)
    del seconds[0], of_processor[0]  # the country was prepared, and every module imported
    print(f"fresh country: median {median(seconds):.3f} s, p95 {quantiles(seconds, n=20)[-1]:.3f} s")
    assert median(of_processor) < GENEROUS_SECONDS
