"""Two teams at one installation: each takes the same place for its own cases, and neither meets the other."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.launcher.launch import LaunchContext
from services.tools.demo.run import DemoOptions, run_demo
from shared.client.participants import JoiningOrder, Operators, ServicePlace
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates import keys
from tests.journeys.kit import AUTHORITY, LIVING, SERVICE, RunningCountry, eventually, refused
from tests.journeys.participants.door_systems import CHANNEL, REGION, SERVICE_TYPE, DoorSystem, case_of, now

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACE = ServicePlace(SERVICE_TYPE, REGION, CHANNEL)


@dataclass
class Team:
    """A tenant with a portal and a provider of its own."""

    name: str
    portal: DoorSystem
    provider: DoorSystem

    async def apply(self, country: RunningCountry) -> str:
        """A citizen applies through the team's portal; returns the case."""
        citizen, case = await country.newcomer(), str(uuid4())
        document = {
            "document": "application", "application_id": case, "regulation": SERVICE, "channel": CHANNEL,
            "region": REGION, "authority": AUTHORITY, "applicant": citizen.person.iin, "fields": citizen.form,
            "made_at": now().isoformat(),
        }  # fmt: skip
        signed = base64.b64encode(citizen.sign(json.dumps(document).encode())).decode()
        met = [{**step, "answer": "met"} for step in self.portal.done("w3", "w7", "t1")]
        steps = met + self.portal.done("w5", "w6")
        sent = await self.portal.send(
            case_of(case, SERVICE, AUTHORITY), "REQUEST", "application/1", "t1", document=signed, steps=steps
        )
        assert sent.status_code == 201, sent.text
        return case


def operators_of(country: RunningCountry) -> Operators:
    return Operators(country.operator("is_nuc"), country.operator("shep_gateway"))


async def come_in(country: RunningCountry, name: str) -> Team:
    operators = operators_of(country)
    systems = []
    for address, asks, provides in (
        (f"{name}-portal", [SERVICE_TYPE, PERSON_SERVICE], []),
        (f"{name}-mio", [], [PLACE]),
    ):
        order = JoiningOrder(address, address, asks=asks, provides=provides, tenant=name)
        systems.append(DoorSystem(country, await operators.join(order, keys.new_ec_key())))
    return Team(name, *systems)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def teams(country: RunningCountry) -> AsyncIterator[tuple[Team, Team]]:
    made = await come_in(country, "red"), await come_in(country, "blue")
    yield made
    for name in ("red", "blue"):
        await operators_of(country).drop_tenant(name)


async def waiting(system: DoorSystem, case: str) -> Any:
    return (await system.call("GET", f"?correlation_id={case}")).json()


async def test_two_teams_take_the_same_place_each_for_its_own_cases(
    country: RunningCountry, teams: tuple[Team, Team]
) -> None:
    for own, other in (teams, teams[::-1]):
        case = await own.apply(country)
        application = await own.provider.take(case)
        assert application["sender"] == own.portal.joined.address
        assert await waiting(other.provider, case) == []
        sent = await own.provider.send(
            application, "UPDATE", "status-changed/1", "t3",
            status="поступившие", number="1", steps=own.provider.done("t3"),
        )  # fmt: skip
        assert sent.status_code == 201, sent.text
        assert (await own.portal.take(case))["content"]["data"]["status"] == "поступившие"
        assert await waiting(other.portal, case) == []


async def test_cases_of_the_portal_go_on_to_the_authority(
    country: RunningCountry, teams: tuple[Team, Team]
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    assert [await waiting(team.provider, case) for team in teams] == [[], []]
    gateway = country.operator("shep_gateway")
    for tenant, provider in ((None, "is_mio"), ("red", "red-mio"), ("blue", "blue-mio")):
        query = {} if tenant is None else {"tenant": tenant}
        rows = await gateway.get("/api/v1/service-routes", service_type=SERVICE_TYPE, region=REGION, **query)
        assert {row["recipient"] for row in rows if row["channel"] == CHANNEL} == {provider}


async def test_team_neither_sees_nor_touches_the_case_of_another(
    country: RunningCountry, teams: tuple[Team, Team]
) -> None:
    red, blue = teams
    case = await blue.apply(country)
    await blue.provider.take(case)
    for system in (red.portal, red.provider):
        stolen = await system.send(
            case_of(case, SERVICE, AUTHORITY), "UPDATE", "status-changed/1", "t3",
            status="поступившие", steps=system.done("t3"),
        )  # fmt: skip
        assert stolen.status_code == 403, stolen.text
        assert "blue" not in stolen.text, "a refusal names nobody of another team"
        headers = {"Authorization": f"Bearer {system.joined.token}"}
        for path in (f"/api/v1/chains/{case}", f"/api/v1/exchanges?correlation_id={case}"):
            answer = await country.answer("shep_gateway", "GET", path, headers=headers)
            assert answer.status_code == 404 or answer.json() == [], answer.text
        for path in ("/api/v1/journal", "/api/v1/participants", f"/api/v1/cases/{case}/evidence"):
            answer = await country.answer("shep_gateway", "GET", path, headers=headers)
            assert answer.status_code == 401, path


async def test_team_that_is_dropped_is_gone_whole_and_no_other_notices(
    country: RunningCountry, teams: tuple[Team, Team]
) -> None:
    gateway, blue = country.operator("shep_gateway"), teams[1]
    green = await come_in(country, "green")
    case = await green.apply(country)
    left = await operators_of(country).drop_tenant("green")
    assert [(participant["address"], participant["has_queue"]) for participant in left] == [
        ("green-mio", False),
        ("green-portal", False),
    ]
    for path in ("/api/v1/members", "/api/v1/rights", "/api/v1/participants"):
        assert "green" not in str(await gateway.list_all(path)), path
    assert "green" not in str(await gateway.get("/api/v1/service-routes", tenant="green"))
    thumbprint = keys.certificate_thumbprint(green.provider.joined.certificate)
    status = await country.operator("is_nuc").get(f"/api/v1/certificates/{thumbprint}/status")
    assert status["status"] == "revoked"
    assert len(await gateway.list_journal(correlation_id=case)) == 1, "the journal keeps what it did"
    error = await refused(operators_of(country).drop_tenant("green"))
    assert error.code == "tenant-unknown"
    assert await blue.provider.take(await blue.apply(country))


async def test_citizen_of_the_portal_reaches_the_team_that_claimed_the_case(
    country: RunningCountry, teams: tuple[Team, Team]
) -> None:
    red, blue = teams
    citizen = await country.newcomer()
    draft = await citizen.draft()
    case = json.loads(draft)["application_id"]
    assert (await claim(country, red.provider, case)).status_code == 204
    assert (await claim(country, blue.provider, case)).json()["code"] == "case-claimed"
    await citizen.portal.submit_application(citizen.sign(draft))
    application = await red.provider.take(case)
    assert application["sender"] == "portal_pep"
    sent = await red.provider.send(
        application, "UPDATE", "status-changed/1", "t3",
        status="поступившие", number="5", steps=red.provider.done("t3"),
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    assert (await citizen.sees(case, "поступившие"))["number"] == "5"
    assert (await claim(country, red.provider, case)).json()["code"] == "case-begun"
    order = JoiningOrder("of-no-team", "of-no-team")
    alone = DoorSystem(country, await operators_of(country).join(order, keys.new_ec_key()))
    assert (await claim(country, alone, str(uuid4()))).json()["code"] == "tenant-missing"
    await operators_of(country).leave("of-no-team")


async def test_demo_gives_its_case_to_the_team_whose_token_it_was_given(
    country: RunningCountry, teams: tuple[Team, Team], capsys: pytest.CaptureFixture[str]
) -> None:
    red, blue = teams
    offset = int(country.url("is_nuc").rpartition(":")[2]) - 8007
    launch = LaunchContext({"EGOV_PORT_OFFSET": str(offset)})
    options = DemoOptions(
        once=True,
        as_json=True,
        against=country.url("portal_pep"),
        patience=timedelta(seconds=15),
        claimant_token=red.provider.joined.token,
    )
    assert await run_demo(launch, options) == 1  # nobody of the team decides
    case = json.loads(capsys.readouterr().out)["application"]["id"]
    assert (await red.provider.take(case))["sender"] == "portal_pep"
    assert await waiting(blue.provider, case) == []


async def claim(country: RunningCountry, system: DoorSystem, case: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {system.joined.token}"}
    return await country.answer("shep_gateway", "PUT", f"/api/v1/claimed-cases/{case}", headers=headers)


async def test_question_of_a_team_goes_to_the_register_that_the_team_plays(
    country: RunningCountry, teams: tuple[Team, Team]
) -> None:
    order = JoiningOrder("red-register", "red-register", provides=[ServicePlace(PERSON_SERVICE)], tenant="red")
    register = DoorSystem(country, await operators_of(country).join(order, keys.new_ec_key()))
    question = {
        "service_id": PERSON_SERVICE,
        "content": {"contract": "person-query/1", "data": {"iin": LIVING[9].iin}},
    }
    for team, comes in zip(teams, (1, 0), strict=True):
        sent = (await team.portal.call("POST", json=question)).json()
        case, system = sent["correlation_id"], register if comes else team.portal
        mails = await eventually(lambda case=case, system=system: waiting(system, case), bool)  # type: ignore[misc]
        assert mails[0]["sender"] == ("red-portal" if comes else "nr_iin")
