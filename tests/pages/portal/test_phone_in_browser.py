"""A citizen comes in and signs by phone: the page shows a code, the phone scans it, the page goes on by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.portal_pep.pages.site import WORDS
from shared.phone.pictures import read_qr
from tests.conformance.command_line import type_command
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage
from tests.pages.portal.citizen_clicks import enter
from tests.pages.portal_pages import SERVICE

pytestmark = pytest.mark.servers
STATE = "document.querySelector('[data-phone-state]')"


def show_login_code(browser: PageBrowser, stage: RoomStage, iin: str, tag: str) -> None:
    """The page of a login by phone, with its code."""
    browser.forget()
    browser.open(stage.served.url("portal_pep", f"/login?way=phone&lang={tag}"))
    browser.fill(iin=iin)
    browser.click_text(WORDS["phone-code-show"][tag])
    browser.wait_until("document.querySelector('section.phone img').complete")


def scan_code(browser: PageBrowser, stage: RoomStage, iin: str, folder: Path, *more: str) -> int:
    """Scan what stands on the screen by ``egov-bus phone``; returns the exit status."""
    picture = folder / "screen.png"
    picture.write_bytes(browser.find("section.phone img").screenshot_as_png)
    assert read_qr(picture.read_bytes()).startswith("mobileSign:http")
    told = type_command(
        *("phone", "--qr", str(picture), "--person", iin, *more), EGOV_NUC_URL=stage.served.url("is_nuc")
    )
    return told.exit_code


def test_citizen_comes_in_by_the_code_on_the_screen_and_the_page_goes_on_by_itself(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path
) -> None:
    iin = enter(browser, stage, "kk")  # has an account
    show_login_code(browser, stage, iin, "kk")
    assert WORDS["phone-state-waiting"]["kk"] in browser.text
    assert scan_code(browser, stage, iin, tmp_path) == 0
    browser.wait_until("location.pathname === '/services'")
    browser.open(stage.served.url("portal_pep", "/cabinet/account"))
    assert iin in browser.text
    assert browser.complaints() == []


def test_citizen_signs_an_application_by_the_code_and_sees_the_case(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path
) -> None:
    iin = enter(browser, stage, "ru", f"apply/{SERVICE}/check")
    browser.click_text(WORDS["by-phone"]["ru"])
    browser.wait_until("document.querySelector('section.phone img').complete")
    assert scan_code(browser, stage, iin, tmp_path) == 0
    browser.wait_until("location.pathname.includes('/cabinet/cases/')")
    assert browser.complaints() == []


@pytest.mark.parametrize(("mishap", "state"), [("signature-spoiled", "opened"), ("domain-not-allowed", "waiting")])
def test_page_waits_on_while_the_phone_has_not_signed(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path, mishap: str, state: str
) -> None:
    iin = enter(browser, stage, "en")
    show_login_code(browser, stage, iin, "en")
    assert scan_code(browser, stage, iin, tmp_path, "--mishap", mishap) == 0
    browser.wait_until(f"{STATE}.textContent.includes({WORDS[f'phone-state-{state}']['en']!r})")
    assert "/sign/" in browser.run("return location.pathname")


def test_phone_of_the_sandbox_shows_every_step_of_a_scan_in_another_window(
    browser: PageBrowser, stage: RoomStage
) -> None:
    iin = enter(browser, stage, "en")
    show_login_code(browser, stage, iin, "en")
    signing = browser.run("return location.href")
    browser.open(browser.find("a[href*='/sandbox/phone']").get_attribute("href") or "")
    browser.click_text(WORDS["phone-scan"]["en"])
    browser.wait_until("document.querySelectorAll('.phone-steps li').length === 10")
    assert len(browser.find_all(".phone-steps .badge.good")) == 10
    browser.open(signing)
    browser.wait_until("location.pathname === '/services'")
