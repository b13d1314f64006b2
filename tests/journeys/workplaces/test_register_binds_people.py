"""Employees cannot grant what a register does not allow."""

from __future__ import annotations

from typing import Any

import pytest

from shared.client import WorkplaceClient
from tests.journeys.all_processes import Way, apply
from tests.journeys.kit import RunningCountry, eventually, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

REFERRAL = Way("KZ-ATY.3", "portal", "main", is_granted=False)
INSTANCE = "is_rynok_truda"


async def next_step(country: RunningCountry, case: str) -> tuple[WorkplaceClient, Any]:
    """The step that waits for people at «Рынок труда», and an employee who may take it."""
    authority = REFERRAL.passport.directories.departments[0].code
    staff = await country.operator(INSTANCE).get("/api/v1/employees")
    ours = [one for one in staff if one["authority"] == authority]
    anyone = await country.works_as(INSTANCE, ours[0]["iin"])
    (todo,) = await eventually(
        lambda: anyone.get(f"/api/v1/cases/{case}/todo"), lambda steps: bool(steps) and steps[0]["is_here"]
    )
    taker = next(one for one in ours if one["role"] in todo["roles"])
    return await country.works_as(INSTANCE, taker["iin"]), todo


async def test_employee_cannot_refer_a_person_whom_nobody_registered(country: RunningCountry) -> None:
    citizen = await country.newcomer(is_even=False)
    case = await apply(citizen, REFERRAL)
    await eventually(lambda: country.operator(INSTANCE).list_steps(case), lambda steps: bool(steps))
    place, todo = await next_step(country, case)
    while not todo["choose"]:
        await place.post(f"/api/v1/cases/{case}/steps/{todo['step']}", {})
        place, todo = await next_step(country, case)
    path = f"/api/v1/cases/{case}/steps/{todo['step']}"
    error = await refused(place.post(path, {"answer": "met"}))
    assert (error.status, error.code) == (403, "not-registered")
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert (await place.get_case(case))["outcome"] is None, "the refused act left nothing"
    standing = {"region": "KZ-ATY", "standing": "seeker"}
    await country.operator(INSTANCE).call("PUT", f"/api/v1/registrations/{citizen.person.iin}", json=standing)
    assert (await place.post(path, {"answer": "met"}))["outcome"] == "positive"
