"""What the centre's pages refuse: strangers, foreign forms, hostile texts, another centre's case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from services.is_con.pages.visits.visit_site import PAGES as VISITS
from services.is_con.pages.window.window_site import SITE
from shared.contracts.identifiers import make_iin
from shared.regulations.forms.fields import list_form_fields
from shared.regulations.passport_book import PassportBook
from shared.web.page_routes import PageRoute
from shared.workplace.pages.intake.intake_form import FIELD_PREFIX, SAME_PERSON
from shared.workplace.pages.intake.intake_sheets import WORDS as INTAKE_WORDS
from tests.journeys.centre import Centre
from tests.journeys.kit import RunningCountry, eventually
from tests.pages.centre.window_client import WindowClient
from tests.pages.centre_pages import CENTRE, CentreContent, enter_as_operator
from tests.pages.kit.rooms import RoomStage

HOSTILE = """'"></script><script>alert(1)</script><img src=x onerror=alert(1)>"""
OPERATOR = "operator"


@pytest.fixture
def content(stage: RoomStage) -> CentreContent:
    made: CentreContent = stage.content
    return made


@pytest.fixture
def window(stage: RoomStage, content: CentreContent) -> WindowClient:
    return WindowClient(stage, content.token)


def pages_with_login(stage: RoomStage) -> Iterator[tuple[str, str]]:
    """Method and path of every page of the windows, the names in a path filled."""
    for route in stage.served.country.deployment.nodes["is_con"].app.routes:
        if isinstance(route, PageRoute) and route.site.login and route.site.pages.static is SITE.pages.static:
            for method in sorted(route.methods or ()):
                yield method, re.sub(r"\{\w+\}", "x", route.path)


def test_page_of_a_window_leads_a_stranger_to_the_login(stage: RoomStage) -> None:
    stranger = WindowClient(stage)
    token = stranger.form_token("/login")
    asked = set(pages_with_login(stage))
    assert len(asked) > 15
    for method, path in asked:
        answer = stranger.request(method, path, data={"form-token": token} if method == "POST" else None)
        assert (answer.status_code, "login" in answer.headers.get("location", "")) == (303, True), path


def test_session_that_ended_leads_to_the_login_and_does_nothing(stage: RoomStage, content: CentreContent) -> None:
    served = stage.served
    window = WindowClient(stage, served.wait_for(enter_as_operator(served.country, CENTRE)))
    token = window.form_token("/window")
    headers = {"Authorization": f"Bearer {window.cookies['egov-is_con']}"}
    assert window.request("POST", "/api/v1/logout", headers=headers).status_code == 204
    gone = window.request("POST", "/window/call", data={"form-token": token, "window": "5", "purpose": ""})
    assert (gone.status_code, "login" in gone.headers["location"]) == (303, True)
    assert window.get("/window").headers["location"].endswith("login?next=window&over=1")


@pytest.mark.parametrize("path", ["/window/call", "/intake/KZ-AKM.5", "/visits/x/hand-over"])
def test_form_of_another_page_or_visitor_is_refused(
    stage: RoomStage, window: WindowClient, content: CentreContent, path: str
) -> None:
    other = WindowClient(stage, content.other_token).form_token("/window")
    own = window.form_token("/window")
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    for token, headers, code in (
        ("", {}, "form-expired"),
        (other, {}, "form-expired"),
        (own, foreign, "form-foreign"),
    ):
        answer = window.request("POST", path, data={"form-token": token, "window": "5"}, headers=headers)
        assert (answer.status_code, code in answer.text) == (403, True)


def test_page_of_a_window_cannot_be_framed_or_kept(window: WindowClient) -> None:
    headers = window.get("/window").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_hostile_text_in_any_field_of_the_intake_is_only_shown(window: WindowClient, stage: RoomStage) -> None:
    passport = PassportBook.load().get_passport("KZ-AKM.5")
    names = ("name", "agent", "power", "agent_name", "agent_phone", "missing", "ticket", "applicant")
    texts = dict.fromkeys(
        (
            *names,
            *(FIELD_PREFIX + field.key for field in list_form_fields(passport) if field.key not in SAME_PERSON),
        ),
        HOSTILE,
    )
    refused = window.post("/intake/KZ-AKM.5", "/intake/KZ-AKM.5", **texts)
    assert refused.status_code == 422
    assert_harmless(refused.text)
    assert refused.text.count("&lt;script&gt;alert(1)") >= len(names)  # every text is kept for the operator
    person = stage.served.country.stranger()
    fields = {"applicant": person.iin, "consent": "yes", "name": HOSTILE[:190], "phone": HOSTILE[:40]}
    files = [("papers", (f"{HOSTILE}.pdf", b"%PDF-1.4", "application/pdf"))]
    taken = window.post("/intake/KZ-AKM.5", "/intake/KZ-AKM.5", files=files, **fields)
    assert taken.status_code == 303
    visit = f"/visits/{taken.headers['location'].rpartition('/')[2]}"
    assert_harmless(window.get(visit).text)
    for step, answer in (("w3", "complete"), ("w4", "")):
        window.post(visit, f"{visit}/steps/{step}", answer=answer, missing=HOSTILE if step == "w4" else "")
    number = re.search(r"api/v1/receipts/([^/]+)/page", window.get(visit).text)
    assert number is not None
    assert_harmless(window.get(f"/api/v1/receipts/{number[1]}/page").text)


@pytest.mark.parametrize(
    "path", [f"/hall/{CENTRE}/services?q=", "/intake?ticket=1&q=", "/status?q=", "/shelf?q=", "/shelf?ticket="]
)
def test_hostile_question_is_only_shown(window: WindowClient, path: str) -> None:
    answer = window.get(path + quote(HOSTILE[:100] if "ticket=" not in path[-8:] else "<script>x"))
    assert answer.status_code in (200, 404)
    assert_harmless(answer.text)


def assert_harmless(text: str) -> None:
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_window_without_a_number_is_told_beside_the_field(stage: RoomStage, content: CentreContent) -> None:
    window = WindowClient(stage, content.other_token)
    for number in ("", "12345678901"):
        answer = window.post("/window", "/window/call", window=number)
        assert answer.status_code == 422
        assert SITE.pages.words["window-needed"]["ru"] in answer.text


def test_case_of_another_centre_is_a_page_that_says_so(stage: RoomStage, content: CentreContent) -> None:
    window = WindowClient(stage, content.other_token)
    for path in ("", "/sheet", "/appeal", "/questionnaire"):
        answer = window.get(f"/visits/{content.taken_in}{path}")
        assert (answer.status_code, "other-authority" in answer.text) == (403, True)
    status = window.get("/status", q=content.number)  # its status is for everybody who asks
    assert status.status_code == 200
    assert f"/visits/{content.ready}" not in status.text
    assert window.get("/shelf", q=content.number).text.count("<tr>") == 0


def test_representative_needs_a_power_of_attorney(window: WindowClient, stage: RoomStage) -> None:
    country = stage.served.country
    agent, applicant = country.stranger().iin, country.stranger().iin
    answer = window.post("/intake/KZ-AKM.5", "/intake/KZ-AKM.5", applicant=applicant, agent=agent, consent="yes")
    assert answer.status_code == 422
    assert INTAKE_WORDS["power-needed"]["ru"] in answer.text


def test_representative_with_an_invented_power_is_refused_with_what_the_register_said(stage: RoomStage) -> None:
    country = stage.served.country
    agent = {"iin": country.stranger().iin, "power_number": "E-999999"}
    case = stage.served.wait_for(_refused_case(country, "KZ-ATY.7", country.stranger().iin, representative=agent))
    text = _operator_window(stage).get(f"/visits/{case}").text
    assert VISITS.words["refused-heading"]["ru"] in text
    assert VISITS.words["power-absent"]["ru"] in text


def test_applicant_whom_the_register_does_not_know_is_refused_because_the_data_cannot_be_obtained(
    stage: RoomStage,
) -> None:
    iin = next(made for n in range(9) if (made := make_iin(date(1851, 2, 3), female=True, serial=9000 + n)))
    case = stage.served.wait_for(_refused_case(stage.served.country, "KZ-ATY.6", iin))
    text = _operator_window(stage).get(f"/visits/{case}").text
    assert VISITS.words["register-no-data"]["ru"] in text
    assert "получить их невозможно" in text


def test_register_that_does_not_answer_is_shown_as_silent(window: WindowClient, stage: RoomStage) -> None:
    country, person = stage.served.country, stage.served.country.stranger()

    async def take_in_silence() -> str:
        await country.operator("is_cgo").call("PUT", f"/api/v1/conduct/{person.iin}", json={"mode": "silent"})
        return await (await Centre.of(country, "KZ-AKM.5")).begun(person)

    text = window.get(f"/visits/{stage.served.wait_for(take_in_silence())}").text
    assert VISITS.words["register-silent"]["ru"] in text


def test_result_is_handed_to_nobody_else_and_to_no_power_that_nobody_confirmed(
    window: WindowClient, stage: RoomStage, content: CentreContent
) -> None:
    visit, stranger = f"/visits/{content.ready}", stage.served.country.stranger().iin
    other = window.post(visit, f"{visit}/hand-over", recipient=stranger)
    assert (other.status_code, "fault-recipient" in other.text) == (403, True)
    power = window.post(visit, f"{visit}/hand-over", recipient=stranger, power="E-999999")
    assert (power.status_code, "fault-power" in power.text) == (403, True)
    wrong = window.post(visit, f"{visit}/hand-over", recipient="1234")
    assert (wrong.status_code, "fault-recipient" in wrong.text) == (422, True)
    forged = window.post(visit, f"{visit}/hand-over", files={"signature": ("a.cms", b"\x30\x00")}, recipient="x")
    assert forged.status_code == 422


async def _refused_case(country: RunningCountry, regulation: str, iin: str, **other: Any) -> str:
    centre = await Centre.of(country, regulation)
    case = str((await centre.takes_in(iin, **other))["correlation_id"])
    await centre.ended(case)
    await eventually(lambda: centre.about(case, "answers"), lambda rows: all(row["answer"] for row in rows))
    return case


def _operator_window(stage: RoomStage) -> WindowClient:
    return WindowClient(stage, stage.served.wait_for(enter_as_operator(stage.served.country, CENTRE, OPERATOR)))
