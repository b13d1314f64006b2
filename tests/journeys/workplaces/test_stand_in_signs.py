"""A system that stands in for a provider takes a case to its signed document: what three operators do for that."""

from __future__ import annotations

import pytest

from shared.contracts.organisations import known_organisations
from tests.journeys.all_processes import Way, apply, settled
from tests.journeys.kit import RunningCountry, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

WAY = Way("KZ-YUZ.3", "portal", "main", is_granted=True)
OFFICE = WAY.passport.directories.departments[0].code
ROUTE = "/api/v1/service-routes/unemployment-certificate/KZ-YUZ"


async def test_stand_in_outside_the_register_ends_a_case_in_a_signed_document(
    brisk_country: RunningCountry,
) -> None:
    system = "arm_shep"
    gateway, workplace = brisk_country.operator("shep_gateway"), brisk_country.operator(system)
    nuc, entry = brisk_country.operator("is_nuc"), f"/api/v1/organisations/{OFFICE}/systems/{system}"
    assert system not in known_organisations().get_by_office(OFFICE).systems
    hired = await workplace.post(f"/api/v1/offices/{OFFICE}/employees")
    assert {one["authority"] for one in hired} == {OFFICE}
    error = await refused(workplace.post(f"/api/v1/offices/{OFFICE}/employees"))
    assert (error.status, error.code) == (409, "office-staffed")
    added = (await nuc.call("PUT", entry)).json()
    assert added["added_systems"] == [system], added
    await gateway.call("PUT", ROUTE, json={"channel": "portal", "recipient": system})
    try:
        citizen = await brisk_country.newcomer()
        case = await apply(citizen, WAY)
        assert (await settled(citizen, case))["outcome"] == "positive"
        output = await citizen.portal.get_output(case)
        assert output["document"]["application_id"] == case
        steps = await workplace.list_steps(case)
        assert system in {step["by"] for step in steps}
    finally:
        await gateway.call("DELETE", ROUTE)
        taken_back = (await nuc.call("DELETE", entry)).json()
    assert system not in taken_back["vouching_systems"]
    acts = await nuc.list_audit_entries(limit=10)
    assert {"add_vouching_system", "remove_vouching_system"} <= {act["operation"] for act in acts}


async def test_office_that_the_acts_do_not_have_is_opened_nowhere(brisk_country: RunningCountry) -> None:
    error = await refused(brisk_country.operator("arm_shep").post("/api/v1/offices/nowhere/employees"))
    assert (error.status, error.code) == (404, "authority-unknown")
    entry = "/api/v1/organisations/nowhere/systems/arm_shep"
    error = await refused(brisk_country.operator("is_nuc").call("PUT", entry))
    assert (error.status, error.code, set(error.body["texts"])) == (
        404,
        "organisation-unknown",
        {"ru", "kk", "en"},
    )
