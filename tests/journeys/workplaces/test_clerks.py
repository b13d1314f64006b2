"""Clerks at work on a manual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from shared.bus.clocks.clock import ManualClock
from shared.contracts.population import SyntheticPerson, make_population
from shared.workplace.clerks.background import settle_due_cases
from tests.journeys.all_processes import Way, take_in
from tests.journeys.kit import RunningCountry, eventually, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

NAMES = ("is_nuc", "shep_gateway", "rshep_akm", "rshep_aty", "is_mio", "is_con", "nr_iin", "is_cgo")
START = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
ORALMAN = Way("KZ-AKM.10", "provider", "main", is_granted=True)
ALLOWANCE = Way("KZ-AKM.2", "provider", "main", is_granted=True)
ELSEWHERE = Way("KZ-ATY.1", "provider", "main", is_granted=True)
PEOPLE = [person for person in make_population(1, 3000) if person.is_alive]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def of_clerks(policy: str) -> dict[str, str]:
    return {"EGOV_CLERKS": policy, "EGOV_EMPLOYEE_KEYS": "ec"}


@pytest_asyncio.fixture(loop_scope="session")
async def paced(tmp_path: Path, clock: ManualClock) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path, names=NAMES, environment=of_clerks("paced"), clock=clock) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def manual(tmp_path: Path, clock: ManualClock) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path, names=NAMES, environment=of_clerks("manual"), clock=clock) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def scripted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path, names=NAMES, environment=of_clerks("scripted"), clock=clock) as made:
        yield made


def ending(digits: str) -> SyntheticPerson:
    return next(person for person in PEOPLE if person.iin.endswith(digits))


async def row(country: RunningCountry, case: str) -> Any:
    """The case in ИС МИО's database, when no message is under way."""
    runtime = country.runtime("is_mio")
    await eventually(lambda: asyncio.sleep(0, runtime.is_quiet), bool)
    from shared.workplace.records import storage

    return await runtime.read(lambda session: storage.get_case(session, case))


async def steps(country: RunningCountry, case: str) -> list[Any]:
    return list(await country.operator("is_mio").get(f"/api/v1/cases/{case}/steps"))


async def write_rules(country: RunningCountry, *rules: dict[str, Any]) -> Any:
    answer = await country.operator("is_mio").call("PUT", "/api/v1/clerks", json={"rules": rules})
    return answer.json()


async def go_on(country: RunningCountry, clock: ManualClock, to: datetime) -> None:
    await clock.advance(to - clock.now())
    await settle_due_cases(country.runtime("is_mio"))


async def test_clerks_paced_take_each_step_at_its_moment_and_none_before(
    paced: RunningCountry, clock: ManualClock
) -> None:
    case = await take_in(paced, ORALMAN, PEOPLE[0])
    taken = len(await steps(paced, case))
    while (due := (await row(paced, case)).next_due) is not None:
        await go_on(paced, clock, due - timedelta(seconds=1))
        assert len(await steps(paced, case)) == taken
        await go_on(paced, clock, due)
        known = await steps(paced, case)
        assert len(known) == taken + 1
        assert datetime.fromisoformat(known[-1]["at"]) == due
        taken = len(known)
    assert (await row(paced, case)).stage == "completed"
    assert clock.now() - START < timedelta(days=6)


async def test_clerks_take_a_step_once_however_many_look_at_once(
    paced: RunningCountry, clock: ManualClock
) -> None:
    cases = [await take_in(paced, ORALMAN, person) for person in PEOPLE[:5]]
    await clock.advance(timedelta(days=1))
    runtime = paced.runtime("is_mio")
    await asyncio.gather(*(settle_due_cases(runtime) for _ in range(8)))
    for case in cases:
        known = await steps(paced, case)
        assert [one["step"] for one in known] == sorted({one["step"] for one in known})
        assert len(known) > 1


async def test_clerks_take_what_was_due_while_the_system_was_down_after_its_restart(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with running(tmp_path, names=NAMES, environment=of_clerks("paced"), clock=clock) as country:
        case = await take_in(country, ORALMAN, PEOPLE[0])
        before = len(await steps(country, case))
    await clock.advance(timedelta(days=30))
    async with running(tmp_path, names=NAMES, environment=of_clerks("paced"), clock=clock) as country:
        known = await eventually(lambda: steps(country, case), lambda told: len(told) > before)
        assert len(known) == before + 1  # the wait of the next step begins only now


async def test_clerks_of_a_changed_rule_take_over_what_waits_already(manual: RunningCountry) -> None:
    here, other = await take_in(manual, ORALMAN, PEOPLE[0]), await take_in(manual, ALLOWANCE, PEOPLE[1])
    far = await take_in(manual, ELSEWHERE, PEOPLE[2])
    assert (await row(manual, here)).stage != "completed"
    told = await write_rules(
        manual,
        {"policy": "instant", "service": "oralman-status"},
        {"policy": "manual", "service": "oralman-status", "region": "KZ-ATY"},
    )
    assert (told["otherwise"], told["version"]) == ("manual", 1)
    await eventually(lambda: row(manual, here), lambda found: found.stage == "completed")
    assert (await row(manual, other)).stage != "completed"
    assert (await row(manual, far)).stage != "completed"


async def test_clerk_rules_outlive_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    async with running(tmp_path, names=NAMES, environment=of_clerks("manual"), clock=clock) as country:
        await write_rules(country, {"policy": "paced", "region": "KZ-AKM", "late_share": 0.5, "seed": 7})
    async with running(tmp_path, names=NAMES, environment=of_clerks("manual"), clock=clock) as country:
        told = await country.operator("is_mio").get("/api/v1/clerks")
    assert told["rules"] == [{"policy": "paced", "region": "KZ-AKM", "late_share": 0.5, "seed": 7}]


BAD = (
    ([{"policy": "sleepy"}], "request-malformed"),
    ([{"policy": "paced", "late_share": 1.5}], "request-malformed"),
    ([{"policy": "paced", "region": "KZ-XXX"}], "clerks-region-unknown"),
    ([{"policy": "scripted", "scenario": [{"answer": "refused"}]}], "reason-missing"),
)


async def test_clerk_rules_that_cannot_hold_are_refused_and_change_nothing(manual: RunningCountry) -> None:
    for rules, code in BAD:
        assert (await refused(write_rules(manual, *rules))).code == code
    told = await manual.operator("is_mio").get("/api/v1/clerks")
    assert told == {"otherwise": "manual", "rules": [], "version": 0}
    answer = await manual.answer("is_mio", "PUT", "/api/v1/clerks", json={"rules": []})
    assert (answer.status_code, answer.json()["code"]) == (401, "operator-only")


MAGIC = (("11", "недостоверные"), ("13", "не полностью"), ("15", "истёк"), ("17", "уже оказана"))


async def test_magic_iin_chooses_the_reason_of_a_refusal(scripted: RunningCountry) -> None:
    for digits, word in MAGIC:
        found = await row(scripted, await take_in(scripted, ALLOWANCE, ending(digits)))
        assert found.outcome == "negative"
        assert word in found.reason


async def test_magic_iin_chooses_that_nobody_works_on_a_case_or_decides_the_case(
    scripted: RunningCountry, clock: ManualClock
) -> None:
    idle, undecided = [await take_in(scripted, ALLOWANCE, ending(digits)) for digits in ("30", "32")]
    await go_on(scripted, clock, START + timedelta(days=60))
    assert (await row(scripted, idle)).stage == "received"
    assert len(await steps(scripted, idle)) < len(await steps(scripted, undecided))
    found = await row(scripted, undecided)
    assert (found.outcome, found.next_due) == (None, None)


@pytest.mark.parametrize(("digits", "outcome"), [("36", "positive"), ("37", "negative")])
async def test_magic_iin_chooses_a_decision_after_a_minute(
    scripted: RunningCountry, clock: ManualClock, digits: str, outcome: str
) -> None:
    case = await take_in(scripted, ALLOWANCE, ending(digits))
    due = (await row(scripted, case)).next_due
    assert due is not None
    await go_on(scripted, clock, due - timedelta(seconds=1))
    assert (await row(scripted, case)).outcome is None
    await go_on(scripted, clock, due)
    assert (await row(scripted, case)).outcome == outcome


async def test_magic_iin_chooses_that_every_step_is_late(scripted: RunningCountry, clock: ManualClock) -> None:
    case = await take_in(scripted, ORALMAN, ending("20"))
    while (due := (await row(scripted, case)).next_due) is not None:
        await go_on(scripted, clock, due)
    assert (await row(scripted, case)).stage == "completed"
    assert clock.now() - START > timedelta(days=4, hours=4)  # p3 may take four working days, and took longer


async def test_clerk_scenario_says_what_is_answered_and_after_how_long(
    scripted: RunningCountry, clock: ManualClock
) -> None:
    line = {
        "when": {"regulation": ALLOWANCE.regulation, "op": "decide"},
        "answer": "refused",
        "reason": "доход семьи выше черты",
        "after": {"amount": 3, "unit": "working_day"},
    }
    await write_rules(scripted, {"policy": "scripted", "scenario": [line]})
    case = await take_in(scripted, ALLOWANCE, ending("2"))
    found = await row(scripted, case)
    assert found.next_due == datetime(2026, 3, 5, 13, 30, tzinfo=UTC)
    await go_on(scripted, clock, found.next_due)
    found = await row(scripted, case)
    assert (found.outcome, found.reason) == ("negative", "доход семьи выше черты")
