"""Forbidden acts at the workplace: a stable code, and the case is unchanged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from shared.bus.persistence.tables import bus_tables
from shared.client import WorkplaceClient
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.passport_book import PassportBook
from tests.journeys.kit import OTHER_AUTHORITY, Citizen, RunningCountry, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

Act = Callable[[WorkplaceClient, str], Awaitable[Any]]

ACCEPT: Act = lambda place, case: place.accept_case(case)  # noqa: E731
DECIDE: Act = lambda place, case: place.decide_case(case, "positive")  # noqa: E731
SIGN: Act = lambda place, case: place.sign_decision(case)  # noqa: E731
DRAFT: Act = lambda place, case: place.get_draft(case)  # noqa: E731
LOOK: Act = lambda place, case: place.get_case(case)  # noqa: E731


async def brought(country: RunningCountry, citizen: Citizen, *acts: Act) -> str:
    """A new case on which these acts were done."""
    case = await citizen.apply()
    await country.arrived(case)
    for act in acts:
        await act(await country.clerk(), case)
    return case


async def stands(country: RunningCountry, case: str) -> tuple[Any, ...]:
    """Everything about the case that an act could change."""
    row = await (await country.clerk()).get_case(case)
    steps = await country.operator("is_mio").list_steps(case)
    sent = bus_tables(country.deployment.nodes["is_mio"].service.tables).sent
    query = select(sent.c.stream, sent.c.last).where(sent.c.stream.endswith(f"|{case}"))
    numbers = await country.runtime("is_mio").read(lambda session: session.execute(query).all())
    return row, steps, numbers


async def is_refused(country: RunningCountry, case: str, act: Act, status: int, code: str) -> None:
    """Check that the act is refused with this code and changes nothing."""
    stood = await stands(country, case)
    error = await refused(act(await country.clerk(), case))
    assert (error.status, error.code) == (status, code)
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert await stands(country, case) == stood


async def test_step_out_of_the_regulations_order_is_always_refused(country: RunningCountry) -> None:
    clerk, case = await country.clerk(), await brought(country, await country.citizen())
    await is_refused(country, case, DECIDE, 409, "step-out-of-order")
    await is_refused(country, case, SIGN, 404, "no-draft")
    await is_refused(country, case, DRAFT, 404, "no-draft")
    await ACCEPT(clerk, case)
    await is_refused(country, case, ACCEPT, 409, "step-already-done")
    await is_refused(country, case, SIGN, 404, "no-draft")
    await DECIDE(clerk, case)
    await is_refused(country, case, DECIDE, 409, "step-already-done")
    await is_refused(country, case, ACCEPT, 409, "step-already-done")
    await SIGN(clerk, case)
    await is_refused(country, case, SIGN, 409, "step-already-done")
    await is_refused(country, case, DECIDE, 409, "step-already-done")
    assert (await clerk.get_case(case))["stage"] == "completed"


def refuse_for(reason: str | None) -> Act:
    return lambda place, case: place.decide_case(case, "negative", reason)


async def test_refusal_without_a_reason_is_refused_itself(country: RunningCountry) -> None:
    case = await brought(country, await country.citizen(), ACCEPT)
    for reason in (None, "", "   "):
        await is_refused(country, case, refuse_for(reason), 422, "reason-missing")
    assert (await (await country.clerk()).decide_case(case, "negative", "нет в реестре"))["stage"] == "decided"


AKIM, DEPARTMENT = "kz-aty.akim.01", "kz-aty.employment.01"
NOT_THE_PROVIDER = (AKIM, OTHER_AUTHORITY, "kz.con.01", "nowhere")


async def akims_worker(country: RunningCountry, role: str) -> WorkplaceClient:
    staff = await country.operator("is_mio").get("/api/v1/employees")
    iin = next(row["iin"] for row in staff if (row["authority"], row["role"]) == (AKIM, role))
    return await country.works_as("is_mio", iin)


async def test_hand_over_to_a_wrong_office_is_refused_and_the_case_stays(country: RunningCountry) -> None:
    specialist = await akims_worker(country, "akim-specialist")
    iin, passport = country.stranger().iin, PassportBook.load().get_passport("KZ-ATY.6")
    body = {"regulation": passport.id, "channel": "akim", "applicant": iin}
    fields = make_valid_form(passport, iin, "akim")
    taken_in = await specialist.post("/api/v1/applications", {**body, "fields": fields})
    case = str(taken_in["correlation_id"])
    early = await refused(specialist.post(f"/api/v1/cases/{case}/steps/a2", {"office": DEPARTMENT}))
    assert (early.status, early.code, early.body["offices"]) == (403, "wrong-office", [])
    await (await akims_worker(country, "akim")).post(f"/api/v1/cases/{case}/steps/a2", {})
    for office in NOT_THE_PROVIDER:
        error = await refused(specialist.post(f"/api/v1/cases/{case}/steps/a3", {"office": office}))
        assert (error.status, error.code, DEPARTMENT in error.body["offices"]) == (403, "wrong-office", True)
        assert set(error.body["texts"]) == {"ru", "kk", "en"}
        assert [todo["step"] for todo in await specialist.get(f"/api/v1/cases/{case}/todo")] == ["a3"]
    taken = await specialist.post(f"/api/v1/cases/{case}/steps/a3", {"office": DEPARTMENT})
    assert taken["authority"] == DEPARTMENT


async def test_employee_of_another_authority_sees_and_does_nothing(country: RunningCountry) -> None:
    case = await brought(country, await country.citizen(), ACCEPT, DECIDE)
    stood, other = await stands(country, case), await country.clerk(OTHER_AUTHORITY)
    for act in (LOOK, ACCEPT, DECIDE, SIGN, DRAFT):
        error = await refused(act(other, case))
        assert (error.status, error.code) == (403, "other-authority")
        assert set(error.body["texts"]) == {"ru", "kk", "en"}
    for document in ("application", "output"):
        error = await refused(other.call("GET", f"/api/v1/cases/{case}/{document}"))
        assert (error.status, error.code) == (403, "other-authority")
    assert case not in {one["correlation_id"] for one in await other.list_cases()}
    assert await stands(country, case) == stood


async def test_employee_of_another_authority_does_not_learn_how_far_a_case_is(country: RunningCountry) -> None:
    case = await brought(country, await country.citizen())
    other = await country.clerk(OTHER_AUTHORITY)
    told = {(await refused(act(other, case))).code for act in (LOOK, ACCEPT, DECIDE, SIGN, DRAFT)}
    assert told == {"other-authority"}


async def test_case_that_is_not_there_is_unknown(country: RunningCountry) -> None:
    clerk = await country.clerk()
    for act in (LOOK, ACCEPT, DECIDE, SIGN, DRAFT):
        error = await refused(act(clerk, "KZ-YUZ-1999-0000001"))
        assert (error.status, error.code) == (404, "case-unknown")
        assert set(error.body["texts"]) == {"ru", "kk", "en"}


async def test_decision_that_is_malformed_decides_nothing(country: RunningCountry) -> None:
    case = await brought(country, await country.citizen(), ACCEPT)
    for decision in (
        {"outcome": "perhaps"},
        {"reason": "x"},
        {"outcome": "positive", "signed": True},
        {"outcome": 1},
    ):
        error = await refused((await country.clerk()).post(f"/api/v1/cases/{case}/decision", decision))
        assert (error.status, error.code) == (422, "request-malformed")
    assert (await (await country.clerk()).get_case(case))["stage"] == "in-work"


async def test_stage_that_is_unknown_is_no_list(country: RunningCountry) -> None:
    error = await refused((await country.clerk()).list_cases("forgotten"))
    assert (error.status, error.code) == (422, "request-malformed")


async def test_workplace_lets_nobody_work_without_a_login(country: RunningCountry) -> None:
    case = await brought(country, await country.citizen())
    for method, path in (
        ("GET", ""),
        ("GET", f"/{case}"),
        ("GET", f"/{case}/application"),
        ("GET", f"/{case}/draft"),
        ("GET", f"/{case}/output"),
        ("POST", f"/{case}/accept"),
    ):
        answer = await country.answer("is_mio", method, f"/api/v1/cases{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "login-needed"), path
