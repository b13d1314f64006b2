"""An employee with a key of the employee's own in NCALayer: comes in, decides, signs, sets a lost password."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import replace

import httpx
import pytest

from services.tools.ncalayer.signing_device import CancelMode
from shared.client import CertifiedPerson
from shared.pki.cms import signed_data
from shared.workplace.pages.site import WORDS
from tests.journeys.kit import AUTHORITY, EMPLOYEE_PASSWORD, OTHER_AUTHORITY
from tests.pages.desk.test_desk_attacks import client_of, form_token
from tests.pages.desk_pages import NCALAYER_PORT, arrives, employee_iin
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage
from tests.pages.own_keys import certify_own_key, ncalayer

pytestmark = pytest.mark.servers
THIRD_AUTHORITY = "kz-yuz.employment.02"
"""Its employee loses the password, and with it every session."""


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
    signer, password = own_signer(stage, THIRD_AUTHORITY), "another-long-password"
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


def send_signature(stage: RoomStage, signer: CertifiedPerson, begin: str, finish: str) -> httpx.Response:
    """The answer to a challenge of the page ``begin``, signed and sent to the page ``finish``."""
    with client_of(stage) as client:
        form = {"form-token": form_token(client, begin), "iin": signer.iin, "new-password": "a-thief's-password"}
        challenge_page = client.post(begin, data=form).text
        draft_field = re.search(r'data-draft="([^"]+)"', challenge_page)
        assert draft_field is not None
        now = stage.served.country.runtime("is_nuc").now
        cms = b64encode(signer.sign(b64decode(draft_field[1]), now)).decode()
        first = client.post(finish, data={**form, "cms": cms})
        if first.status_code == 303:
            second = client.post(finish, data={**form, "cms": cms, "form-token": form_token(client, "/password")})
            assert (second.status_code, "challenge-unknown" in second.text) == (403, True), (
                "a challenge is good once"
            )
        return first


def test_signed_challenge_serves_its_own_purpose_once(stage: RoomStage) -> None:
    signer = own_signer(stage)
    for begin, finish in (("/login/eds", "/recovery/signature"), ("/recovery", "/login/eds/signature")):
        answer = send_signature(stage, signer, begin, finish)
        assert (answer.status_code, "challenge-unknown" in answer.text) == (403, True)
        assert "a-thief" not in answer.text
    assert send_signature(stage, signer, "/login/eds", "/login/eds/signature").status_code == 303


def test_key_of_somebody_else_opens_nothing(stage: RoomStage) -> None:
    served, country = stage.served, stage.served.country
    citizen = served.wait_for(country.newcomer())
    victim, colleague = own_signer(stage), own_signer(stage, OTHER_AUTHORITY)
    for thief, code in ((citizen.signer, "eds-"), (colleague, "eds-iin-mismatch")):
        signer = replace(thief, iin=victim.iin)
        answer = send_signature(stage, signer, "/login/eds", "/login/eds/signature")
        assert answer.status_code in (403, 422)
        assert code in answer.text
    outsider = send_signature(stage, citizen.signer, "/login/eds", "/login/eds/signature")
    assert outsider.status_code in (401, 403, 422), "a citizen is no employee"


def test_login_with_a_key_leads_to_no_other_site(stage: RoomStage) -> None:
    with client_of(stage) as client:
        for path in ("/login/eds", "/recovery"):
            page = client.get(f"{path}?next=%2F%2Fevil.example&iin=%22%3E%3Cscript%3Ealert(1)").text
            assert "<script>alert" not in page
            foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
            assert client.post(path, data={}, headers=foreign).status_code == 403
    signer = own_signer(stage)
    answer = send_signature(stage, signer, "/login/eds", "/login/eds/signature?next=%2F%2Fevil.example")
    assert answer.status_code == 303
    assert "evil" not in answer.headers["location"]
