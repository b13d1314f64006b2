"""An employee of an authority takes in the application of a visitor who came in person, by clicks."""

from __future__ import annotations

import httpx
from fastapi.routing import APIRoute

from shared.bus.http.request_budgets import budget_of
from shared.regulations.passport_book import PassportBook
from shared.workplace.pages.intake.intake_form import FIELD_PREFIX
from shared.workplace.pages.intake.intake_sheets import WORDS
from tests.journeys.kit import FORM
from tests.pages.desk.test_desk_attacks import client_of, form_token
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage

SERVICE = "KZ-YUZ.3"


def test_visitor_is_taken_in_by_clicks_and_the_case_is_the_employees(
    browser: PageBrowser, stage: RoomStage
) -> None:
    served, iin = stage.served, stage.served.country.stranger().iin
    browser.forget()
    browser.sign_in(served.url("is_mio", ""), "is_mio", stage.content.token)
    browser.open(served.url("is_mio", "/work?lang=kk"))
    browser.click("nav a[href$='intake']")
    browser.wait_until("location.pathname.endsWith('/intake')")
    browser.click(f"a[href$='intake/{SERVICE}']")
    browser.wait_until("document.querySelector('[name=applicant]') !== null")
    values = {f"{FIELD_PREFIX}{key}": FORM[key] for key in FORM}
    browser.fill(applicant="123", name="Сәулеш Қабдолова <b>", **values)
    browser.click("form.intake > button")
    browser.wait_until("document.querySelector('.error-summary') !== null")
    assert browser.find("[name=applicant]").get_attribute("aria-invalid") == "true"
    assert browser.find("#field-consent").get_attribute("aria-describedby") is not None
    browser.fill(applicant=iin)
    browser.click("#field-consent")
    browser.click("form.intake > button")
    browser.wait_until("location.pathname.includes('/cases/')")
    assert "Өтініш қабылданды" in browser.text
    assert iin in browser.text
    assert "Қабдолова <b>".casefold() in browser.text.casefold(), "typed text stays text"
    assert browser.find_all(".action-list a"), "the case goes on with this employee"


def test_intake_offers_what_the_act_lets_this_employee_receive(stage: RoomStage) -> None:
    with client_of(stage, stage.content.token) as client:
        services_page = client.get("/intake").text
        assert f'href="intake/{SERVICE}"' in services_page
        assert 'href="intake/KZ-YUZ.1"' not in services_page, "a service of the departments of education"
        refusal = client.get("/intake/KZ-YUZ.1")
    assert (refusal.status_code, "not-taken-here" in refusal.text) == (403, True)


def test_intake_at_the_authority_asks_for_no_ticket(stage: RoomStage) -> None:
    with client_of(stage, stage.content.token) as client:
        page = client.get(f"/intake/{SERVICE}").text
        form = {"form-token": form_token(client, f"/intake/{SERVICE}"), "consent": "yes", "applicant": "1"}
        answer: httpx.Response = client.post(f"/intake/{SERVICE}", data=form)
    assert 'name="ticket"' not in page
    assert answer.status_code == 422


def test_every_variant_of_a_service_that_visitors_bring_has_a_name() -> None:
    variants = {code for passport in PassportBook.load().passports for code in passport.variants} - {"main"}
    assert {code for code in variants if f"variant-{code}" not in WORDS} == set()


def test_large_form_is_read_of_nobody_without_a_login(stage: RoomStage) -> None:
    nodes = stage.served.country.deployment.nodes
    pages = [
        route
        for instance in ("is_mio", "is_con", "arm_shep")
        for route in nodes[instance].app.routes
        if isinstance(route, APIRoute) and not route.path.startswith("/api/")
    ]
    large = [route for route in pages if budget_of(route).most_bytes is None]
    assert {"/intake/{regulation}", "/cases/{case}/steps/{step}"} <= {route.path for route in large}
    assert [route.path for route in large if budget_of(route).sender_check is None] == []
