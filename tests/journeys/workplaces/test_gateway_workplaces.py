"""АРМ ШЭП and АРМ РШЭП: the views and exports of their operators and employees."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest

from tests.journeys.all_processes import Way, apply, settled
from tests.journeys.kit import RunningCountry, eventually, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

WAYS = {
    "arm_shep": Way("KZ-AKM.15", "portal", "main", is_granted=True),
    "arm_rshep": Way("KZ-AKM.17", "portal", "main", is_granted=True),
}


@pytest.mark.parametrize("instance", WAYS)
async def test_gateway_workplace_shows_a_case_among_its_providers_and_in_their_export(
    brisk_country: RunningCountry, instance: str
) -> None:
    way, operator = WAYS[instance], brisk_country.operator(instance)
    citizen = await brisk_country.newcomer()
    case = await apply(citizen, way)
    await settled(citizen, case)
    authority = way.passport.directories.departments[0].code

    async def row() -> Any:
        found = await operator.list_all(f"/api/v1/providers/{authority}/cases")
        return next((one for one in found if one["correlation_id"] == case), None)

    shown = await eventually(row, lambda told: told is not None and told["stage"] == "completed")
    assert "applicant" not in shown
    (load,) = (one for one in await operator.get("/api/v1/providers") if one["authority"] == authority)
    assert (load["region"], load["cases"]["completed"] > 0) == ("KZ-AKM", True)
    offers = await operator.get("/api/v1/services")
    (offer,) = (one for one in offers if (one["regulation"], one["channel"]) == (way.regulation, "portal"))
    assert (offer["is_by_passport"], offer["completed"] > 0) == (True, True)

    staff = await operator.get("/api/v1/employees")
    clerk = await brisk_country.works_as(
        instance, next(one["iin"] for one in staff if one["authority"] == authority)
    )
    taken = (await clerk.call("GET", "/api/v1/export")).text
    given = (await operator.call("GET", f"/api/v1/providers/{authority}/export")).text
    assert taken == given
    assert shown["number"] in {one["number"] for one in csv.DictReader(StringIO(given))}
    assert citizen.person.iin not in given


@pytest.mark.parametrize("instance", WAYS)
async def test_gateway_workplace_refuses_what_is_not_the_askers_to_see(
    brisk_country: RunningCountry, instance: str
) -> None:
    error = await refused(brisk_country.operator(instance).get("/api/v1/providers/nowhere/cases"))
    assert (error.status, error.code) == (404, "authority-unknown")
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    for path, code in (
        ("services", "operator-only"),
        ("providers", "operator-only"),
        ("providers/kz-akm.employment.01/export", "operator-only"),
        ("export", "login-needed"),
    ):
        answer = await brisk_country.answer(instance, "GET", f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, code)
