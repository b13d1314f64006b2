"""The queue for kindergartens (South Kazakhstan, annex 1, clauses 6 to 8): who finds no place gets a notice of the
queue, places are offered in its order, a written refusal keeps the place in it, a consent brings the referral.
"""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from shared.client import WorkplaceClient
from shared.contracts.documents import read_output, read_queue_notice
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from shared.regulations.forms.valid_form import make_valid_form
from tests.journeys.all_processes import Way
from tests.journeys.kit import EMPLOYEE_PASSWORD, Citizen, RunningCountry, eventually, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

BY_PORTAL = Way("KZ-YUZ.1", "portal", "main", is_granted=True)
GARDEN = "Детский сад № 7 «Балапан»"


async def grant_by_portal(country: RunningCountry, desk: WorkplaceClient, n: int) -> tuple[Citizen, str]:
    """A parent's application by the portal to department ``n``, decided in the parent's favour."""
    parent, passport = await country.newcomer(), BY_PORTAL.passport
    authority, fields = passport.directories.departments[n].code, make_valid_form(passport, parent.person.iin)
    case = str((await parent.portal.apply_for_service(parent.signer, passport.id, authority, fields))["id"])
    await eventually(lambda: waiting_steps(desk, case), lambda steps: "t5" in steps)
    await desk.accept_case(case)
    await desk.decide_case(case, "positive")
    return parent, case


async def grant_in_person(country: RunningCountry, desk: WorkplaceClient) -> str:
    """A parent's application at the department, decided in the parent's favour."""
    iin = country.stranger().iin
    body = {"regulation": "KZ-YUZ.1", "channel": "provider", "applicant": iin}
    taken = await desk.post(
        "/api/v1/applications", {**body, "fields": make_valid_form(BY_PORTAL.passport, iin, BY_PORTAL.channel)}
    )
    case = str(taken["correlation_id"])
    await desk.decide_case(case, "positive")
    return case


async def waiting_steps(desk: WorkplaceClient, case: str) -> list[str]:
    if not any(row["correlation_id"] == case for row in await desk.list_cases()):
        return []
    return [todo["step"] for todo in await desk.get(f"/api/v1/cases/{case}/todo") if todo["is_here"]]


async def take(desk: WorkplaceClient, case: str, step: str, **answer: Any) -> Any:
    return await desk.post(f"/api/v1/cases/{case}/steps/{step}", answer)


async def queue_of(desk: WorkplaceClient) -> list[tuple[int, str, str]]:
    rows = await desk.get("/api/v1/places/queue", regulation="KZ-YUZ.1")
    return [(row["position"], row["correlation_id"], row["status"]) for row in rows]


async def announce(desk: WorkplaceClient, organisation: str) -> str:
    place = {"regulation": "KZ-YUZ.1", "organisation": organisation}
    return str((await desk.post("/api/v1/places", place))["id"])


async def answered_question(parent: Citizen, case: str, step: str, answer: str | None, text: str | None) -> Any:
    await eventually(
        lambda: parent.portal.get_open_question(case), lambda asked: step in [one["step"] for one in asked]
    )
    return await parent.portal.answer_question(case, step, answer, text)


async def queued_parent(country: RunningCountry, n: int) -> tuple[WorkplaceClient, Citizen, str]:
    """A parent by the portal, the first in the queue of the department with this number, which is a test's own."""
    desk = await country.clerk(BY_PORTAL.passport.directories.departments[n].code)
    parent, case = await grant_by_portal(country, desk, n)
    await take(desk, case, "q10", answer="queued")
    await parent.sees(case, "в очереди")
    return desk, parent, case


async def test_applicant_without_a_place_gets_the_notice_signed_and_in_the_cabinet(
    country: RunningCountry,
) -> None:
    desk, parent, case = await queued_parent(country, 0)
    assert (await parent.portal.get_application(case))["outcome"] is None
    told = await parent.portal.list_notifications()
    assert next(row["kind"] for row in told if row["application_id"] == case) == "queued"
    shown = await parent.portal.get(f"/api/v1/applications/{case}/notice")
    number = (await desk.get_case(case))["number"]
    assert (shown["document"]["number"], shown["document"]["position"]) == (number, 1)
    assert number in shown["document"]["text"]
    cms = await parent.portal.get_document_cms(case, "notice")
    opened = signed_data.open_signed(cms)
    assert read_queue_notice(opened.content).applicant == parent.person.iin
    department = BY_PORTAL.passport.directories.departments[0].code
    assert signer_info(opened.certificate).iin == (await country.employee(department))["iin"]
    assert (await desk.call("GET", f"/api/v1/cases/{case}/notice")).content == cms


async def test_notice_is_printed_for_an_applicant_in_person(country: RunningCountry) -> None:
    desk, _, case = await queued_parent(country, 1)
    second = await grant_in_person(country, desk)
    assert [row[1] for row in await queue_of(desk)] == [case]
    await take(desk, second, "q10", answer="queued")
    assert await queue_of(desk) == [(1, case, "waiting"), (2, second, "waiting")]
    (paper,) = [row for row in await desk.get(f"/api/v1/cases/{second}/receipts") if row["kind"] == "queued"]
    page = await country.answer("is_mio", "GET", f"/api/v1/receipts/{paper['number']}/page?lang=ru")
    for words in ("место в очереди", ">2<", str((await desk.get_case(second))["number"])):
        assert words in page.text


async def test_refusal_in_writing_keeps_the_place_in_the_queue_and_the_next_is_offered_the_place(
    country: RunningCountry,
) -> None:
    desk, parent, case = await queued_parent(country, 2)
    second = await grant_in_person(country, desk)
    await take(desk, second, "q10", answer="queued")
    place = await announce(desk, GARDEN)
    early = await refused(desk.post(f"/api/v1/places/{place}/offer", {"case": second}))
    assert (early.status, early.code) == (409, "queue-out-of-order")
    assert (await refused(take(desk, second, "w10:wait", answer="received"))).code == "queue-out-of-order"
    await desk.post(f"/api/v1/places/{place}/offer", {})
    assert await queue_of(desk) == [(1, case, "offered"), (2, second, "waiting")]
    taken = await refused(desk.post(f"/api/v1/places/{place}/offer", {}))
    assert (taken.status, taken.code) == (409, "place-taken")

    await answered_question(parent, case, "w11", "unmet", None)
    wordless = await refused(answered_question(parent, case, "w12", None, None))
    assert (wordless.status, wordless.code) == (422, "words-missing")
    await answered_question(parent, case, "w12", None, "далеко от дома")
    await eventually(lambda: queue_of(desk), lambda rows: rows[0] == (1, case, "waiting"))
    (offer,) = (await desk.get(f"/api/v1/cases/{case}/queue"))["offers"]
    assert (offer["organisation"], offer["answer"], offer["words"]) == (GARDEN, "declined", "далеко от дома")
    again = await refused(desk.post(f"/api/v1/places/{place}/offer", {"case": case}))
    assert (again.status, again.code) == (409, "place-declined")
    assert (await desk.post(f"/api/v1/places/{place}/offer", {}))["correlation_id"] == second
    other = await announce(desk, "Детский сад № 9")
    assert (await desk.post(f"/api/v1/places/{other}/offer", {}))["correlation_id"] == case


async def test_consent_brings_the_referral_to_the_place_once(country: RunningCountry) -> None:
    desk, parent, case = await queued_parent(country, 3)
    second = await grant_in_person(country, desk)
    await take(desk, second, "q10", answer="queued")
    for garden in ("Детский сад № 9", GARDEN):
        await desk.post(f"/api/v1/places/{await announce(desk, garden)}/offer", {})

    await answered_question(parent, case, "w11", "met", None)
    late = await refused(parent.portal.answer_question(case, "w11", "met"))
    assert (late.status, late.code) == (409, "step-already-done")
    await eventually(lambda: waiting_steps(desk, case), lambda steps: "t11" in steps)
    await desk.sign_decision(case)
    assert (await parent.is_served(case))["outcome"] == "positive"
    assert "Детский сад № 9" in (await parent.portal.get_output(case))["document"]["text"]

    assert (await refused(take(desk, second, "w12", text="нет"))).code == "step-out-of-order"
    await take(desk, second, "w11", answer="met")
    twice = await refused(take(desk, second, "w11", answer="met"))
    assert (twice.status, twice.code) == (409, "step-already-done")
    await desk.sign_decision(second)
    content = (await desk.call("GET", f"/api/v1/cases/{second}/output")).content
    assert GARDEN in read_output(signed_data.open_signed(content).content).text
    assert await queue_of(desk) == []
    assert [row["status"] for row in await desk.get("/api/v1/places")] == ["filled", "filled"]


async def test_queue_takes_nobody_for_whom_a_place_is_free_and_lets_nobody_pass(country: RunningCountry) -> None:
    authority = BY_PORTAL.passport.directories.departments[4].code
    desk = await country.clerk(authority)
    first, second = await grant_in_person(country, desk), await grant_in_person(country, desk)
    place = await announce(desk, GARDEN)
    free = await refused(take(desk, first, "q10", answer="queued"))
    assert (free.status, free.code) == (409, "place-vacant")
    await take(desk, first, "q10", answer="vacant")
    assert (await refused(desk.get(f"/api/v1/cases/{first}/notice"))).code == "no-notice"
    passing = await refused(take(desk, second, "q10", answer="vacant"))
    assert (passing.status, passing.code) == (409, "queue-out-of-order")
    await desk.post(f"/api/v1/places/{place}/offer", {})
    await take(desk, first, "w11", answer="unmet")
    for words in ({}, {"text": " "}):
        wordless = await refused(take(desk, first, "w12", **words))
        assert (wordless.status, wordless.code) == (422, "words-missing")
    await take(desk, first, "w12", text="сад далеко")
    assert await queue_of(desk) == [(1, first, "waiting")]
    empty = await refused(desk.post(f"/api/v1/places/{place}/offer", {}))
    assert (empty.status, empty.code) == (409, "nobody-waits")
    for call, status, code in (
        (desk.post("/api/v1/places/none/offer", {}), 404, "place-unknown"),
        (desk.post("/api/v1/places", {"regulation": "KZ-YUZ.3", "organisation": "x"}), 409, "no-place-queue"),
        (desk.get(f"/api/v1/cases/{second}/queue"), 404, "not-in-queue"),
        (desk.post(f"/api/v1/places/{place}/offer", {"case": second}), 409, "step-out-of-order"),
    ):
        error = await refused(call)
        assert (error.status, error.code) == (status, code)


async def test_queue_is_shown_on_a_page_to_employees_of_the_department(country: RunningCountry) -> None:
    authority = BY_PORTAL.passport.directories.departments[5].code
    desk, employee = await country.clerk(authority), await country.employee(authority)
    case = await grant_in_person(country, desk)
    await take(desk, case, "q10", answer="queued")
    token = await enter_as(country, employee["iin"])
    page = await country.answer("is_mio", "GET", "/places?lang=ru", headers={"Cookie": f"egov-is_mio={token}"})
    assert page.status_code == 200
    assert str((await desk.get_case(case))["number"]) in page.text
    for words in ("ждёт места", "Свободных мест нет", "Отдел образования"):
        assert words in str(etree.HTML(page.text).xpath("string()"))
    stranger = await country.answer("is_mio", "GET", "/places?lang=kk")
    assert (stranger.status_code, stranger.headers["location"].partition("?")[0]) == (303, "login")


async def enter_as(country: RunningCountry, iin: str) -> str:
    """The token of an employee's new session."""
    credentials = {"iin": iin, "password": EMPLOYEE_PASSWORD}
    return str((await country.answer("is_mio", "POST", "/api/v1/login", json=credentials)).json()["token"])
