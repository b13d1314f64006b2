"""One clock and one set of rules over several processes: all show the same time and obey the same rules, also
after a crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.bus.http.tls import server_check
from shared.client import OperatorClient
from shared.client.clock import ClockClient
from tests.country import Processes
from tests.crowd import application, citizens, line_to, people, submission
from tests.forked_systems import ForkedProcesses
from tests.servers import RabbitServer

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

FOLLOWERS = ("enis", "nr_iin")
NEEDED = ("is_nuc", "nr_iin", "enis", "is_con", "is_mio", "rshep_yuz", "shep_gateway", "portal_pep")
FAULTS = "/api/v1/sandbox/faults"
TOLERANCE = timedelta(milliseconds=50)
MONTH = timedelta(days=30)


@pytest.fixture(scope="module")
def country(common_broker: RabbitServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    sandbox = {"EGOV_CLOCK": "sandbox", "EGOV_CLOCK_START": "2026-03-16T09:00:00+05:00"}
    broker = common_broker.spare_url()
    with ForkedProcesses(tmp_path_factory.mktemp("country"), broker, environment=sandbox) as running:
        running.start(*NEEDED)
        yield running


def desk(country: Processes) -> ClockClient:
    token = (country.folder / "is_nuc" / "operator.token").read_text()
    return ClockClient(country.url("is_nuc"), token=token)


def sandbox(country: Processes) -> OperatorClient:
    """ШЭП's operator, who sets the rules."""
    return OperatorClient.of_instance(country.url("shep_gateway"), country.folder, "shep_gateway")


async def times(country: Processes, names: tuple[str, ...]) -> list[tuple[datetime, datetime]]:
    """The bus's time of each process, with the machine's time at the same moment."""
    async with httpx.AsyncClient(timeout=10, verify=server_check("http://")) as http:
        answers = await asyncio.gather(*(http.get(f"{country.url(name)}/api/v1/time") for name in names))
    told: list[dict[str, Any]] = [answer.json() for answer in answers]
    return [(datetime.fromisoformat(one["now"]), datetime.fromisoformat(one["machine"])) for one in told]


async def spread(country: Processes, rate: float, names: tuple[str, ...] = NEEDED) -> timedelta:
    """The largest difference of bus time between the processes, corrected for the moments of asking."""
    first, *others = await times(country, names)
    together = [now - (machine - first[1]) * rate for now, machine in others]
    return max(abs(one - first[0]) for one in together)


async def test_clock_of_all_processes_is_one_when_it_stands_and_after_a_jump(country: Processes) -> None:
    async with desk(country) as clock:
        frozen = await clock.freeze()
        at = datetime.fromisoformat(frozen["now"])
        assert {now for now, _ in await times(country, NEEDED)} == {at}
        await clock.advance(MONTH)
        assert {now for now, _ in await times(country, NEEDED)} == {at + MONTH}


async def test_clock_of_all_processes_is_one_when_it_hurries(country: Processes) -> None:
    async with desk(country) as clock:
        await clock.set_rate(60)
        began = await times(country, FOLLOWERS)
        for _ in range(5):
            assert await spread(country, 60) < TOLERANCE
            await asyncio.sleep(0.3)
        await clock.advance(MONTH)
        assert await spread(country, 60) < TOLERANCE
        ended = await times(country, FOLLOWERS)
    for (now, machine), (later_now, later_machine) in zip(began, ended, strict=True):
        gone = (later_machine - machine) * 60 + MONTH
        assert abs(later_now - now - gone) < TOLERANCE


async def apply_once(country: Processes, http: httpx.AsyncClient) -> str:
    """Submit an application of a citizen who is logged in from now on; returns the case's id."""
    portal = country.url("portal_pep")
    (citizen,) = await citizens(portal, country.url("is_nuc"), people(2, even=True)[1:])
    http.headers["Authorization"] = f"Bearer {citizen.token}"
    line = line_to(portal)
    drafted = await application(line, citizen)
    await line.close()
    assert drafted is not None, "the portal is up"
    case, signed = drafted
    answer = await http.post("/api/v1/applications", content=submission(signed))
    assert answer.status_code == 201, answer.text
    return case


async def test_system_in_a_process_of_its_own_obeys_a_rule_until_it_ends(country: Processes) -> None:
    headers = {"Content-Type": "application/json"}
    async with (
        sandbox(country) as operator,
        httpx.AsyncClient(base_url=country.url("portal_pep"), headers=headers, timeout=30) as http,
    ):
        added = await operator.post(FAULTS, {"effect": {"kind": "down"}, "system": "is_mio"})
        assert added["warnings"] == [], "every system runs"
        status = (await http.get(f"{country.url('is_mio')}/api/v1/employees")).status_code
        assert status == 503, "the rule is obeyed as soon as it is set"
        case = await apply_once(country, http)
        firings = await journaled(operator, added["rule"]["id"], case)
        assert (await http.get(f"/api/v1/applications/{case}")).json()["outcome"] is None
        await operator.call("DELETE", f"{FAULTS}/{added['rule']['id']}")
        await served(http, case)
    assert {row["system"] for row in firings} == {"is_mio"}
    keys = [(row["place"], row["message_id"], row["message_type"]) for row in firings]
    assert len(set(keys)) == len(keys), "each occasion once"


async def journaled(operator: OperatorClient, rule: str, case: str | None = None) -> list[dict[str, Any]]:
    """What a rule did, to a case or at all, as soon as ШЭП knows something."""
    async with asyncio.timeout(30):
        while True:
            rows: list[dict[str, Any]] = await operator.get("/api/v1/sandbox/firings", rule_id=rule, case_id=case)
            if rows:
                return rows
            await asyncio.sleep(0.1)


async def test_rule_waits_for_a_system_that_starts_later_and_ends_there_by_the_one_clock(
    country: Processes,
) -> None:
    country.kill("enis")
    async with (
        desk(country) as clock,
        sandbox(country) as operator,
        httpx.AsyncClient(base_url=country.url("enis"), timeout=10) as http,
    ):
        until = datetime.fromisoformat((await clock.freeze())["now"]) + timedelta(hours=1)
        rule = {"effect": {"kind": "down"}, "system": "enis", "until": until.isoformat()}
        await unheard(operator, rule)
        country.launch("enis")
        assert (await first_answer(http)).json()["code"] == "system-down"
        await clock.advance(timedelta(hours=2))
        assert (await http.get("/api/v1/time")).status_code == 200
        await operator.call("DELETE", FAULTS)


async def unheard(operator: OperatorClient, rule: dict[str, Any]) -> None:
    """Set a rule for a system that was just killed, as soon as ШЭП knows that nobody obeys."""
    async with asyncio.timeout(30):
        while not (await operator.post(FAULTS, rule))["warnings"]:
            await operator.call("DELETE", FAULTS)
            await asyncio.sleep(0.2)


async def first_answer(http: httpx.AsyncClient) -> httpx.Response:
    """The first answer of a system that starts: under the rule it is never ready."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await http.get("/api/v1/time")
            except httpx.ConnectError:
                await asyncio.sleep(0.02)


async def test_centre_in_a_process_of_its_own_plays_the_country_s_faults(country: Processes) -> None:
    async with (
        sandbox(country) as operator,
        httpx.AsyncClient(base_url=country.url("is_nuc"), timeout=10) as http,
    ):
        rule = {"effect": {"kind": "pki", "trouble": "tsa-refusing"}, "system": "is_nuc"}
        added = await operator.post(FAULTS, rule)
        await http.post("/tsp", content=b"", headers={"Content-Type": "application/timestamp-query"})
        rows = await journaled(operator, added["rule"]["id"])
        assert {row["system"] for row in rows} == {"is_nuc"}
        await operator.call("DELETE", FAULTS)


async def test_clock_moved_a_month_lets_a_case_go_through(country: Processes) -> None:
    portal = country.url("portal_pep")
    async with desk(country) as clock:
        await clock.freeze()
        (citizen,) = await citizens(portal, country.url("is_nuc"), people(1, even=True))
        headers = {"Authorization": f"Bearer {citizen.token}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(
            base_url=portal, headers=headers, timeout=30, verify=server_check(portal)
        ) as http:
            line = line_to(portal)
            cases = [drafted for _ in range(2) if (drafted := await application(line, citizen)) is not None]
            await line.close()
            assert len(cases) == 2, "the portal is up"
            for case, signed in cases:
                answer = await http.post("/api/v1/applications", content=submission(signed))
                assert answer.status_code == 201, answer.text
                await served(http, case)
                if case == cases[0][0]:
                    await clock.advance(timedelta(hours=7))


async def served(http: httpx.AsyncClient, case: str) -> None:
    """Wait for the result, half a minute at most."""
    async with asyncio.timeout(30):
        while True:
            told = (await http.get(f"/api/v1/applications/{case}")).json()
            if told["outcome"] is not None:
                break
            await asyncio.sleep(0.1)
    assert told["outcome"] == "positive"


async def test_clock_of_a_process_that_starts_later_is_the_same(country: Processes) -> None:
    country.kill("enis")
    async with desk(country) as clock:
        moved = await clock.advance(MONTH)
    country.start("enis")
    assert {now for now, _ in await times(country, FOLLOWERS)} == {datetime.fromisoformat(moved["now"])}


async def test_clock_goes_on_while_its_keeper_is_dead_and_agrees_when_it_lives_again(country: Processes) -> None:
    async with desk(country) as clock:
        await clock.set_rate(60)
    country.kill("is_nuc")
    assert await spread(country, 60, FOLLOWERS) < TOLERANCE
    await asyncio.sleep(1)
    country.start("is_nuc")
    assert await spread(country, 60, ("is_nuc", *FOLLOWERS)) < TOLERANCE
    async with desk(country) as clock:
        stopped = await clock.freeze()
    assert {now for now, _ in await times(country, NEEDED)} == {datetime.fromisoformat(stopped["now"])}
