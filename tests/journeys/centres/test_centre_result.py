"""The result at a service centre: who may collect it, the signature, the archive, the monitoring."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.contracts.population import SyntheticPerson
from tests.journeys.centre import Centre, worked_off
from tests.journeys.kit import EMPLOYEE_PASSWORD, LIVING, RunningCountry, eventually, refused, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def ready(country: RunningCountry, person: SyntheticPerson) -> tuple[Centre, str]:
    """A case whose result is back at the centre."""
    centre = await Centre.of(country, "KZ-AKM.5")
    case = await centre.begun(person)
    await centre.step(case, "w3", answer="complete")
    await centre.step(case, "w4")
    await worked_off(country, centre.way, case, "w6:wait", centre)
    return centre, case


async def shelved(centre: Centre, case: str) -> Any:
    rows = await centre.desk.get("/api/v1/shelf", limit=1000)
    return next(row for row in rows if row["case"] == case)


async def test_result_is_taken_by_the_applicant_who_signs_with_his_own_key(country: RunningCountry) -> None:
    person = country.stranger()
    centre, case = await ready(country, person)
    row = await shelved(centre, case)
    kept = datetime.fromisoformat(row["keep_until"]) - datetime.fromisoformat(row["ready_at"])
    assert row["standing"] == "waiting"
    assert timedelta(days=28) <= kept <= timedelta(days=32)
    signer = await country.certify(person)
    at = datetime.now(UTC)  # noqa: TID251 - a citizen looks at his own clock
    statement = (await centre.desk.call("GET", f"/api/v1/cases/{case}/hand-over/{person.iin}")).content
    assert json.loads(statement)["result_sha256"] is not None
    forged = b64encode(signer.sign(b"something else", at)).decode()
    other = await refused(centre.desk.post(f"/api/v1/cases/{case}/hand-over", {"iin": person.iin, "cms": forged}))
    assert other.code == "other-document"
    cms = b64encode(signer.sign(statement, at)).decode()
    told = await centre.desk.post(f"/api/v1/cases/{case}/hand-over", {"iin": person.iin, "cms": cms})
    assert (told["stage"], told["outcome"]) == ("completed", "positive")
    taken = await shelved(centre, case)
    assert (taken["standing"], taken["recipient"], taken["proof"]) == ("handed", person.iin, "cms")
    again = await refused(centre.desk.post(f"/api/v1/cases/{case}/hand-over", {"iin": person.iin}))
    assert again.code == "nothing-to-hand-over"


async def test_result_goes_to_nobody_else_without_a_power_of_attorney_that_holds(country: RunningCountry) -> None:
    powers = await country.operator("enis").get("/api/v1/powers")
    alive = {person.iin: person for person in LIVING}
    held = [one for one in powers if not one["isRevoked"] and one["principalIin"] in alive]
    power = [one for one in held if int(one["number"][2:]) % 5 != 4][2]
    centre, case = await ready(country, alive[power["principalIin"]])
    path = f"/api/v1/cases/{case}/hand-over"
    plain = await refused(centre.step(case, "w6"))
    assert plain.code == "recipient-needed"
    stranger = await refused(centre.desk.post(path, {"iin": country.stranger().iin}))
    assert (stranger.status, stranger.code) == (403, "wrong-recipient")
    assert set(stranger.body["texts"]) == {"ru", "kk", "en"}
    agent = {"iin": power["attorneyIin"], "power_number": power["number"]}
    assert (await refused(centre.desk.post(path, agent))).code == "power-unconfirmed"
    false = {"iin": power["attorneyIin"], "power_number": "E-999999"}
    for asked in (agent, false):
        await centre.desk.post(f"/api/v1/cases/{case}/powers", asked)
    await eventually(
        lambda: centre.about(case, "answers"),
        lambda told: sum(one["register"] == "enis" and one["answer"] is not None for one in told) == 2,
    )
    assert (await refused(centre.desk.post(path, false))).code == "power-not-in-force"
    assert (await centre.desk.post(path, agent))["stage"] == "completed"
    taken = await shelved(centre, case)
    assert (taken["recipient"], taken["power_number"], taken["proof"]) == (*agent.values(), "paper")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def movable(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A deployment whose clock can jump."""
    environment = {"EGOV_CLERKS": "manual", "EGOV_CLOCK": "sandbox"}
    async with running(tmp_path_factory.mktemp("movable"), environment=environment) as made:
        yield made


async def test_result_unclaimed_for_a_month_is_archived_and_handed_out_still(
    movable: RunningCountry,
) -> None:
    country, person = movable, movable.stranger()
    centre, case = await ready(country, person)
    row = await shelved(centre, case)
    left = datetime.fromisoformat(row["keep_until"]) - datetime.fromisoformat(row["ready_at"])
    await _passes(country, centre, left - timedelta(hours=1))
    await asyncio.sleep(1.2)
    assert (await shelved(centre, case))["standing"] == "waiting"
    await _passes(country, centre, timedelta(hours=2))
    late = await eventually(lambda: shelved(centre, case), lambda told: told["standing"] == "archived")
    assert late["archived_at"] > late["keep_until"]
    assert case in {one["case"] for one in await centre.desk.get("/api/v1/shelf", standing="archived")}
    assert (await country.operator("is_con").get("/api/v1/monitoring"))["results"]["archived"] == 1
    told = await centre.desk.post(f"/api/v1/cases/{case}/hand-over", {"iin": person.iin})
    assert told["stage"] == "completed"
    assert (await shelved(centre, case))["standing"] == "handed"


async def _passes(country: RunningCountry, centre: Centre, by: timedelta) -> None:
    """Move the bus's clock; the operator logs in again."""
    await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": by.total_seconds()})
    staff = await country.operator("is_con").get("/api/v1/employees")
    iin = next(one["iin"] for one in staff if one["role"] == "centre-worker")
    await centre.desk.log_in(iin, EMPLOYEE_PASSWORD)


async def test_monitoring_counts_what_stands_where(country: RunningCountry) -> None:
    watch = country.operator("is_con")
    before = await watch.get("/api/v1/monitoring")
    centre, case = await ready(country, country.stranger())
    after = await watch.get("/api/v1/monitoring")
    for what, value in (("services", "KZ-AKM.5"), ("centres", "kz.con.01"), ("channels", "con")):
        assert after[what][value] == before[what].get(value, 0) + 1
    assert after["results"]["waiting"] == before["results"]["waiting"] + 1
    text = json.dumps(after)
    told = await centre.desk.get_case(case)
    assert told["employee"] is None or told["employee"] not in text
    nobody = await country.answer("is_con", "GET", "/api/v1/monitoring")
    assert nobody.json()["code"] == "operator-only"
