"""Refusals at the windows of a service centre, of an authority and of an аким."""

from __future__ import annotations

import pytest

from tests.journeys.centre import Centre
from tests.journeys.kit import RunningCountry, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

NOWHERE = "kz-akm.nowhere.01"
GROWN_UP = {"child_iin": "850101100022"}
"""An allowance for children, requested for a person born in 1885."""


@pytest.mark.parametrize(
    ("regulation", "channel", "change", "status", "code"),
    [
        ("KZ-AKM.5", "con", {"regulation": "KZ-SEV.7"}, 404, "regulation-unknown"),
        ("KZ-AKM.5", "con", {"regulation": "KZ-AKM.1"}, 403, "channel-not-given"),
        ("KZ-AKM.5", "con", {"regulation": "KZ-YUZ.3"}, 403, "service-not-here"),
        ("KZ-AKM.5", "con", {"channel": "provider"}, 403, "not-taken-here"),
        ("KZ-AKM.5", "con", {"applicant": "850101100021"}, 422, "iin-check-digit"),
        ("KZ-AKM.5", "con", {"authority": NOWHERE}, 404, "authority-unknown"),
        ("KZ-AKM.5", "con", {"variant": "another"}, 404, "variant-not-found"),
        ("KZ-AKM.13", "con", {"variant": None}, 422, "variant-needed"),
        ("KZ-AKM.5", "con", {"ticket": "А-777"}, 404, "ticket-unknown"),
        ("KZ-AKM.5", "provider", {"ticket": "А-777"}, 422, "no-queue"),
        ("KZ-AKM.5", "provider", {"channel": "con"}, 403, "not-taken-here"),
        ("KZ-AKM.5", "provider", {"channel": "akim"}, 403, "channel-not-given"),
        ("KZ-AKM.5", "provider", {"applicant": "85010110002x"}, 422, "iin-digits"),
        ("KZ-AKM.5", "provider", {"authority": NOWHERE}, 404, "authority-unknown"),
        ("KZ-AKM.2", "akim", {"regulation": "KZ-SEV.7"}, 404, "regulation-unknown"),
        ("KZ-AKM.2", "akim", {"fields": GROWN_UP}, 403, "not-entitled"),
        ("KZ-AKM.2", "provider", {"fields": GROWN_UP}, 403, "not-entitled"),
        ("KZ-ATY.6", "con", {"fields": GROWN_UP}, 403, "not-entitled"),
        ("KZ-AKM.2", "akim", {"missing": ["справка"]}, 403, "papers-missing"),
    ],
)
async def test_intake_that_cannot_be_is_refused_in_three_languages(
    country: RunningCountry, regulation: str, channel: str, change: dict[str, object], status: int, code: str
) -> None:
    variant = "decision" if regulation == "KZ-AKM.13" else "main"
    centre = await Centre.of(country, regulation, channel, variant)
    given = {**centre.papers(country.stranger().iin), **change}
    told = await refused(centre.desk.post("/api/v1/applications", given))
    assert (told.status, told.code) == (status, code)
    assert set(told.body["texts"]) == {"ru", "kk", "en"}


async def test_representative_is_somebody_else_with_a_number_that_holds(country: RunningCountry) -> None:
    centre, iin = await Centre.of(country, "KZ-ATY.6"), country.stranger().iin
    same = await refused(centre.takes_in(iin, representative={"iin": iin, "power_number": "E-000001"}))
    assert same.code == "representative-same"
    wrong = {"iin": "850101100021", "power_number": "E-000001"}
    assert (await refused(centre.takes_in(iin, representative=wrong))).code == "iin-check-digit"


@pytest.mark.parametrize(
    ("regulation", "channel"), [("KZ-AKM.5", "con"), ("KZ-AKM.5", "provider"), ("KZ-AKM.2", "akim")]
)
async def test_intake_of_the_same_twice_is_refused_while_the_first_is_not_settled(
    country: RunningCountry, regulation: str, channel: str
) -> None:
    centre, iin = await Centre.of(country, regulation, channel), country.stranger().iin
    first = await centre.takes_in(iin)
    told = await refused(centre.takes_in(iin))
    assert (told.status, told.code, told.body["case"]) == (
        409,
        "application-open-already",
        first["correlation_id"],
    )


async def test_visitor_whom_the_centre_turned_away_may_come_again(country: RunningCountry) -> None:
    centre, iin = await Centre.of(country, "KZ-AKM.12"), country.stranger().iin
    await centre.takes_in(iin, missing=["удостоверение личности"])
    assert (await centre.takes_in(iin))["stage"] != "completed"


async def test_operator_of_another_centre_sees_and_does_nothing(country: RunningCountry) -> None:
    here, there = await Centre.of(country, "KZ-YUZ.3"), await Centre.of(country, "KZ-AKM.5")
    case = await here.begun(country.stranger())
    for what in ("answers", "receipts", "todo"):
        assert (await refused(there.about(case, what))).code == "other-authority"
    assert (await refused(there.step(case, "t1"))).code == "other-authority"
    handing = there.desk.post(f"/api/v1/cases/{case}/hand-over", {"iin": "850101100022"})
    assert (await refused(handing)).code == "other-authority"


async def test_step_before_its_turn_and_a_result_that_is_not_there_are_refused(country: RunningCountry) -> None:
    centre, person = await Centre.of(country, "KZ-AKM.5"), country.stranger()
    case = await centre.begun(person)
    early = await refused(centre.step(case, "w4"))
    assert (early.status, early.code, early.body["missing"]) == (409, "step-out-of-order", ["w3"])
    assert (await refused(centre.step(case, "w99"))).code == "step-not-found"
    assert (await refused(centre.step(case, "w3", answer="perhaps"))).code == "answer-needed"
    handing = centre.desk.post(f"/api/v1/cases/{case}/hand-over", {"iin": person.iin})
    assert (await refused(handing)).code == "nothing-to-hand-over"


async def test_office_worker_does_not_decide(country: RunningCountry) -> None:
    office = await Centre.of(country, "KZ-AKM.6", "provider")
    case = await office.begun(country.stranger())
    staff = await country.operator("is_mio").get("/api/v1/employees")
    places = {one.code for one in office.way.passport.directories.departments}
    heads = [one for one in staff if one["authority"] in places and one["role"] == "head"]
    mine = (await office.desk.get_case(case))["authority"]
    head = await country.works_as("is_mio", next(one["iin"] for one in heads if one["authority"] == mine))
    todo = next(one for one in await head.get(f"/api/v1/cases/{case}/todo") if one["is_here"])
    assert todo["roles"] == ["head"]
    wrong = await refused(office.step(case, todo["step"]))
    assert (wrong.status, wrong.code) == (403, "role-refused")
    await head.post(f"/api/v1/cases/{case}/steps/{todo['step']}", {})
    told = await refused(office.desk.decide_case(case, "positive"))
    assert (told.status, told.code, told.body["roles"]) == (403, "role-refused", ["executor"])


@pytest.mark.parametrize(
    ("regulation", "channel", "title"),
    [
        ("KZ-AKM.5", "provider", "расписка о приеме соответствующих документов"),
        ("KZ-AKM.18", "provider", "талон о приеме соответствующих документов"),
        ("KZ-AKM.2", "akim", "расписка, выданная услугополучателю"),
    ],
)
async def test_office_of_an_authority_hands_its_own_receipt_out(
    country: RunningCountry, regulation: str, channel: str, title: str
) -> None:
    office, person = await Centre.of(country, regulation, channel), country.stranger()
    case = await office.begun(person)
    (receipt,) = await office.about(case, "receipts")
    assert (receipt["kind"], receipt["title"]) == ("accepted", title)
    number = (await office.desk.get_case(case))["number"]
    first = receipt["lines"][0]
    assert first["value"].startswith(number) or first["label"] == "дата регистрации"


async def test_receipts_are_none_where_the_act_has_none(country: RunningCountry) -> None:
    office = await Centre.of(country, "KZ-YUZ.3", "provider")
    case = await office.begun(country.stranger())
    assert await office.about(case, "receipts") == []
