"""The back offices' registers: their decisions, and the entries that grants make in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from shared.regulations.forms.valid_form import make_valid_form
from tests.journeys.all_processes import Way, settled
from tests.journeys.kit import Citizen, RunningCountry, eventually, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

NEEDY = Way("KZ-ATY.11", "portal", "main", is_granted=True)
REFERRAL = Way("KZ-ATY.3", "portal", "main", is_granted=True)


def permit(variant: str) -> Way:
    return Way("KZ-ATY.2", "portal", variant, is_granted=True)


async def decided(citizen: Citizen, way: Way, **fields: str) -> Any:
    """Wait for the decision of a citizen's application."""
    authority = way.passport.directories.departments[0].code
    variant = None if way.variant == "main" else way.variant
    given = {**make_valid_form(way.passport, citizen.person.iin, way.channel), **fields}
    case = (await citizen.portal.apply_for_service(citizen.signer, way.regulation, authority, given, variant))[
        "id"
    ]
    return await settled(citizen, case)


async def listed(country: RunningCountry, instance: str, path: str, count: int = 1, **wanted: Any) -> Any:
    """Wait until an operator's list has ``count`` rows."""
    operator = country.operator(instance)
    return await eventually(lambda: operator.get(f"/api/v1/{path}", **wanted), lambda rows: len(rows) == count)


async def test_grant_of_social_help_stands_in_the_register_with_its_order(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.newcomer()
    told = await decided(citizen, NEEDY)
    (row,) = await listed(brisk_country, "is_esobes", "recipients", iin=citizen.person.iin, state="running")
    assert (row["id"], row["service_type"]) == (told["id"], "needy-citizens-assistance")
    since, until = date.fromisoformat(row["since"]), date.fromisoformat(row["until"])
    assert until - since == timedelta(days=364)
    operator = brisk_country.operator("is_esobes")
    rows = await eventually(
        lambda: operator.get("/api/v1/recipients", iin=citizen.person.iin),
        lambda found: (found[0]["order"] or {}).get("state") is not None,
    )
    assert rows[0]["order"]["state"] == "executed"


async def test_grant_of_the_same_help_is_not_given_twice_at_a_time(brisk_country: RunningCountry) -> None:
    citizen, operator = await brisk_country.newcomer(), brisk_country.operator("is_esobes")
    assert (await decided(citizen, NEEDY))["outcome"] == "positive"
    (row,) = await listed(brisk_country, "is_esobes", "recipients", iin=citizen.person.iin, state="running")
    again = await decided(citizen, NEEDY)
    assert again["outcome"] == "negative"
    output = (await citizen.portal.get_output(again["id"]))["document"]
    assert output["reason"] == "Заявитель уже получает эту услугу"
    assert str(output["text_kk"]).endswith("Өтініш беруші бұл қызметті алып жүр.")
    path = f"/api/v1/recipients/{row['id']}/end"
    late = await refused(operator.post(path, {"last_day": "2999-01-01"}))
    assert (late.status, late.code) == (409, "end-too-late")
    await operator.post(path, {"last_day": str(date.fromisoformat(row["since"]) - timedelta(days=1))})
    assert (await decided(citizen, NEEDY))["outcome"] == "positive"


async def test_refused_applicant_receives_nothing(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.newcomer(is_even=False)
    before = await brisk_country.operator("is_esobes").get("/api/v1/recipients", iin=citizen.person.iin)
    assert (await decided(citizen, NEEDY))["outcome"] == "negative"
    after = await brisk_country.operator("is_esobes").get("/api/v1/recipients", iin=citizen.person.iin)
    assert after == before


async def test_referral_takes_a_place_at_a_vacancy_of_the_region(brisk_country: RunningCountry) -> None:
    citizen, operator = await brisk_country.newcomer(), brisk_country.operator("is_rynok_truda")
    vacancy = {"region": "KZ-ATY", "profession": "слесарь", "profession_kk": "слесарь", "employer": "ТОО «Ключ»"}
    await operator.call("PUT", "/api/v1/vacancies/KZ-ATY-V9001", json={**vacancy, "places": 1})
    told = await decided(citizen, REFERRAL, vacancy="KZ-ATY-V9001")
    assert told["outcome"] == "positive"
    document = (await citizen.portal.get_output(told["id"]))["document"]
    assert document["text"].endswith("Вакансия KZ-ATY-V9001: слесарь, ТОО «Ключ».")
    assert str(document["text_kk"]).endswith("KZ-ATY-V9001 бос орны: слесарь, ТОО «Ключ».")
    (row,) = await listed(brisk_country, "is_rynok_truda", "referrals", iin=citizen.person.iin)
    assert (row["case_id"], row["vacancy"]["number"], row["vacancy"]["places"]) == (told["id"], "KZ-ATY-V9001", 0)
    other = await decided(await brisk_country.newcomer(), REFERRAL, vacancy="KZ-ATY-V9001")
    assert other["outcome"] == "negative"
    listing = await brisk_country.answer("is_rynok_truda", "GET", "/api/v1/vacancies?region=KZ-ATY&limit=1000")
    assert "KZ-ATY-V9001" not in {one["number"] for one in listing.json()}, "a full vacancy is not offered"


async def test_referral_is_decided_by_who_is_registered(brisk_country: RunningCountry) -> None:
    citizen, operator = await brisk_country.newcomer(is_even=False), brisk_country.operator("is_rynok_truda")
    refusal = await decided(citizen, REFERRAL)
    assert refusal["reason"] == "Заявитель не состоит на учёте ищущих работу и безработных"
    path = f"/api/v1/registrations/{citizen.person.iin}"
    assert (await operator.get(path))["standing"] == "employed"
    await operator.call("PUT", path, json={"region": "KZ-ATY", "standing": "seeker"})
    assert (await decided(citizen, REFERRAL))["outcome"] == "positive"


async def test_permit_is_written_by_its_issue_and_everybody_may_check_it(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.newcomer()
    told = await decided(citizen, permit("employer-issue"))
    rows = await listed(brisk_country, "gbd_elicense", "permits", 3, holder=citizen.person.iin)
    (row,) = (one for one in rows if one["case_id"] == told["id"])
    assert (row["kind"], row["state"], row["replaces"]) == ("employer", "issued", None)
    answer = await brisk_country.answer("gbd_elicense", "GET", f"/api/v1/permits/{row['number']}/check")
    assert answer.json() == {
        "number": row["number"],
        "kind": "employer",
        "state": "issued",
        "is_in_force": True,
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "holder": f"…{citizen.person.iin[-4:]}",
    }


async def permits_of(country: RunningCountry, citizen: Citizen, kind: str) -> dict[str, Any]:
    rows = await country.operator("gbd_elicense").get("/api/v1/permits", holder=citizen.person.iin, kind=kind)
    return {one["number"]: one for one in rows}


async def test_permit_is_prolonged_by_an_extension_by_a_year(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.newcomer()
    ((number, before),) = (await permits_of(brisk_country, citizen, "worker")).items()
    assert (await decided(citizen, permit("worker-issue-or-extension")))["outcome"] == "positive"
    after = await eventually(
        lambda: permits_of(brisk_country, citizen, "worker"), lambda found: found[number]["state"] == "extended"
    )
    assert list(after) == [number]
    assert after[number]["valid_to"] == before["valid_to"].replace(before["valid_to"][:4], _next(before))


def _next(row: dict[str, Any]) -> str:
    return str(int(row["valid_to"][:4]) + 1)


async def test_permit_that_is_reissued_stands_in_the_place_of_the_old_one(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.newcomer()
    ((number, before),) = (await permits_of(brisk_country, citizen, "employer")).items()
    assert (await decided(citizen, permit("employer-reissue")))["outcome"] == "positive"
    after = await eventually(lambda: permits_of(brisk_country, citizen, "employer"), lambda found: len(found) == 2)
    (made,) = (one for one in after.values() if one["number"] != number)
    assert (after[number]["state"], made["state"], made["replaces"]) == ("reissued", "issued", number)
    assert made["valid_to"] == before["valid_to"]
    checked = await brisk_country.answer("gbd_elicense", "GET", f"/api/v1/permits/{number}/check")
    assert checked.json()["is_in_force"] is False


async def test_permit_that_is_not_held_leaves_nothing_to_extend(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.newcomer(is_even=False)
    assert await permits_of(brisk_country, citizen, "employer") == {}
    told = await decided(citizen, permit("employer-extension"))
    assert told["outcome"] == "negative"
    assert await permits_of(brisk_country, citizen, "employer") == {}


@pytest.mark.parametrize(
    ("instance", "method", "path", "body", "status", "code"),
    [
        ("is_esobes", "GET", "recipients?iin=1", None, 422, "iin-length"),
        ("is_esobes", "GET", "recipients?state=perhaps", None, 422, "request-malformed"),
        ("is_esobes", "POST", "recipients/nothing/end", {"last_day": "2026-01-01"}, 404, "recipient-unknown"),
        ("is_esobes", "POST", "recipients/nothing/end", {"last_day": "soon"}, 422, "request-malformed"),
        ("is_rynok_truda", "GET", "registrations/850101100022", None, 404, "person-not-registered"),
        (
            "is_rynok_truda",
            "PUT",
            "registrations/1",
            {"region": "KZ-ATY", "standing": "seeker"},
            422,
            "iin-length",
        ),
        ("is_rynok_truda", "PUT", "vacancies/V", {"places": -1}, 422, "request-malformed"),
        ("is_rynok_truda", "GET", "vacancies?limit=0", None, 422, "request-malformed"),
        ("gbd_elicense", "GET", "permits/KZ00/check", None, 404, "permit-unknown"),
        ("gbd_elicense", "GET", "permits?holder=850101100023", None, 422, "iin-check-digit"),
        ("gbd_elicense", "GET", "permits?state=lost", None, 422, "request-malformed"),
    ],
)
async def test_register_question_that_is_wrong_is_refused_in_three_languages(
    brisk_country: RunningCountry,
    instance: str,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    status: int,
    code: str,
) -> None:
    error = await refused(brisk_country.operator(instance).call(method, f"/api/v1/{path}", json=body))
    assert (error.status, error.code) == (status, code)
    assert set(error.body["texts"]) == {"ru", "kk", "en"}


@pytest.mark.parametrize(
    ("instance", "path"),
    [
        ("is_esobes", "recipients"),
        ("is_rynok_truda", "registrations"),
        ("is_rynok_truda", "referrals"),
        ("gbd_elicense", "permits"),
    ],
)
async def test_register_shows_people_to_the_operator_only(
    brisk_country: RunningCountry, instance: str, path: str
) -> None:
    answer = await brisk_country.answer(instance, "GET", f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (401, "operator-only")
