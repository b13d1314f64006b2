"""The citizen's journey by clicks in a browser, in each language; live states; NCALayer; the keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from services.tools.ncalayer.signing_device import CancelMode
from tests.pages.kit.browser import PageBrowser, open_browser
from tests.pages.kit.rooms import RoomStage
from tests.pages.portal.citizen_clicks import begin_ncalayer, enter, ncalayer
from tests.pages.portal_pages import SERVICE

pytestmark = pytest.mark.servers

WORDS = {
    "ru": ("Подать заявление", "Подписать облачной подписью", "Подтвердить", "Услуга оказана"),
    "kk": ("Өтініш беру", "Бұлттық қолтаңбамен қол қою", "Растау", "Қызмет көрсетілді"),
    "en": ("Apply", "Sign with the cloud signature", "Confirm", "The service is given"),
}
CASE_IS_OVER = "document.querySelector('#case .notice.good')"


def read_shown_code(browser: PageBrowser) -> str:
    """The code of the SMS that the page shows beside its form."""
    browser.wait_until("document.querySelector('.messages li')")
    (code, *_) = re.findall("[0-9]{6}", browser.find(".messages li p").text)
    return str(code)


def file_by_clicks(browser: PageBrowser, tag: str) -> int:
    """Apply from the page of the service; returns the number of clicks."""
    apply, sign, confirm, _ = WORDS[tag]
    browser.click_text(apply)
    browser.wait_until("location.pathname.endsWith('/check')")
    browser.click_text(sign)
    browser.fill(code=read_shown_code(browser))
    browser.click_text(confirm)
    browser.wait_until("location.pathname.includes('/cabinet/cases/')")
    return 3


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
def test_citizen_applies_by_few_clicks_and_watches_the_case_end_without_loading_the_page_again(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    enter(browser, stage, tag)
    clicks = 2 + file_by_clicks(browser, tag)  # the link of the start page, the button of the citizen
    assert clicks <= 7
    browser.run("window.isSamePage = true")
    browser.wait_until(CASE_IS_OVER)
    assert browser.run("return window.isSamePage"), "the state came by the stream"
    assert WORDS[tag][3] in browser.text
    assert browser.complaints() == []


def test_second_browser_sees_the_new_case_in_the_history_without_loading_the_page_again(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path
) -> None:
    enter(browser, stage, "ru")
    with open_browser(tmp_path) as other:
        token = browser.driver.get_cookie("egov-portal_pep")["value"]
        other.sign_in(stage.served.url("portal_pep"), "portal_pep", token)
        other.open(stage.served.url("portal_pep", "/cabinet?lang=ru"))
        assert "Вы ещё не подавали заявлений" in other.text
        other.run("window.isSamePage = true")
        file_by_clicks(browser, "ru")
        other.wait_until("document.querySelector('.cases .badge.good')")
        assert other.run("return window.isSamePage")


def test_fault_is_told_while_one_types_and_goes_when_it_is_mended(browser: PageBrowser, stage: RoomStage) -> None:
    enter(browser, stage, "ru")
    browser.open(stage.served.url("portal_pep", f"/apply/{SERVICE}/contact"))
    type_over(browser, "phone", "не цифры")
    browser.wait_until("document.querySelector('#fault-phone')")
    assert browser.find("#field-phone").get_attribute("aria-invalid") == "true"
    type_over(browser, "phone", "87252000001")
    browser.wait_until("!document.querySelector('#fault-phone')")


def type_over(browser: PageBrowser, name: str, text: str) -> None:
    """Type a text in place of what a field has, and leave the field."""
    browser.run("const field = document.getElementsByName(arguments[0])[0]; field.focus(); field.select()", name)
    browser.press(text, Keys.TAB)


def test_citizen_applies_with_the_keyboard_alone(browser: PageBrowser, stage: RoomStage) -> None:
    enter(browser, stage, "ru")
    press_focused(browser, "Подать заявление")
    browser.wait_until("location.pathname.endsWith('/check')")
    press_focused(browser, "Подписать облачной подписью")
    code = read_shown_code(browser)
    browser.run("document.querySelector('#field-code').focus()")
    browser.press(code, Keys.ENTER)
    browser.wait_until("location.pathname.includes('/cabinet/cases/')")


def press_focused(browser: PageBrowser, words: str) -> None:
    """Go by Tab to the link or button with these words, and press Enter."""
    for _ in range(60):
        browser.press(Keys.TAB)
        if browser.run("return document.activeElement.textContent.trim()") == words:
            browser.press(Keys.ENTER)
            return
    raise AssertionError(f"Tab never comes to {words}")


def test_citizen_signs_with_ncalayer(browser: PageBrowser, stage: RoomStage) -> None:
    iin = begin_ncalayer(browser, stage)
    with ncalayer(stage, iin):
        browser.click("[data-sign]")
        browser.wait_until("location.pathname.includes('/cabinet/cases/')")
    browser.wait_until(CASE_IS_OVER)


def test_page_says_that_ncalayer_is_absent_and_that_the_citizen_cancelled(
    browser: PageBrowser, stage: RoomStage
) -> None:
    iin = begin_ncalayer(browser, stage)
    browser.click("[data-sign]")
    browser.wait_until("document.querySelector('[role=status]').textContent.includes('не отвечает')")
    with ncalayer(stage, iin, CancelMode.ALWAYS):
        browser.click("[data-sign]")
        browser.wait_until("document.querySelector('[role=status]').textContent.includes('отменена')")
