"""An employee with a key of the employee's own in NCALayer: comes in, decides, signs, sets a lost password."""

from __future__ import annotations

import pytest

from services.tools.ncalayer.signing_device import CancelMode
from shared.client import CertifiedPerson
from shared.pki.cms import signed_data
from shared.workplace.pages.site import WORDS
from tests.journeys.kit import AUTHORITY, EMPLOYEE_PASSWORD, OTHER_AUTHORITY
from tests.pages.desk_pages import NCALAYER_PORT, arrives, employee_iin
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage
from tests.pages.own_keys import certify_own_key, ncalayer

pytestmark = pytest.mark.servers


def own_signer(stage: RoomStage, authority: str = AUTHORITY) -> CertifiedPerson:
    """The employee of an office of ИС МИО with a key of the employee's own."""
    served, country = stage.served, stage.served.country
    iin = served.wait_for(employee_iin(country, "is_mio", authority, "employee"))
    desk = served.wait_for(country.works_as("is_mio", iin))
    return served.wait_for(certify_own_key(desk, iin))


def come_in(browser: PageBrowser, stage: RoomStage, iin: str, tag: str) -> None:
    """Ask for a challenge of a login, from the link of the login page."""
    browser.forget()
    browser.open(stage.served.url("is_mio", f"/login?lang={tag}&iin={iin}"))
    browser.click_text(WORDS["key-login-title"][tag])
    browser.wait_until("location.pathname.endsWith('/login/eds')")
    browser.click("main form button")
    browser.wait_until("document.querySelector('[data-sign]') !== null")


def test_employee_comes_in_decides_and_signs_with_an_own_key(browser: PageBrowser, stage: RoomStage) -> None:
    served, country, signer = stage.served, stage.served.country, own_signer(stage)
    citizen = served.wait_for(country.newcomer())
    case = served.wait_for(citizen.apply())
    served.wait_for(arrives(country, "is_mio", case, signer.iin))
    with ncalayer(served, signer, NCALAYER_PORT):
        come_in(browser, stage, signer.iin, "kk")
        browser.click("[data-sign]")
        browser.wait_until("location.pathname.endsWith('/work')")
        browser.open(served.url("is_mio", f"/cases/{case}/decision/granted"))
        browser.click("[name=key][value=own]")
        browser.wait_until("document.querySelector('[data-sign]') !== null")
        browser.click("[data-sign]")
        browser.wait_until(f"location.pathname.endsWith('/cases/{case}')")
    assert served.wait_for(citizen.is_served(case))["outcome"] == "positive"
    desk = served.wait_for(country.works_as("is_mio", signer.iin))
    output = served.wait_for(desk.call("GET", f"/api/v1/cases/{case}/output")).content
    assert signed_data.open_signed(output).certificate == signer.certificate


def test_page_says_that_ncalayer_is_absent_or_cancelled(browser: PageBrowser, stage: RoomStage) -> None:
    signer = own_signer(stage)
    come_in(browser, stage, signer.iin, "ru")
    browser.click("[data-sign]")
    browser.wait_until("document.querySelector('[role=status]').textContent.includes('не отвечает')")
    with ncalayer(stage.served, signer, NCALAYER_PORT, CancelMode.ALWAYS):
        browser.click("[data-sign]")
        browser.wait_until("document.querySelector('[role=status]').textContent.includes('отменена')")


def test_lost_password_is_replaced_with_an_own_key(browser: PageBrowser, stage: RoomStage) -> None:
    signer, password = own_signer(stage, OTHER_AUTHORITY), "another-long-password"
    browser.forget()
    browser.open(stage.served.url("is_mio", f"/login?lang=en&iin={signer.iin}"))
    browser.click_text(WORDS["key-recovery-title"]["en"])
    browser.wait_until("location.pathname.endsWith('/recovery')")
    browser.click("main form button")
    browser.wait_until("document.querySelector('[data-sign]') !== null")
    with ncalayer(stage.served, signer, NCALAYER_PORT):
        browser.fill(**{"new-password": "123"})
        browser.click("[data-sign]")
        browser.wait_until("document.querySelector('.error-summary') !== null")
        browser.fill(**{"new-password": password})
        browser.click("[data-sign]")
        browser.wait_until("location.pathname.endsWith('/login')")
    browser.fill(password=EMPLOYEE_PASSWORD)
    browser.click("main form button")
    browser.wait_until("document.querySelector('.error-summary') !== null")
    browser.fill(password=password)
    browser.click("main form button")
    browser.wait_until("location.pathname.endsWith('/work')")
