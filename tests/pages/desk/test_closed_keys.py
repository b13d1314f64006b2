"""Where the workplace keeps no keys for people: the employee is told on the page, and signs with an own key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.bus.profiles import Profile
from shared.workplace.pages.site import WORDS
from tests.attacks.profiles.test_profiles_open_or_closed import NEW_PASSWORD, admit, first_passwords
from tests.journeys.kit import AUTHORITY, Citizen, eventually
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.served_country import ServedCountry, serving
from tests.pages.own_keys import certify_own_key, ncalayer

pytestmark = pytest.mark.servers
PORT = 13_582
PRODUCTION = {
    "EGOV_PROFILE": Profile.PRODUCTION.value,
    "EGOV_EMPLOYEE_PASSWORD": "",
    "EGOV_EMPLOYEE_KEYS": "ec",
    "EGOV_NCALAYER_URL": f"ws://127.0.0.1:{PORT}",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCountry]:
    with serving(tmp_path_factory.mktemp("production"), **PRODUCTION) as served:
        yield served


async def apply(served: ServedCountry) -> tuple[Citizen, str]:
    citizen = await admit(served.country)
    return citizen, await citizen.apply()


def enter_for_the_first_time(browser: PageBrowser, served: ServedCountry, iin: str) -> None:
    """Log in with the first password; the page has the employee change it, and log in with the new one."""
    browser.forget()
    browser.open(served.url("is_mio", "/login?lang=ru"))
    first = first_passwords(served.country)[iin]
    browser.fill(iin=iin, password=first)
    browser.click("main form.stacked button")
    browser.wait_until("location.pathname.endsWith('/password')")
    browser.fill(**{"password": first, "new-password": NEW_PASSWORD})
    browser.click("main form.stacked button")
    browser.wait_until("!location.pathname.endsWith('/password')")


def test_employee_without_a_kept_key_is_told_so_and_signs_with_an_own_one(
    browser: PageBrowser, served: ServedCountry
) -> None:
    citizen, case = served.wait_for(apply(served))
    iin = served.wait_for(served.country.employee(AUTHORITY))["iin"]
    enter_for_the_first_time(browser, served, iin)
    desk = served.wait_for(served.country.works_as("is_mio", iin, NEW_PASSWORD))
    served.wait_for(eventually(desk.list_cases, lambda rows: case in {row["correlation_id"] for row in rows}))
    browser.open(served.url("is_mio", f"/cases/{case}/decision/granted"))
    assert WORDS["decision-own"]["ru"] in browser.text
    assert browser.find_all("[name=key]") == []
    browser.click("main form .actions button")
    browser.wait_until("document.querySelector('[data-sign]') !== null")
    assert WORDS["signature-own-only"]["ru"] in browser.text
    assert [button.text for button in browser.find_all("main form button")] == [WORDS["sign-own"]["ru"]]
    browser.click("[data-sign]")
    absent = WORDS["sign-absent"]["ru"]
    browser.wait_until(f"document.querySelector('[data-sign-status]').textContent.includes({absent!r})")
    with ncalayer(served, served.wait_for(certify_own_key(desk, iin)), PORT):
        browser.click("[data-sign]")
        browser.wait_until(f"location.pathname.endsWith('/cases/{case}')")
    assert served.wait_for(citizen.is_served(case))["outcome"] == "positive"


def test_signature_that_the_page_does_not_offer_is_refused_when_it_is_sent_all_the_same(
    browser: PageBrowser, served: ServedCountry
) -> None:
    citizen, case = served.wait_for(apply(served))
    iin = served.wait_for(served.country.employee(AUTHORITY))["iin"]
    desk = served.wait_for(served.country.works_as("is_mio", iin, NEW_PASSWORD))
    served.wait_for(eventually(desk.list_cases, lambda rows: case in {row["correlation_id"] for row in rows}))
    browser.open(served.url("is_mio", f"/cases/{case}/decision/granted?lang=ru"))
    browser.click("main form .actions button")
    browser.wait_until("document.querySelector('[data-sign]') !== null")
    browser.run("document.querySelector('[data-sign]').form.submit()")
    browser.wait_until("document.querySelector('.error-summary') !== null")
    assert WORDS["signature-own-only"]["ru"] in browser.text
    assert served.wait_for(desk.get_case(case))["status"] == "в работе"
    assert served.wait_for(citizen.portal.get_application(case))["outcome"] is None
