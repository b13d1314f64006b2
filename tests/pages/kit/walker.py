"""A person with a mouse who walks through a country: counts clicks and seconds.

A click is a click: on a link, a button, or a field that offers choices. Typing and Enter are no clicks.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.pages.kit.browser import PageBrowser

SERVICE = "KZ-YUZ.3"
OFFICE = "kz-yuz.employment.15"
"""The office whose employee the demo names."""
SMS_CODE = re.compile(r"Код (\d{6})")


@dataclass
class Walker:
    """A person with a mouse: counts clicks and seconds."""

    browser: PageBrowser
    clicks: int = 0
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def click(self, selector: str) -> None:
        """Click what the selector finds, once it is there."""
        driver = self.browser.driver
        WebDriverWait(driver, 20, 0.05).until(lambda _: self.browser.find_all(selector), selector)
        before = self.browser.find("html")
        self.browser.click(selector)
        self.clicks += 1
        WebDriverWait(driver, 20, 0.05).until(lambda _: before != self.browser.find("html"), selector)
        self.browser.wait_until("true")

    def click_button(self, words: str) -> None:
        """Click the button with these words."""
        before = self.browser.find("html")
        self.browser.click_text(words)
        self.clicks += 1
        WebDriverWait(self.browser.driver, 20, 0.05).until(lambda _: before != self.browser.find("html"), words)
        self.browser.wait_until("true")

    def choose(self, name: str, value: str) -> None:
        """Choose from a field that offers choices."""
        Select(self.browser.find(f"select[name='{name}']")).select_by_value(value)
        self.clicks += 1

    def type_and_enter(self, name: str, text: str) -> None:
        """Type into a field, and Enter."""
        before = self.browser.find("html")
        field_element = self.browser.find(f"input[name='{name}']")
        field_element.clear()
        field_element.send_keys(text, Keys.ENTER)
        WebDriverWait(self.browser.driver, 20, 0.05).until(lambda _: before != self.browser.find("html"), name)
        self.browser.wait_until("true")

    def stop(self) -> None:
        """Stop the watch."""
        self.seconds = time.monotonic() - self.began


def apply_and_sign(walker: Walker, portal: str, citizen: int) -> None:
    """The citizen's part: from the start page to the signed application."""
    walker.click(f"main a[href^='{portal}']")
    walker.click(f"main a[href$='services/{SERVICE}']")
    walker.click(f"main a[href$='apply/{SERVICE}']")
    walker.click(f"main ul.people li:nth-child({citizen}) form[action*='sandbox/citizens'] button")
    walker.choose("authority", OFFICE)
    walker.click_button("Продолжить")
    walker.click("main button[value='cloud']")
    walker.browser.wait_until("/Код \\d{6}/.test(document.body.innerText)")
    code = SMS_CODE.search(walker.browser.text)
    assert code is not None, walker.browser.text
    walker.type_and_enter("code", code[1])
    assert "/cabinet/cases/" in walker.browser.driver.current_url
