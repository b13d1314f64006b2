"""The console in a browser while faults run: the map tells of a fault by itself, and the operator acts on it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.pages.console_pages import ROOM, ConsoleContent
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage, open_room

pytestmark = pytest.mark.servers

MOST_LOOKS = 60
LOOK_SECONDS = 0.25


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomStage]:
    with open_room(ROOM, tmp_path_factory.mktemp("clicks")) as stage:
        yield stage


@pytest.fixture
def content(stage: RoomStage, browser: PageBrowser) -> ConsoleContent:
    """What the country has, for a browser with the operator's login."""
    stage.enter(browser, ROOM.pages[1])
    content: ConsoleContent = stage.content
    return content


def test_map_tells_of_a_new_fault_without_being_loaded_again(
    stage: RoomStage, browser: PageBrowser, content: ConsoleContent
) -> None:
    browser.open(stage.served.url("shep_gateway", "/console?lang=en"))
    browser.driver.execute_script("document.body.dataset.opened = 'once'")
    nuc = stage.served.country.operator("is_nuc")
    stage.served.wait_for(nuc.call("PUT", "/api/v1/faults/ocsp-malformed", json={"percent": 100}))
    browser.wait_until("document.getElementById('faults').innerText.includes('OCSP answers garbage')", 60)
    assert browser.driver.execute_script("return document.body.dataset.opened") == "once"
    stage.served.wait_for(nuc.call("DELETE", "/api/v1/faults/ocsp-malformed"))


def test_operator_replays_a_changed_message_by_clicks(
    stage: RoomStage, browser: PageBrowser, content: ConsoleContent
) -> None:
    gateway = stage.served.country.operator("shep_gateway")
    (question, *_) = stage.served.wait_for(gateway.list_journal(sender="console-asker", event="ACCEPTED"))
    browser.open(stage.served.url("shep_gateway", f"/console/journal?any_id={question['message_id']}&lang=en"))
    browser.driver.find_element(By.LINK_TEXT, str(question["n"])).click()
    browser.wait_until("document.getElementById('again') !== null")
    browser.driver.find_element(By.CSS_SELECTOR, "#again summary").click()
    area = browser.driver.find_element(By.ID, "field-data")
    area.clear()
    area.send_keys('{"iin": "000000000000"}')
    browser.driver.find_element(By.XPATH, "//button[normalize-space()='Send the changed message']").click()
    browser.wait_until("document.querySelector('.notice.good') !== null")
    assert "The new message passed" in browser.driver.find_element(By.TAG_NAME, "main").text


def test_operator_sends_a_spoilt_message_again_by_clicks_and_the_case_goes_on(
    stage: RoomStage, browser: PageBrowser, content: ConsoleContent
) -> None:
    """Clerks and a fault are set at the console; the fault is seen at its case, lifted, and mended by a click."""
    served, url = stage.served, stage.served.url("shep_gateway", "/console")
    for system in ("is_mio", "arm_rshep", "arm_shep"):
        _open_until(browser, f"{url}/sandbox?lang=en", f"document.getElementById('field-policy-{system}')")
        browser.run("for (const one of document.querySelectorAll('#clerks details')) one.open = true")
        _choose(browser, f"policy-{system}", "instant")
        _press(browser, f"#clerks form:has(#field-policy-{system}) button")
    _open(browser, f"{url}/faults")
    _choose(browser, "kind", "corrupt")
    _choose(browser, "system", "portal_pep")
    browser.fill(count="1")
    _press(browser, "#new button")
    citizen = served.wait_for(served.country.citizen())
    case = served.wait_for(citizen.apply())
    _open_until(browser, f"{url}/stuck", f"document.querySelector('#parked').innerText.includes('{case}')")
    _open(browser, f"{url}/cases/{case}")
    assert "What the rules did" in browser.text
    _open(browser, f"{url}/faults")
    _press(browser, "#rules > form button")
    _open(browser, f"{url}/stuck")
    _press(browser, f"#unconfirmed tr:has(a[href$='{case}']) form button")
    served.wait_for(citizen.is_served(case))
    _open_until(browser, f"{url}/cases/{case}", "document.querySelector('main').innerText.includes('has ended')")
    _open_until(browser, f"{url}/stuck", f"!document.querySelector('main').innerText.includes('{case}')")


def _open(browser: PageBrowser, url: str) -> None:
    browser.open(url, ready="document.querySelector('h1') !== null")


def _open_until(browser: PageBrowser, url: str, ready: str) -> None:
    """Open a page that tells nothing by itself, until it shows what is awaited."""
    for _ in range(MOST_LOOKS):
        _open(browser, url)
        if browser.run(f"return Boolean({ready})"):
            return
        time.sleep(LOOK_SECONDS)
    browser.screenshot("never-shown", whole=True)
    raise AssertionError(f"{url} never shows {ready}")


def _choose(browser: PageBrowser, name: str, value: str) -> None:
    Select(browser.find(f"#field-{name}")).select_by_value(value)


def _press(browser: PageBrowser, selector: str) -> None:
    """Press a button, and wait for the notice that the act is done on the page that follows."""
    browser.run("document.body.dataset.pressed = 'yes'")
    browser.click(selector)
    browser.wait_until("!document.body.dataset.pressed && document.querySelector('.notice.good') !== null")
