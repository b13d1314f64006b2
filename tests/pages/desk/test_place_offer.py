"""The queue for kindergartens by clicks (South Kazakhstan, annex 1, clauses 6 to 8): a place is offered at the
workplace, the parent declines it in writing and keeps the place in the queue, is offered another, and consents.
"""

from __future__ import annotations

import pytest

from services.portal_pep.pages.site import WORDS as PORTAL
from shared.workplace.pages.site import WORDS
from tests.journeys.kit import EMPLOYEE_PASSWORD
from tests.journeys.workplaces.test_place_queue import BY_PORTAL, grant_by_portal, take
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage
from tests.pages.portal.citizen_clicks import enter_as

pytestmark = pytest.mark.servers

DEPARTMENT = 7
OFFERED = "[...document.querySelectorAll('main form[action$=offer] button')]"
"""The buttons that offer a place: each names the kindergarten for who does not see its row."""
NEAR, FAR = "Детский сад № 7 «Балапан»", "Детский сад № 9"


def log_in_as_employee(browser: PageBrowser, stage: RoomStage, tag: str) -> None:
    """Log in at ИС МИО as the employee of the department, and open the queue for places."""
    authority = BY_PORTAL.passport.directories.departments[DEPARTMENT].code
    employee = stage.served.wait_for(stage.served.country.employee(authority))
    browser.forget()
    browser.open(stage.served.url("is_mio", f"/login?next=places&lang={tag}"))
    browser.fill(iin=employee["iin"], password=EMPLOYEE_PASSWORD)
    browser.click("main form button")
    browser.wait_until("location.pathname.endsWith('/places')")


def offer_place(browser: PageBrowser, garden: str, tag: str) -> None:
    """Announce a place on the page, and offer it to the first in the queue."""
    browser.fill(organisation=garden)
    browser.click("main form:has([name=organisation]) button")
    browser.wait_until(f"{OFFERED}.some((button) => button.textContent.includes('{garden}'))")
    browser.run(f"{OFFERED}.find((button) => button.textContent.includes('{garden}')).click()")
    browser.wait_until(f"!{OFFERED}.some((button) => button.textContent.includes('{garden}'))")
    assert WORDS["place-status-offered"][tag] in browser.text


def answer(browser: PageBrowser, code: str, next_part: str) -> None:
    """Press the button with this answer, and wait for the next part of the page of the case."""
    button = f"section.question button[value={code}]"
    browser.wait_until(f"document.querySelector('{button}')")
    press_live(browser, button)
    browser.wait_until(next_part)


def press_live(browser: PageBrowser, button: str) -> None:
    """Press a button of a part that renews itself: found and pressed at once."""
    browser.run("document.querySelector(arguments[0]).click()", button)


def test_parent_declines_a_place_in_writing_keeps_the_queue_and_consents_to_the_next(
    browser: PageBrowser, stage: RoomStage
) -> None:
    country = stage.served.country
    desk = stage.served.wait_for(country.clerk(BY_PORTAL.passport.directories.departments[DEPARTMENT].code))
    parent, case = stage.served.wait_for(grant_by_portal(country, desk, DEPARTMENT))
    stage.served.wait_for(take(desk, case, "q10", answer="queued"))
    stage.served.wait_for(parent.sees(case, "в очереди"))

    log_in_as_employee(browser, stage, "ru")
    assert WORDS["place-status-waiting"]["ru"] in browser.text
    offer_place(browser, FAR, "ru")

    enter_as(browser, stage, parent.person.iin, "kk", f"cabinet/cases/{case}")
    assert PORTAL["place-in-queue"]["kk"] in browser.text
    answer(browser, "unmet", "document.querySelector('section.question textarea')")
    press_live(browser, "section.question button")
    browser.wait_until("document.querySelector('.error-summary')")
    browser.run("document.querySelector('section.question textarea').focus()")
    browser.press("Үйден алыс")
    browser.click("section.question button")
    browser.wait_until("!document.querySelector('section.question')")

    log_in_as_employee(browser, stage, "ru")
    assert WORDS["place-status-waiting"]["ru"] in browser.text, "the first in the queue as before"
    (position,) = browser.find_all("main table td.number")
    assert position.text == "1"
    offer_place(browser, NEAR, "ru")

    enter_as(browser, stage, parent.person.iin, "en", f"cabinet/cases/{case}")
    answer(browser, "met", "!document.querySelector('section.question')")
    stage.served.wait_for(desk.sign_decision(case))
    browser.wait_until("document.querySelector('#case .notice.good')")
    assert NEAR in browser.text
