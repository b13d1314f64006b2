"""A representative at a window by clicks: files for the applicant, collects the result with a power in force."""

from __future__ import annotations

from typing import Any

import pytest

from services.is_con.pages.visits.visit_site import PAGES as VISITS
from services.is_con.pages.window.window_site import PAGES as WINDOW
from tests.journeys.centres.test_centre_result import ready
from tests.journeys.kit import LIVING, RunningCountry
from tests.pages.centre.test_centre_day import log_in, press
from tests.pages.centre_pages import CENTRE, enter_as_operator
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers
SERVICE = "KZ-ATY.7"
"""Its centre asks ЕНИС about a representative before it takes the papers."""
ALIVE = {person.iin: person for person in LIVING}


async def find_powers(country: RunningCountry) -> list[Any]:
    """The powers of attorney in force of people who live; every fifth has run out, by the register's own order."""
    powers = await country.operator("enis").get("/api/v1/powers")
    return [
        power
        for power in powers
        if not power["isRevoked"] and power["principalIin"] in ALIVE and int(power["number"][2:]) % 5 != 4
    ]


@pytest.mark.parametrize("tag", ["ru", "kk"])
def test_representative_files_and_the_page_shows_by_itself_that_the_power_holds(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    power = stage.served.wait_for(find_powers(stage.served.country))[{"ru": -1, "kk": -2}[tag]]
    token = stage.served.wait_for(enter_as_operator(stage.served.country, CENTRE, "operator"))
    browser.forget()
    browser.sign_in(stage.served.url("is_con"), "is_con", token)
    browser.open(stage.served.url("is_con", f"/intake/{SERVICE}?lang={tag}"))
    browser.fill(applicant=power["principalIin"], name="Заявитель", agent=power["attorneyIin"])
    browser.fill(agent_name="Представитель", power=power["number"])
    browser.click("label:has(#field-consent)")
    browser.click("form.intake > button")
    browser.wait_until("location.pathname.includes('/visits/')")
    holds = VISITS.words["power-holds"][tag]
    browser.wait_until(f"document.body.textContent.includes({holds!r})")
    assert power["attorneyIin"] in browser.text
    case = browser.driver.current_url.rpartition("/")[2].partition("?")[0]
    browser.open(stage.served.url("is_con", f"/cases/{case}"))
    assert power["attorneyIin"] in browser.text
    assert power["number"] in browser.text


def test_representative_collects_the_result_and_is_typed_once(browser: PageBrowser, stage: RoomStage) -> None:
    served = stage.served
    power = served.wait_for(find_powers(served.country))[0]
    _, case = served.wait_for(ready(served.country, ALIVE[power["principalIin"]]))
    agent = {"recipient": power["attorneyIin"], "power": power["number"]}
    log_in(browser, stage, "en")
    browser.open(served.url("is_con", f"/visits/{case}?lang=en"))
    browser.fill(**agent)
    press(browser, WINDOW, "hand-out", "en")
    assert browser.find("[name=power]").get_attribute("aria-invalid") == "true"
    assert read_hand_over(browser) == agent, "a refusal takes away nothing that was typed"
    press(browser, VISITS, "ask-power", "en")
    holds = VISITS.words["power-holds"]["en"]
    browser.wait_until(f"document.body.textContent.includes({holds!r})")
    assert read_hand_over(browser) == agent, "what ЕНИС was asked about stands in the form"
    press(browser, WINDOW, "hand-out", "en")
    assert VISITS.words["handed-over"]["en"] in browser.text
    assert power["attorneyIin"] in browser.text
    assert power["number"] in browser.text


def test_power_that_enis_does_not_know_leaves_the_result_to_the_applicant(
    browser: PageBrowser, stage: RoomStage
) -> None:
    served, person = stage.served, stage.served.country.stranger()
    _, case = served.wait_for(ready(served.country, person))
    log_in(browser, stage, "ru")
    browser.open(served.url("is_con", f"/visits/{case}?lang=ru"))
    browser.fill(recipient=served.country.stranger().iin, power="E-999999")
    press(browser, VISITS, "ask-power", "ru")
    absent = VISITS.words["power-absent"]["ru"]
    browser.wait_until(f"document.body.textContent.includes({absent!r})")
    assert read_hand_over(browser) == {"recipient": person.iin, "power": ""}


def read_hand_over(browser: PageBrowser) -> dict[str, str]:
    return {name: str(browser.find(f"[name={name}]").get_attribute("value")) for name in ("recipient", "power")}
