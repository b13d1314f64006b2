"""A deployment with a frozen clock: steps are due, come late, get extended, and notices go to everybody
concerned.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.catalog import find_instance
from shared.client import WorkplaceClient
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadlines import due_by_the_calendar
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.process.conformance import check_conformance
from shared.workplace.people.offices import offices_of_kind
from tests.docs_commands import blocks, types
from tests.journeys.all_processes import Way, journal, take_in
from tests.journeys.kit import EMPLOYEE_PASSWORD, PASSWORD, Citizen, RunningCountry, eventually, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

START = "2026-03-16T09:00:00+05:00"
SANDBOX = {
    "EGOV_CLERKS": "manual",
    "EGOV_CLOCK": "sandbox",
    "EGOV_CLOCK_START": START,
}
WHY = "нужен ответ архива"
DUE = datetime.fromisoformat("2026-04-02T18:30:00+05:00")
"""Ten working days after 16.03.2026: 21 to 25 are Nauryz and the days off in exchange."""
REFUSALS: dict[str, dict[str, Any]] = {
    "extension-unmeasured": {"extension": "term"},
    "extension-backwards": {"extension": "term", "until": DUE},
    "extension-not-given": {"extension": "inquiries"},
    "reason-missing": {"extension": "term", "until": DUE + timedelta(days=1), "why": " "},
}
HOME_TAUGHT = Way("KZ-YUZ.4", "portal", "main", is_granted=True)
SEATS = {
    "KZ-AKM.3": ("provider", "main"),
    "KZ-ATY.19": ("provider", "decision"),
    "KZ-SEV.1": ("akim", "main"),
    "KZ-YUZ.2": ("provider", "main"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("deadlines"), environment=SANDBOX) as made:
        await made.operator("is_nuc").call("PUT", "/api/v1/clock", json={"mode": "frozen"})
        yield made


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def advance_to(country: RunningCountry, at: datetime) -> None:
    now = moment((await country.answer("is_nuc", "GET", "/api/v1/clock")).json()["now"])
    await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": (at - now).total_seconds()})


async def monitor(country: RunningCountry, **wanted: Any) -> Any:
    return (await country.operator("is_mio").get("/api/v1/deadlines", **wanted))["groups"]


async def worker(country: RunningCountry, way: Way, step: str, instance: str = "is_mio") -> WorkplaceClient:
    """An employee who may take this step at the first department, or the first centre, logged in."""
    node = way.graph.get_node(step)
    assert node.office is not None
    offices, roles = offices_of_kind(way.passport, node.office), node.roles
    staff = await country.operator(instance).get("/api/v1/employees")
    someone = next(one for one in staff if one["authority"] == offices[0].code and one["role"] in roles)
    place = await country.works_as(instance, someone["iin"])
    await place.log_in(someone["iin"], EMPLOYEE_PASSWORD)
    return place


async def decision_waits(country: RunningCountry, citizen: Citizen) -> str:
    """A case by the portal that was accepted and waits for its decision."""
    authority = HOME_TAUGHT.passport.directories.departments[0].code
    fields = make_valid_form(HOME_TAUGHT.passport, citizen.person.iin, HOME_TAUGHT.channel)
    told = await citizen.portal.apply_for_service(citizen.signer, HOME_TAUGHT.regulation, authority, fields)
    case, place = str(told["id"]), await worker(country, HOME_TAUGHT, "t4")
    await eventually(place.list_cases, lambda rows: case in {one["correlation_id"] for one in rows})
    await place.accept_case(case)
    return case


async def extend(
    place: WorkplaceClient, case: str, extension: str, until: datetime | None = None, why: str = WHY
) -> Any:
    body = {"extension": extension, "reason": why, "until": until and until.isoformat()}
    return await place.post(f"/api/v1/cases/{case}/extension", body)


async def test_deadline_in_working_days_is_missed_extended_and_told(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    case, late = await decision_waits(country, citizen), timedelta(hours=3)
    told = await (await worker(country, HOME_TAUGHT, "t5")).get_case(case)
    assert (moment(str(told["due_at"])), told["late"]) == (DUE, None)
    await advance_to(country, DUE + late)
    place = await worker(country, HOME_TAUGHT, "t5")
    assert (await place.get_case(case))["late"] == pytest.approx(late.total_seconds(), abs=1)
    listed = await place.get("/api/v1/cases", late=True, sort="due")
    assert [one["correlation_id"] for one in listed] == [case]
    (group,) = await monitor(country, region="KZ-YUZ", step="t5", late=True)
    assert (group["system"], group["service"], group["late"]) == ("is_mio", told_service(), 1)
    assert group["worst_late"] == pytest.approx(late.total_seconds(), abs=1)
    assert await monitor(country, region="KZ-YUZ", step="t5", late=False) == []

    until = DUE + timedelta(days=14)
    for refusal, wanted in REFUSALS.items():
        assert (await refused(extend(place, case, **wanted))).code == refusal
    told = await extend(place, case, "term", until)
    assert (moment(told["due_at"]), told["late"]) == (until, None)
    assert (await refused(extend(place, case, "term", until + timedelta(days=1)))).code == "extension-given"
    (group,) = await monitor(country, region="KZ-YUZ", step="t5")
    assert (group["waiting"], group["late"]) == (1, 0)

    await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    seen = await eventually(citizen.portal.list_notifications, lambda rows: rows[0]["kind"] == "extended")
    assert (moment(str(seen[0]["until"])), seen[0]["reason"]) == (until, WHY)
    assert "16.04.2026 18:30" in seen[0]["text"]
    assert [one["extension"] for one in await place.get(f"/api/v1/cases/{case}/extensions")] == ["term"]


def told_service() -> str:
    return HOME_TAUGHT.passport.service_type


async def test_deadline_monitor_shows_every_region_with_its_own_deadlines(country: RunningCountry) -> None:
    for regulation, (channel, variant) in SEATS.items():
        await take_in(country, Way(regulation, channel, variant, is_granted=True), country.stranger())
    regions = {"KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ"}
    groups = await eventually(lambda: monitor(country), lambda told: {one["region"] for one in told} == regions)
    (akim,) = [one for one in groups if one["regulation"] == "KZ-SEV.1"]
    assert akim["waiting"] == 1
    rows = await country.operator("is_mio").get("/api/v1/deadlines/cases", region="KZ-SEV")
    assert [one["step"] for one in rows] == [akim["step"]]


async def test_deadline_monitor_is_the_operators(country: RunningCountry) -> None:
    for path in ("/api/v1/deadlines", "/api/v1/deadlines/cases"):
        answer = await country.answer("is_mio", "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (401, "operator-only")


async def test_deadline_monitor_page_asks_for_the_token_and_shows_what_waits(country: RunningCountry) -> None:
    await decision_waits(country, await country.newcomer())
    asked = await country.answer("is_mio", "GET", "/monitor", params={"lang": "kk"})
    assert asked.status_code == 200
    assert "Осы жүйе операторының кілті" in asked.text
    wrong = await country.answer("is_mio", "POST", "/monitor", data={"token": "guessed"})
    assert wrong.status_code == 401
    assert "KZ-" not in wrong.text
    token = (country.folder / "is_mio" / "operator.token").read_text()
    told = await country.answer("is_mio", "POST", "/monitor", data={"token": token}, params={"lang": "en"})
    assert told.status_code == 200
    assert "KZ-YUZ.4, through the portal, t5" in told.text
    assert token not in told.text


IN_PERSON = (
    (Way("KZ-YUZ.2", "con", "main", is_granted=True), "t5", "t6"),
    (Way("KZ-YUZ.2", "provider", "main", is_granted=True), None, "t5"),
    (Way("KZ-SEV.1", "akim", "main", is_granted=True), None, "t4"),
)
"""Ways in person whose act requires a notice of an extension: the step that accepts, the step that decides."""


@pytest.mark.parametrize(("way", "accepts", "decides"), IN_PERSON, ids=lambda given: str(given))
async def test_decision_after_the_old_deadline_is_told_where_the_applicant_came_in_person(
    country: RunningCountry, way: Way, accepts: str | None, decides: str
) -> None:
    window = await worker(country, way, way.graph.start_nodes[0], "is_con" if way.channel == "con" else "is_mio")
    case = await handed_in(country, window, way)
    if accepts is not None:
        await eventually(lambda: country.operator("is_mio").get(f"/api/v1/cases/{case}/steps"), bool)
        await (await worker(country, way, accepts)).accept_case(case)
    clerk = await worker(country, way, decides)
    told = await eventually(lambda: clerk.get_case(case), lambda row: row["due_at"] is not None)
    old = moment(str(told["due_at"]))
    until = old + timedelta(days=10)
    await extend(clerk, case, "term", until)
    seen = await eventually(lambda: window.get(f"/api/v1/cases/{case}/extensions"), bool)
    assert [(moment(one["due"]), one["reason"]) for one in seen] == [(until, WHY)]
    if way.channel == "con":
        assert (await window.get_case(case))["status"] == "срок продлён"
    await advance_to(country, old + timedelta(days=1))
    clerk = await worker(country, way, decides)
    assert (await clerk.get_case(case))["late"] is None
    await clerk.decide_case(case, "positive")
    assert await late_steps(country, way, case, {decides: until}) == []
    assert await late_steps(country, way, case, {}) == [decides]


async def handed_in(country: RunningCountry, window: WorkplaceClient, way: Way) -> str:
    """Take in the documents of a new applicant at this window."""
    iin = country.stranger().iin
    papers = {"regulation": way.regulation, "channel": way.channel, "applicant": iin}
    told = await window.post(
        "/api/v1/applications", {**papers, "fields": make_valid_form(way.passport, iin, way.channel)}
    )
    return str(told["correlation_id"])


async def late_steps(country: RunningCountry, way: Way, case: str, extended: dict[str, datetime]) -> list[str]:
    """The late steps of a running case, with these deadlines extended."""
    due = due_by_the_calendar(WorkingCalendar(), extended)
    found = check_conformance(way.graph, await journal(country, case), is_finished=False, due_rule=due)
    return [one.step for one in found if one.kind == "late"]


async def typed(country: RunningCountry, folder: Path, script: str) -> str:
    ports = country.deployment.nodes["is_mio"].settings.port - find_instance("is_mio").port  # type: ignore[union-attr]
    settings = {
        "EGOV_DATA_DIR": str(country.folder),
        "EGOV_PORT_OFFSET": str(ports),
        "MIO_URL": country.url("is_mio"),
        "COLUMNS": "200",
    }
    done = await asyncio.to_thread(types, folder, script, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_deadline_docs_examples_do_what_they_say(country: RunningCountry, tmp_path: Path) -> None:
    await decision_waits(country, await country.newcomer())
    commands, requests = blocks("reference/deadlines.md", "sh")
    lines = (await typed(country, tmp_path, commands)).splitlines()
    told = json.loads(lines[-1])
    assert {one["instance"] for one in told["workplaces"]} >= {"is_mio", "is_con", "arm_shep", "arm_rshep"}
    assert told["silent"] == []
    assert any("home-taught" in line and " t5 " in line for line in lines[:-1])
    counts, _, rest = (await typed(country, tmp_path, requests)).partition("}[")
    assert {one["region"] for one in json.loads(counts + "}")["groups"]} == {"KZ-YUZ"}
    assert "<!DOCTYPE html>" in rest
